package cql2_test

import (
	"strings"
	"testing"

	"kvartal/cql2"
)

// addExamples seeds a fuzz test with our examples in one encoding.
func addExamples(f *testing.F, pick func(text, json string) string) {
	for _, example := range strings.Split(readFile(f, "testdata/examples.txt"), "\n\n") {
		if text, json, ok := strings.Cut(example, "\n=> "); ok {
			f.Add(pick(text, strings.TrimSpace(json)))
		}
	}
}

// FuzzParseText: no input panics, and what is read survives both encodings.
func FuzzParseText(f *testing.F) {
	addExamples(f, func(text, _ string) string { return text })
	f.Fuzz(func(t *testing.T, s string) {
		e, err := cql2.ParseText(s, cql2.DefaultLimits())
		if err != nil {
			return
		}
		want := string(cql2.JSON(e))
		text := cql2.Text(e)
		again, err := cql2.ParseText(text, wide())
		if err != nil {
			t.Fatalf("ParseText(%q), written from %q, = %v", text, s, err)
		}
		if got := string(cql2.JSON(again)); got != want {
			t.Fatalf("by way of text %q\n got %s\nwant %s", text, got, want)
		}
		assertReadable(t, e)
	})
}

// FuzzParseJSON: no input panics, and what is read survives JSON.
func FuzzParseJSON(f *testing.F) {
	addExamples(f, func(_, json string) string { return json })
	f.Fuzz(func(t *testing.T, s string) {
		e, err := cql2.ParseJSON([]byte(s), cql2.DefaultLimits())
		if err != nil {
			return
		}
		assertReadable(t, e)
		_, _ = cql2.ParseText(cql2.Text(e), cql2.DefaultLimits())
	})
}

// wide is limits for what has been read within the default ones: it may be
// longer when written, and parentheses count as nesting.
func wide() cql2.Limits {
	l := cql2.DefaultLimits()
	l.Bytes, l.Depth, l.Nodes = 16*l.Bytes, 4*l.Depth, 4*l.Nodes
	return l
}

// assertReadable checks that e survives JSON and that checking and compiling it
// do not panic.
func assertReadable(t *testing.T, e cql2.Expr) {
	t.Helper()
	want := string(cql2.JSON(e))
	again, err := cql2.ParseJSON([]byte(want), wide())
	if err != nil {
		t.Fatalf("ParseJSON(%s) = %v", want, err)
	}
	if got := string(cql2.JSON(again)); got != want {
		t.Fatalf("by way of JSON\n got %s\nwant %s", got, want)
	}
	filter, err := cql2.Check(e, cityScope())
	if err != nil {
		return
	}
	filter.SQL(1, "t")
	_, _ = filter.Compile(cql2.Layout{Column: func(string) (int, bool) { return 0, true }})
}
