package layers

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"kvartal"
	"kvartal/postgres"
)

// fault is an error of the database with the attribute at fault in place of the
// constraint that is broken, whose name would tell of attributes that the author
// cannot read. Only attributes that are written are named.
func (w *write) fault(err error) error {
	err = postgres.Translate(err, "apply the changeset")
	var broken *pgconn.PgError
	var told *kvartal.Error
	if !errors.As(err, &broken) || !errors.As(err, &told) || broken.ConstraintName == "" {
		return err
	}
	return told.In(w.constrained(broken.ConstraintName))
}

// constrained names the attribute written that a constraint is on, "" if it is on
// none, several or others.
func (w *write) constrained(constraint string) string {
	var names []string
	for _, f := range w.fields {
		alone := "|btree (" + quote(f.Name) + ")"
		for _, i := range w.table.indexes(string(w.table.def.ID)) {
			if i.name == constraint && strings.HasSuffix(i.on, alone) {
				names = append(names, f.Name)
			}
		}
		for _, c := range w.table.constraintsOf(f) {
			if c.name == constraint {
				names = append(names, f.Name)
			}
		}
	}
	if len(names) != 1 {
		return ""
	}
	return names[0]
}
