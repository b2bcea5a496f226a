package styles_test

import (
	"bytes"
	"testing"
	"testing/fstest"

	"kvartal"
	"kvartal/styles"
)

func TestGlyphs(t *testing.T) {
	t.Parallel()
	s, err := styles.New(load(t, `[]`), styles.Options{Assets: fstest.MapFS{
		"fonts/Noto Sans Bold/0-255.pbf": {Data: []byte("glyphs")},
		"secret.pbf":                     {Data: []byte("secret")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	// glyphs { stacks { name: "Noto Sans Bold" range: "256-511" } }
	empty := "\n\x19\n\x0eNoto Sans Bold\x12\x07256-511"
	for name, c := range map[string]struct {
		stack, codes string
		want         string
		kind         kvartal.Kind
	}{
		"a range with glyphs":      {stack: "Noto Sans Bold", codes: "0-255", want: "glyphs"},
		"a range without":          {stack: "Noto Sans Bold", codes: "256-511", want: empty},
		"the first font we have":   {stack: "Arial Unicode MS Bold, Noto Sans Bold", codes: "0-255", want: "glyphs"},
		"the last range":           {stack: "Noto Sans Bold", codes: "1113856-1114111", want: "\n!\n\x0eNoto Sans Bold\x12\x0f1113856-1114111"},
		"a font we have not":       {stack: "Arial", codes: "0-255", kind: kvartal.KindNotFound},
		"a path for a font":        {stack: "../fonts/Noto Sans Bold", codes: "0-255", kind: kvartal.KindNotFound},
		"a path for a range":       {stack: "Noto Sans Bold", codes: "../../secret", kind: kvartal.KindInvalid},
		"half a range":             {stack: "Noto Sans Bold", codes: "0-127", kind: kvartal.KindInvalid},
		"a range off the grid":     {stack: "Noto Sans Bold", codes: "1-256", kind: kvartal.KindInvalid},
		"a range beyond Unicode":   {stack: "Noto Sans Bold", codes: "1114112-1114367", kind: kvartal.KindInvalid},
		"a range with leading 0":   {stack: "Noto Sans Bold", codes: "00-255", kind: kvartal.KindInvalid},
		"a range with a line feed": {stack: "Noto Sans Bold", codes: "0-255\n", kind: kvartal.KindInvalid},
	} {
		got, err := s.Glyphs(c.stack, c.codes)
		if c.kind != kvartal.KindInternal {
			if err == nil || kvartal.KindOf(err) != c.kind {
				t.Errorf("%s: Glyphs(%q, %q) = %q, %v, want kind %v", name, c.stack, c.codes, got, err, c.kind)
			}
			continue
		}
		if err != nil || !bytes.Equal(got, []byte(c.want)) {
			t.Errorf("%s: Glyphs(%q, %q) = %q, %v, want %q", name, c.stack, c.codes, got, err, c.want)
		}
	}
}

func TestGlyphsBeforeTheWebMapIsBuilt(t *testing.T) {
	t.Parallel()
	s, err := styles.New(load(t, `[]`), styles.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := s.Glyphs("Noto Sans Regular", "0-255"); err != nil || len(b) == 0 {
		t.Errorf("Glyphs without assets = %q, %v, want an empty font stack", b, err)
	}
}
