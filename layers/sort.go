package layers

import (
	"fmt"
	"slices"
	"strings"

	"kvartal"
	"kvartal/view"
)

// MaxSortKeys is the most properties a query may sort by.
const MaxSortKeys = 8

// sortCollation orders text for people in every language of the city (the root
// of the Unicode Collation Algorithm): ё beside е, upper case beside lower.
// It is a total order.
const sortCollation = ` COLLATE "und-x-icu"`

// SortKey is a property to sort by. Features without a value come last, in
// either direction.
type SortKey struct {
	Property   string // an attribute, or IDProperty
	Descending bool
}

// ParseSort reads keys as in "-area,+name"; the sign + may be left out. Errors
// are of KindInvalid.
func ParseSort(text string) ([]SortKey, error) {
	var keys []SortKey
	for part := range strings.SplitSeq(text, ",") {
		key := SortKey{Property: strings.TrimLeft(part, "+- ")}
		if key.Property == "" || len(part)-len(key.Property) > 1 {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "sortby is %.100q: want names of properties such as -built,name", text).In("sortby")
		}
		key.Descending = part[0] == '-'
		keys = append(keys, key)
	}
	return keys, nil
}

// Bookmark is the place of a feature in a sorted layer: where a page ends and
// the next one goes on, at the same cost however far back it is.
type Bookmark struct {
	ID kvartal.FeatureID
	// Values are those the feature has of the sort keys, as PostgreSQL writes
	// them; nil stands for none.
	Values []*string
}

// checkSort finds keys that cannot be sorted by, and bookmarks of another order.
func checkSort(d *Definition, v view.View, keys []SortKey, after *Bookmark) error {
	if len(keys) > MaxSortKeys {
		return kvartal.Errorf(kvartal.KindInvalid, "sortby names %d properties: at most %d", len(keys), MaxSortKeys).In("sortby")
	}
	for i, key := range keys {
		if !d.Sortable(v, key.Property) {
			return kvartal.Errorf(kvartal.KindInvalid, "layer %q cannot be sorted by %.60q: it has no such property", d.ID, key.Property).In("sortby")
		}
		if slices.ContainsFunc(keys[:i], func(k SortKey) bool { return k.Property == key.Property }) {
			return kvartal.Errorf(kvartal.KindInvalid, "sortby names %q twice", key.Property).In("sortby")
		}
	}
	if after != nil && len(after.Values) != len(keys) {
		return kvartal.Errorf(kvartal.KindInvalid, "this page belongs to another order: begin with the first page").In("next")
	}
	return nil
}

// sortColumn is a key as SQL.
type sortColumn struct {
	SortKey
	expression string // of the column, in the one collation
	sqlType    string
	nullable   bool
}

func newSortColumn(d *Definition, key SortKey) sortColumn {
	if key.Property == IDProperty {
		return sortColumn{SortKey: key, expression: "id", sqlType: "bigint"}
	}
	f, _ := d.Field(key.Property)
	c := sortColumn{SortKey: key, expression: quote(f.Name), sqlType: f.Type.sqlType(), nullable: !f.Required}
	if f.Type == TypeText {
		c.expression += sortCollation
	}
	return c
}

// orderSQL orders by the keys, then by id.
func orderSQL(d *Definition, keys []SortKey) string {
	var parts []string
	for _, key := range keys {
		c := newSortColumn(d, key)
		direction := " ASC"
		if c.Descending {
			direction = " DESC"
		}
		if c.nullable {
			direction += " NULLS LAST"
		}
		parts = append(parts, c.expression+direction)
	}
	return " ORDER BY " + strings.Join(append(parts, "id"), ", ")
}

// afterSQL is the condition that a feature comes after the bookmark: its first
// key does, or is equal and its second does, and so on.
func (st *statement) afterSQL(d *Definition, keys []SortKey, after Bookmark) string {
	var alternatives []string
	equal := ""
	for i, key := range keys {
		c := newSortColumn(d, key)
		if value := after.Values[i]; value == nil {
			equal += c.expression + " IS NULL AND " // nothing comes after none
		} else {
			p := fmt.Sprintf("%s::text::%s", st.parameter(*value), c.sqlType)
			alternatives = append(alternatives, equal+c.beyond(p))
			equal += fmt.Sprintf("%s = %s AND ", c.expression, p)
		}
	}
	alternatives = append(alternatives, equal+"id > "+st.parameter(int64(after.ID)))
	return "(" + strings.Join(alternatives, " OR ") + ")"
}

// beyond is the condition that the column comes after a value.
func (c sortColumn) beyond(value string) string {
	operator := ">"
	if c.Descending {
		operator = "<"
	}
	if c.nullable {
		return fmt.Sprintf("(%s %s %s OR %s IS NULL)", c.expression, operator, value, c.expression)
	}
	return fmt.Sprintf("%s %s %s", c.expression, operator, value)
}
