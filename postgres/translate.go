package postgres

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"kvartal"
)

// meaning is what an SQLSTATE says to whoever meets it.
type meaning struct {
	kind     kvartal.Kind
	sentence string
}

// Translate turns an error of pgx into a kvartal.Error whose message is
// "cannot <doing>: <what to do>"; doing is a verb phrase such as "save the
// feature". The text of PostgreSQL stays in Err, for logs; Field names the
// column or else the constraint at fault. Translate returns nil for nil, a
// kvartal.Error and context.Canceled as they are.
func Translate(err error, doing string) error {
	var ours *kvartal.Error
	if err == nil || errors.As(err, &ours) || errors.Is(err, context.Canceled) {
		return err
	}
	m := meaningOf(err)
	translated := kvartal.Errorf(m.kind, "cannot %s: %s", doing, m.sentence).Because(err)
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		return translated.In(fieldOf(pgErr))
	}
	return translated
}

func meaningOf(err error) meaning {
	var pgErr *pgconn.PgError
	var connectErr *pgconn.ConnectError
	var netErr net.Error
	switch {
	case errors.As(err, &pgErr):
		return meaningOfState(pgErr.Code)
	case errors.Is(err, pgx.ErrNoRows):
		return meaning{kvartal.KindNotFound, "there is no such row"}
	case errors.Is(err, context.DeadlineExceeded):
		return meaning{kvartal.KindTimeout, "it took too long; ask for less, or try again later"}
	case errors.As(err, &connectErr), errors.As(err, &netErr), errors.Is(err, net.ErrClosed),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), pgconn.SafeToRetry(err):
		return meaning{kvartal.KindUnavailable, "the database cannot be reached; try again in a moment"}
	}
	return meaning{kvartal.KindInternal, "something unexpected happened in the database"}
}

// meaningOfState looks up an SQLSTATE, first as it is, then by its class, the
// first two characters (PostgreSQL documentation, appendix A).
func meaningOfState(code string) meaning {
	if m, ok := stateMeaning(code); ok {
		return m
	}
	if len(code) == 5 {
		if m, ok := classMeaning(code[:2]); ok {
			return m
		}
	}
	return meaning{kvartal.KindInternal, "something unexpected happened in the database"}
}

func stateMeaning(code string) (meaning, bool) {
	switch code {
	case "23505": // unique_violation
		return meaning{kvartal.KindConflict, "another object already has a value that must be unique"}, true
	case "23P01": // exclusion_violation
		return meaning{kvartal.KindConflict, "it overlaps another object that excludes it"}, true
	case "23503": // foreign_key_violation
		return meaning{kvartal.KindInvalid, "it refers to an object that does not exist, or another object still refers to it"}, true
	case "23502": // not_null_violation
		return meaning{kvartal.KindInvalid, "a required value is missing"}, true
	case "23514": // check_violation
		return meaning{kvartal.KindInvalid, "a value is outside of what is permitted"}, true
	case "57014": // query_canceled, by statement_timeout: a canceled context never comes here
		return meaning{kvartal.KindTimeout, "it took too long; ask for less, or try again later"}, true
	case "55P03": // lock_not_available
		return meaning{kvartal.KindUnavailable, "somebody else is working on the same data; try again in a moment"}, true
	case "42501": // insufficient_privilege
		return meaning{kvartal.KindForbidden, "the database user has no right to; ask the administrator of the database to grant it"}, true
	case "25006": // read_only_sql_transaction
		return meaning{kvartal.KindUnavailable, "the database is read-only at the moment; try again later"}, true
	case "54000", "54001": // program_limit_exceeded, statement_too_complex
		return meaning{kvartal.KindTooLarge, "it is more than the database takes at once; ask for less"}, true
	case "53100": // disk_full
		return meaning{kvartal.KindUnavailable, "the disk of the database is full; free some space"}, true
	case "53300": // too_many_connections
		return meaning{kvartal.KindUnavailable, "the database has too many connections; try again in a moment"}, true
	case "57P04": // database_dropped
		return meaning{kvartal.KindUnavailable, "the database was dropped"}, true
	}
	return meaning{}, false
}

func classMeaning(class string) (meaning, bool) {
	switch class {
	case "22": // data exception: a number out of range, a text that is no date, an invalid geometry
		return meaning{kvartal.KindInvalid, "a value has the wrong form or is out of range"}, true
	case "28": // invalid authorization
		return meaning{kvartal.KindUnavailable, "the database does not accept our user or password; check KVARTAL_DATABASE_URL"}, true
	case "40": // transaction rollback: serialization failure, deadlock
		return meaning{kvartal.KindConflict, "somebody else changed the same data at the same time; try again"}, true
	case "08", "57", "58": // connection exception, operator intervention, system error
		return meaning{kvartal.KindUnavailable, "the database is not ready; try again in a moment"}, true
	case "53": // insufficient resources
		return meaning{kvartal.KindUnavailable, "the database is out of resources; try again later"}, true
	}
	return meaning{}, false
}

func fieldOf(err *pgconn.PgError) string {
	if err.ColumnName != "" {
		return err.ColumnName
	}
	return err.ConstraintName
}
