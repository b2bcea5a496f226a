package cql2_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kvartal"
	"kvartal/cql2"
)

// standardFolder is where the data of the standard lies, if at all.
const standardFolder = "../../shared/data/corpora/cql2"

// standard returns the path of a file of the standard, or skips the test.
func standard(t *testing.T, path ...string) string {
	t.Helper()
	if _, err := os.Stat(standardFolder); err != nil {
		t.Skipf("the examples of the standard are not at %s", standardFolder)
	}
	return filepath.Join(append([]string{standardFolder}, path...)...)
}

// tester is what tests, benchmarks and property tests have in common.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func parseText(t tester, s string) cql2.Expr {
	t.Helper()
	e, err := cql2.ParseText(s, cql2.DefaultLimits())
	if err != nil {
		t.Fatalf("ParseText(%s) = %v", s, err)
	}
	return e
}

func parseJSON(t testing.TB, s string) cql2.Expr {
	t.Helper()
	e, err := cql2.ParseJSON([]byte(s), cql2.DefaultLimits())
	if err != nil {
		t.Fatalf("ParseJSON(%s) = %v", s, err)
	}
	return e
}

// assertRoundTrip checks that e survives both encodings.
func assertRoundTrip(t *testing.T, e cql2.Expr) {
	t.Helper()
	want := string(cql2.JSON(e))
	if got := string(cql2.JSON(parseText(t, cql2.Text(e)))); got != want {
		t.Errorf("by way of text %s\n got %s\nwant %s", cql2.Text(e), got, want)
	}
	if got := string(cql2.JSON(parseJSON(t, want))); got != want {
		t.Errorf("by way of JSON\n got %s\nwant %s", got, want)
	}
}

func TestExamplesOfTheStandard(t *testing.T) {
	t.Parallel()
	texts, err := filepath.Glob(standard(t, "schema", "examples", "text", "*.txt"))
	if err != nil || len(texts) < 100 {
		t.Fatalf("found %d examples, %v, want over 100", len(texts), err)
	}
	for _, path := range texts {
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := parseText(t, readFile(t, path))
			assertRoundTrip(t, e)
			base, _, _ := strings.Cut(name, "-alt")
			twin := parseJSON(t, readFile(t, standard(t, "schema", "examples", "json", base+".json")))
			assertRoundTrip(t, twin)
			if got, want := string(cql2.JSON(e)), string(cql2.JSON(twin)); got != want {
				t.Errorf("text and JSON differ\ntext %s\nJSON %s", got, want)
			}
		})
	}
}

// TestExamples reads our own examples: lines of CQL2 text, and after => what
// they are in CQL2 JSON.
func TestExamples(t *testing.T) {
	t.Parallel()
	for i, example := range strings.Split(readFile(t, "testdata/examples.txt"), "\n\n") {
		if strings.HasPrefix(example, "#") {
			continue
		}
		text, want, ok := strings.Cut(example, "\n=> ")
		if !ok {
			t.Fatalf("example %d has no =>: %s", i, example)
		}
		e := parseText(t, text)
		assertRoundTrip(t, e)
		if got := string(cql2.JSON(e)); got != strings.TrimSpace(want) {
			t.Errorf("JSON of %s\n got %s\nwant %s", text, got, want)
		}
	}
}

// TestMistakes reads filters with a mistake and what we say about it.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for i, example := range strings.Split(readFile(t, "testdata/mistakes.txt"), "\n\n") {
		if strings.HasPrefix(example, "#") {
			continue
		}
		source, want, ok := strings.Cut(example, "\n=> ")
		if !ok {
			t.Fatalf("example %d has no =>: %s", i, example)
		}
		parse := func(s string) (cql2.Expr, error) { return cql2.ParseText(s, cql2.DefaultLimits()) }
		if strings.HasPrefix(source, "{") || strings.HasPrefix(source, "[") {
			parse = func(s string) (cql2.Expr, error) { return cql2.ParseJSON([]byte(s), cql2.DefaultLimits()) }
		}
		_, err := parse(source)
		if err == nil {
			t.Errorf("parse(%s) = nil, want an error", source)
			continue
		}
		if got := err.Error(); got != strings.TrimSpace(want) || kvartal.KindOf(err) != kvartal.KindInvalid {
			t.Errorf("parse(%s)\n got %s (%v)\nwant %s", source, got, kvartal.KindOf(err), want)
		}
	}
}
