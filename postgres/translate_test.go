package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"kvartal"
	"kvartal/postgres"
	"kvartal/postgres/pgtest"
)

func TestTranslateErrorsOfADatabase(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	execute(t, db.URL, `
		CREATE TABLE layer.parcel (
		  id int PRIMARY KEY, number text NOT NULL CONSTRAINT parcel_number UNIQUE,
		  area numeric(4,1) CONSTRAINT parcel_area CHECK (area > 0),
		  parent int CONSTRAINT parcel_parent REFERENCES layer.parcel,
		  during tstzrange, CONSTRAINT parcel_during EXCLUDE USING gist (during WITH &&));
		INSERT INTO layer.parcel (id, number, during) VALUES (1, 'a', '[2020-01-01,2021-01-01)')`)
	for _, c := range []struct {
		sql   string
		kind  kvartal.Kind
		field string
	}{
		{"INSERT INTO layer.parcel (id, number) VALUES (2, 'a')", kvartal.KindConflict, "parcel_number"},
		{"INSERT INTO layer.parcel (id, number, during) VALUES (2, 'b', '[2020-06-01,)')", kvartal.KindConflict, "parcel_during"},
		{"INSERT INTO layer.parcel (id) VALUES (2)", kvartal.KindInvalid, "number"},
		{"INSERT INTO layer.parcel (id, number, area) VALUES (2, 'b', -1)", kvartal.KindInvalid, "parcel_area"},
		{"INSERT INTO layer.parcel (id, number, area) VALUES (2, 'b', 99999)", kvartal.KindInvalid, ""},
		{"INSERT INTO layer.parcel (id, number, parent) VALUES (2, 'b', 9)", kvartal.KindInvalid, "parcel_parent"},
		{"SELECT 'yesterdayish'::date", kvartal.KindInvalid, ""},
		{"SELECT * FROM layer.missing", kvartal.KindInternal, ""},
	} {
		_, err := db.Pool.Exec(t.Context(), c.sql)
		var got *kvartal.Error
		if !errors.As(postgres.Translate(err, "save the parcel"), &got) {
			t.Errorf("%s: Translate(%v) is no kvartal.Error", c.sql, err)
			continue
		}
		if got.Kind != c.kind || got.Field != c.field {
			t.Errorf("%s: kind %s, field %q; want %s, %q", c.sql, got.Kind, got.Field, c.kind, c.field)
		}
		if !strings.HasPrefix(got.Message, "cannot save the parcel: ") || strings.Contains(got.Message, "violates") {
			t.Errorf("%s: message %q, want a sentence of our own that begins with what was done", c.sql, got.Message)
		}
		if !errors.Is(got, err) {
			t.Errorf("%s: the cause is lost", c.sql)
		}
	}
}

func TestTranslateStates(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]kvartal.Kind{
		"40001": kvartal.KindConflict, "40P01": kvartal.KindConflict,
		"57014": kvartal.KindTimeout, "55P03": kvartal.KindUnavailable,
		"53100": kvartal.KindUnavailable, "53200": kvartal.KindUnavailable, "53300": kvartal.KindUnavailable,
		"57P01": kvartal.KindUnavailable, "57P02": kvartal.KindUnavailable, "57P03": kvartal.KindUnavailable, "57P04": kvartal.KindUnavailable,
		"08006": kvartal.KindUnavailable, "58030": kvartal.KindUnavailable, "25006": kvartal.KindUnavailable,
		"42501": kvartal.KindForbidden, "54001": kvartal.KindTooLarge, "22P02": kvartal.KindInvalid,
		"42601": kvartal.KindInternal, "XX000": kvartal.KindInternal, "P0001": kvartal.KindInternal, "": kvartal.KindInternal,
	} {
		err := fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: code, Message: "inner text"})
		if got := kvartal.KindOf(postgres.Translate(err, "try")); got != want {
			t.Errorf("Translate(SQLSTATE %s) is of kind %s, want %s", code, got, want)
		}
	}
}

func TestTranslateOtherErrors(t *testing.T) {
	t.Parallel()
	ours := kvartal.Errorf(kvartal.KindTooLarge, "too many trees")
	for _, err := range []error{nil, ours, fmt.Errorf("wrapped: %w", ours), context.Canceled, fmt.Errorf("wrapped: %w", context.Canceled)} {
		if got := postgres.Translate(err, "try"); got != err { //nolint:errorlint // the very same value
			t.Errorf("Translate(%v) = %v, want it as it is", err, got)
		}
	}
	for _, c := range []struct {
		err  error
		want kvartal.Kind
	}{
		{pgx.ErrNoRows, kvartal.KindNotFound},
		{context.DeadlineExceeded, kvartal.KindTimeout},
		{io.ErrUnexpectedEOF, kvartal.KindUnavailable},
		{errors.New("surprise"), kvartal.KindInternal},
	} {
		if got := kvartal.KindOf(postgres.Translate(c.err, "try")); got != c.want {
			t.Errorf("Translate(%v) is of kind %s, want %s", c.err, got, c.want)
		}
	}
}

func TestTranslateWhatPgxReturns(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := db.Pool.Exec(ctx, "SELECT pg_sleep(10)")
	if got := postgres.Translate(err, "wait"); !errors.Is(got, context.Canceled) || got != err { //nolint:errorlint // the very same value
		t.Errorf("Translate of a canceled query = %v, want %v as it is", got, err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = db.Pool.Exec(ctx, "SELECT pg_sleep(10)")
	wantError(t, "Translate of a query past its deadline", postgres.Translate(err, "wait"), kvartal.KindTimeout)
	_, err = db.Pool.Exec(t.Context(), "SELECT pg_terminate_backend(pg_backend_pid())")
	wantError(t, "Translate of a terminated session", postgres.Translate(err, "wait"), kvartal.KindUnavailable)
	_, err = pgx.Connect(t.Context(), "postgresql://anna@127.0.0.1:"+unusedPort(t)+"/kvartal")
	wantError(t, "Translate of a refused connection", postgres.Translate(err, "wait"), kvartal.KindUnavailable)
}
