package search

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"kvartal/layers"
	"kvartal/view"
)

// schema is how rows of a layer become documents.
type schema struct {
	def    *layers.Definition
	fields []layers.Field // with search: true, in the order of the definition
	label  int            // index of the label among fields, or -1
	sql    string         // SELECT id, longitude, latitude, fields … FROM …
}

// newSchema returns nil for a layer without anything to search.
func newSchema(store *layers.Store, d *layers.Definition) *schema {
	s := &schema{def: d, label: -1}
	columns := []string{"id"}
	for _, f := range d.Fields {
		if !f.Search {
			continue
		}
		if f.Name == d.Label {
			s.label = len(s.fields)
		}
		s.fields = append(s.fields, f)
		columns = append(columns, pgx.Identifier{f.Name}.Sanitize()+"::text")
	}
	if len(s.fields) == 0 || d.Live != nil { // the register of devices is searched
		return nil
	}
	place := "NULL::geometry"
	if d.HasGeometry() {
		place = "ST_Transform(ST_Centroid(ST_Envelope(geom)), 4326)"
	}
	s.sql = fmt.Sprintf("SELECT %s, ST_X(kv_place)::real, ST_Y(kv_place)::real FROM %s CROSS JOIN LATERAL (SELECT %s AS kv_place) AS kv",
		strings.Join(columns, ", "), store.Table(d), place)
	return s
}

// each calls take with the document of every row, as conditions choose and order them.
func (s *schema) each(ctx context.Context, tx pgx.Tx, conditions string, take func(document), args ...any) error {
	rows, err := tx.Query(ctx, s.sql+" "+conditions, append([]any{pgx.QueryResultFormats{pgx.BinaryFormatCode}}, args...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		raw := rows.RawValues()
		texts := make([]string, len(s.fields))
		for i := range texts {
			texts[i] = string(raw[1+i])
		}
		n := len(s.fields)
		point := [2]float32{float(raw[n+1]), float(raw[n+2])}
		take(s.document(int64(binary.BigEndian.Uint64(raw[0])), point, texts)) //nolint:gosec // a bigint
	}
	return rows.Err()
}

// float reads a real of the binary protocol, NaN for NULL.
func float(raw []byte) float32 {
	if len(raw) != 4 {
		return float32(math.NaN())
	}
	return math.Float32frombits(binary.BigEndian.Uint32(raw))
}

// document indexes the values of a row's fields, "" where it has none.
func (s *schema) document(id int64, point [2]float32, texts []string) document {
	d := document{id: id, point: point}
	for i, text := range texts {
		if text == "" {
			continue
		}
		if found := s.fieldWords(s.fields[i], text); len(found) > 0 {
			d.values = append(d.values, value{saturated(i), i == s.label, found})
		}
	}
	if s.label >= 0 && texts[s.label] != "" {
		d.name = hash(Fold(texts[s.label]))
	}
	return d
}

func hash(folded string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(folded)) // never fails
	return max(h.Sum32(), 1)
}

// fieldWords returns the words under which a value of a field is found. Codes
// are found by their titles. Register numbers, whose form is prescribed, are
// kept in one piece, and again without the district and the region they begin
// with; other names for the outside world in one piece and word by word.
func (s *schema) fieldWords(f layers.Field, text string) []string {
	for _, code := range f.Codes {
		if code.Value == text {
			return words(Fold(code.Title.Ru + " " + code.Title.En + " " + code.Title.Ky))
		}
	}
	folded := Fold(text)
	if f.Pattern == "" {
		out := words(folded)
		if (f.Unique || slices.Contains(s.def.Key, f.Name)) && len(out) > 1 {
			out = append(out, compact(folded))
		}
		return out
	}
	if folded == "" {
		return nil
	}
	out := []string{compact(folded)}
	if parts := strings.Fields(folded); len(parts) == 4 {
		out = append(out, parts[2]+parts[3])
	}
	return out
}

// readable is the set of fields that a view may read.
func (s *schema) readable(v view.View) uint16 {
	var set uint16
	for i, f := range s.fields {
		if !v.Readable(f.Name) {
			continue
		}
		if i < lastField {
			set |= 1 << i
		} else {
			set |= 1 << lastField
		}
	}
	return set
}

// labelField is the set of the field that names features, if a view may read it.
func (s *schema) labelField(v view.View) uint16 {
	if s.label < 0 || s.label >= lastField || !v.Readable(s.def.Label) {
		return 0
	}
	return 1 << s.label
}

// attributes are the names of the fields.
func (s *schema) attributes() []string {
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.Name
	}
	return names
}

// onePerName tells layers whose features are pieces of something with a name,
// as streets are, from those whose features are things of their own.
func (s *schema) onePerName() bool {
	return s.label >= 0 && strings.HasSuffix(string(s.def.Geometry), "linestring")
}
