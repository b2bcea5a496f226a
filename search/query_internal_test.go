package search

import (
	"slices"
	"strings"
	"testing"
)

func TestHouseNumbersAreTakenApart(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"12":               "12",
		"12а":              "12 a",
		"12 А":             "12 a",
		"12/3":             "12 3",
		"12-3":             "12 3",
		"12к2":             "12 k 2",
		"12 корп. 2":       "12 korp 2",
		"5к1с2":            "5 k 1 s 2",
		"5 корп.1, стр.2":  "5 korp 1 str 2",
		"д.12":             "d 12",
		"1-й":              "1 i",
		"70a0":             "70 a 0",
		"0b5b24441":        "0b5b24441",    // a serial number
		"ИН-0001234":       "in 0001234",   // of a register
		"b4de0d3f02b5":     "b4de0d3f02b5", // and part of another
		"01:02:0000301:15": "01 02 0000301 15",
	} {
		if got := strings.Join(words(Fold(text)), " "); got != want {
			t.Errorf("words of %q = %q, want %q", text, got, want)
		}
	}
}

func TestKindsMayBeLeftOut(t *testing.T) {
	t.Parallel()
	kinds := newKindTable()
	for text, want := range map[string]string{
		"улица Ленина":           "lenina",
		"Lenin Street":           "lenin",
		"пр-т Мира д. 12 корп 3": "t mira 12 3",
		"улица":                  "ulitsa", // a kind alone is what is meant
		"12 д":                   "12 d",   // the letter of a house
		"12 к 3":                 "12 3",
	} {
		q, err := parse(text, kinds)
		if err != nil {
			t.Fatal(err)
		}
		var required []string
		for _, term := range q.readings[0] {
			if !term.optional {
				required = append(required, term.text)
			}
		}
		if got := strings.Join(required, " "); got != want {
			t.Errorf("required terms of %q = %q, want %q", text, got, want)
		}
	}
}

func TestRegisterNumbersAreReadInOnePieceToo(t *testing.T) {
	t.Parallel()
	q, err := parse("участок 01:02:0000301:15", newKindTable())
	if err != nil || len(q.readings) != 2 || q.readings[1][1].text != "0102000030115" {
		t.Errorf("parse = %+v, %v, want a second reading with the number in one piece", q, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"ул. Ленина, д. 12а корп. 2 стр 1", "01:02:0000301:15", "12/3", "½ № 5", "a1b2c3d4e5f6g7"} {
		f.Add(text)
	}
	kinds := newKindTable()
	index := newSegmentBuilder()
	index.add(document{id: 1, values: []value{{field: 0, words: words(Fold("улица Ленина, 12а корп. 2"))}, {field: 1, words: []string{"0102000030115"}}}})
	one := newLayerIndex(nil, index.finish())
	f.Fuzz(func(t *testing.T, text string) {
		q, err := parse(text, kinds)
		if err != nil || len(q.readings) == 0 {
			return
		}
		for _, terms := range q.readings {
			if len(terms) == 0 || len(terms) > maxTerms || !slices.ContainsFunc(terms, func(t term) bool { return !t.optional }) {
				t.Errorf("parse(%q) = %+v, want 1 to %d terms, one of them required", text, terms, maxTerms)
			}
		}
		q.relax()
		one.search(wish{query: q, readable: 3, label: 1, limit: 10}, new(space))
	})
}

// TestMistakesAreCounted checks the distance against its definition.
func TestMistakesAreCounted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		typed, word string
		unfinished  bool
		edits, rest int
	}{
		{"lenina", "lenina", false, 0, 0},
		{"lennina", "lenina", false, 1, 0},
		{"leina", "lenina", false, 1, 0},
		{"lenena", "lenina", false, 1, 0},
		{"lneina", "lenina", false, 1, 0},
		{"mirnaia", "lenina", false, 3, 0}, // more than asked about
		{"lenen", "leninskaia", true, 1, 5},
		{"leni", "leninskaia", false, 3, 0},
	} {
		edits, rest := mistakes(test.typed, test.word, 2, test.unfinished)
		if edits != test.edits || edits <= 2 && rest != test.rest {
			t.Errorf("mistakes(%q, %q, unfinished %v) = %d, %d, want %d, %d", test.typed, test.word, test.unfinished, edits, rest, test.edits, test.rest)
		}
	}
}
