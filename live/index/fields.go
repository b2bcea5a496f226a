package index

import (
	"maps"
	"slices"
)

// fields are the attributes of a row of a register as JSON gives them. There are
// hundreds of thousands of rows: all share the names.
type fields struct {
	names  []string // in order
	values []any
}

// of returns the attribute of a name, nil if the row has none.
func (f fields) of(name string) any {
	if i, found := slices.BinarySearch(f.names, name); found {
		return f.values[i]
	}
	return nil
}

// shared makes fields that share names, and texts that many of them have, as
// those of departments. The zero value is ready.
type shared struct {
	names []string
	texts map[string]any
}

// mostTexts bounds how many texts are looked for: what each row has of its own
// fills them up and is not found again.
const mostTexts = 10_000

func (s *shared) fields(row map[string]any) fields {
	if !s.named(row) {
		s.names = slices.Sorted(maps.Keys(row))
	}
	values := make([]any, len(s.names))
	for i, name := range s.names {
		values[i] = s.value(row[name])
	}
	return fields{s.names, values}
}

// named reports whether row has just the names of the one before.
func (s *shared) named(row map[string]any) bool {
	for _, name := range s.names {
		if _, ok := row[name]; !ok {
			return false
		}
	}
	return s.names != nil && len(s.names) == len(row)
}

func (s *shared) value(v any) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	if known, ok := s.texts[text]; ok {
		return known
	}
	if s.texts == nil {
		s.texts = map[string]any{}
	}
	if len(s.texts) < mostTexts {
		s.texts[text] = v
	}
	return v
}
