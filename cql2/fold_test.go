package cql2_test

import (
	"fmt"
	"strings"
	"testing"

	"kvartal/cql2"
	"kvartal/postgres/pgtest"
)

// foldings are all settings.
func foldings() []cql2.Folding {
	return []cql2.Folding{{}, {YoAsYe: true}, {KyrgyzAsRussian: true}, {YoAsYe: true, KyrgyzAsRussian: true}}
}

// foldedLiteral is a text as Go folds it.
func foldedLiteral(t *testing.T, folding cql2.Folding, op cql2.Operator, s string) string {
	t.Helper()
	e := &cql2.Op{Name: cql2.Equal, Args: []cql2.Expr{
		&cql2.Op{Name: op, Args: []cql2.Expr{&cql2.String{Value: s}}}, &cql2.String{},
	}}
	_, args := check(t, e, cql2.Scope{Folding: folding}).SQL(1, "")
	return args[0].(string)
}

// TestFoldingIsTheSameInSQL folds every character there is (Unicode has given out
// none of the planes between), and those of the
// basic plane with marks after them, in PostgreSQL and in Go.
func TestFoldingIsTheSameInSQL(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for i, folding := range foldings() {
		if i == 0 {
			for _, op := range []cql2.Operator{cql2.CaseI, cql2.AccentI} {
				assertSameFolding(t, db, folding, op, 1, 0x3FFFF, "")
				assertSameFolding(t, db, folding, op, 0xE0000, 0xE0FFF, "")
			}
		}
		for _, mark := range []string{"\u0306x", "\u0308\u0301", "\u0323\u0302"} {
			assertSameFolding(t, db, folding, cql2.AccentI, 1, 0x30FF, mark)
		}
	}
}

func assertSameFolding(t *testing.T, db *pgtest.DB, folding cql2.Folding, op cql2.Operator, first, last int, mark string) {
	t.Helper()
	for ; first <= last; first += 1 << 16 {
		assertSameFoldingOf(t, db, folding, op, first, min(last, first+1<<16-1), mark)
	}
}

func assertSameFoldingOf(t *testing.T, db *pgtest.DB, folding cql2.Folding, op cql2.Operator, first, last int, mark string) {
	t.Helper()
	rows, err := db.Pool.Query(t.Context(), fmt.Sprintf(`SELECT s, %s FROM (
		SELECT chr(n) || $1 AS s FROM generate_series($2::int, $3::int) AS n WHERE n NOT BETWEEN 55296 AND 57343
	) AS c`, folding.SQL(op, "s")), mark, first, last)
	if err != nil {
		t.Fatal(err)
	}
	different := 0
	for rows.Next() {
		var s, want string
		if err := rows.Scan(&s, &want); err != nil {
			t.Fatal(err)
		}
		if got := foldedLiteral(t, folding, op, s); got != want {
			if different++; different <= 5 {
				t.Errorf("%+v: %s(%+q) = %+q in Go, %+q in PostgreSQL", folding, op, s, got, want)
			}
		}
	}
	if err := rows.Err(); err != nil || different > 0 {
		t.Errorf("%+v: %s differs for %d texts, %v", folding, op, different, err)
	}
}

func TestFoldingOfRussianAndKyrgyz(t *testing.T) {
	t.Parallel()
	strict, lenient := cql2.Folding{}, cql2.Folding{YoAsYe: true, KyrgyzAsRussian: true}
	for _, c := range []struct {
		folding cql2.Folding
		op      cql2.Operator
		in      string
		want    string
	}{
		{strict, cql2.CaseI, "УЛИЦА ТОКТОГУЛА", "улица токтогула"},
		{strict, cql2.CaseI, "ЧҮЙ ПРОСПЕКТИСИ, ӨЗӨН, ЖАҢЫ", "чүй проспектиси, өзөн, жаңы"},
		{strict, cql2.CaseI, "Ёлкин", "ёлкин"},
		{strict, cql2.CaseI, "STRAẞE ΟΔΟΣ", "strasse οδοσ"},
		{strict, cql2.AccentI, "Ёлка май", "Ёлка май"},
		{strict, cql2.AccentI, "за́мок", "замок"},
		{strict, cql2.AccentI, "Chișinău Łódź København", "Chisinau Lodz Kobenhavn"},
		{strict, cql2.AccentI, "Чүй", "Чүй"},
		{lenient, cql2.AccentI, "Ёлка ёлка май", "Елка елка май"},
		{lenient, cql2.AccentI, "Чүй өзөн жаңы", "Чуй озон жаны"},
		{lenient, cql2.AccentI, "и\u0306", "й"},
		{lenient, cql2.AccentI, "が 한", "が 한"},
		{lenient, cql2.AccentI, strings.Repeat("é", 1000), strings.Repeat("e", 1000)},
	} {
		if got := foldedLiteral(t, c.folding, c.op, c.in); got != c.want {
			t.Errorf("%+v: %s(%q) = %q, want %q", c.folding, c.op, c.in, got, c.want)
		}
	}
}
