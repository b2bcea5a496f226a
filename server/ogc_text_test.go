package server

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every text of the pages is there in every language.
func TestTextsAreTranslated(t *testing.T) {
	t.Parallel()
	used := regexp.MustCompile(`(?:call \$?\.T |o\.T\(|ogcText\()"([^"]*[^" ])"`)
	for _, dir := range []string{".", "pages"} {
		entries, err := fs.ReadDir(os.DirFS("."), dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if entry.IsDir() || strings.HasSuffix(entry.Name(), "_test.go") {
				continue
			}
			text, err := os.ReadFile(dir + "/" + entry.Name())
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range used.FindAllStringSubmatch(string(text), -1) {
				if got := ogcText(m[1]); got.Ru == m[1] || got.Ky == m[1] || got.En == "" {
					t.Errorf("%s: text %q = %+v, want it in three languages", entry.Name(), m[1], got)
				}
			}
		}
	}
}
