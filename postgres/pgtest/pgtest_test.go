package pgtest_test

import (
	"testing"

	"kvartal/postgres/pgtest"
)

func TestNewGivesEachTestADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	one, other := pgtest.New(t), pgtest.New(t)
	if _, err := one.Pool.Exec(t.Context(), "CREATE TABLE layer.mark ()"); err != nil {
		t.Fatal(err)
	}
	var seen bool
	if err := other.Pool.QueryRow(t.Context(), "SELECT to_regclass('layer.mark') IS NOT NULL").Scan(&seen); err != nil {
		t.Fatal(err)
	}
	if seen {
		t.Errorf("a table made in one test's database is in another's")
	}
}
