package layers_test

import (
	"testing"

	"kvartal"
	"kvartal/layers"
)

func TestACursorIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"7711130340556247351.00000001/765:765:", "7.0000000A/5:11:5,7,10"} {
		c, err := layers.ParseCursor(text)
		if err != nil || c.String() != text || c.IsZero() {
			t.Errorf("ParseCursor(%q) = %q, %v", text, c, err)
		}
	}
	for _, text := range []string{"", "/", "7.1/", "/1:1:", "7.1/5", "7.1/5:4:", "7.1/0:4:", "7.1/3:9:5,", "7.1/3:9:8,5", "7.1/a:9:", "7.1/-1:9:"} {
		if c, err := layers.ParseCursor(text); kvartal.KindOf(err) != kvartal.KindInvalid {
			t.Errorf("ParseCursor(%q) = %q, %v, want %v", text, c, err, kvartal.KindInvalid)
		}
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add("7711130340556247351.00000001/765:770:765,768")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := layers.ParseCursor(text)
		if err != nil {
			return
		}
		again, err := layers.ParseCursor(c.String())
		if err != nil || again.String() != c.String() {
			t.Errorf("ParseCursor(%q) of ParseCursor(%q) = %q, %v", c, text, again, err)
		}
	})
}
