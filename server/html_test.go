package server_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// Every resource has a page that can be read without a script, in each language.
func TestPagesForPeople(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	for path, says := range map[string]string{
		"/ogc": "Довер", "/ogc/conformance": "conf/core", "/ogc/api": "GET /ogc/collections/{collectionId}/items", "/ogc/functions": "area(geometry)",
		"/ogc/crs/city": "proj=utm", "/ogc/tiles": "WebMercatorQuad", "/ogc/tiles/WebMercatorQuad": "trees", "/ogc/collections/trees/tiles": "WebMercatorQuad", "/ogc/tileMatrixSets": "WebMercatorQuad", "/ogc/tileMatrixSets/WebMercatorQuad": "559082264", "/ogc/styles": "stylesheet", "/ogc/collections": "Деревья", "/ogc/collections/trees": "Деревья", "/ogc/collections/trees/schema": "species",
		"/ogc/collections/trees/queryables": "species", "/ogc/collections/trees/sortables": "species", "/ogc/collections/trees/items": "Деревья",
		"/ogc/collections/trees/items?limit=1&sortby=-species": `rel="next"`, "/ogc/collections/trees/items?q=nothing": "Таких объектов нет",
		"/ogc/collections/trees/items/1": "application/ld+json",
	} {
		r := get(t, c.handler, path, map[string]string{"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "ru-RU,ru;q=0.9"})
		page := body(t, r)
		if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(page, `<html lang="ru">`) {
			t.Errorf("GET %s = %d %s %.300s, want a Russian page", path, r.StatusCode, r.Header.Get("Content-Type"), page)
		}
		if !strings.Contains(page, says) || strings.Contains(page, "ZgotmplZ") || strings.Contains(page, "%!") || strings.Contains(page, "style=") {
			t.Errorf("GET %s = %s, want it to say %q", path, page, says)
		}
		for _, lang := range []string{"en", "ky"} {
			if page := body(t, c.get(t, joined(path, "f=html&lang="+lang))); !strings.Contains(page, `<html lang="`+lang+`">`) {
				t.Errorf("GET %s in %s = %.300s", path, lang, page)
			}
		}
	}
}

func joined(path, query string) string {
	if strings.Contains(path, "?") {
		return path + "&" + query
	}
	return path + "?" + query
}

func TestPagesLinkWhatIsThere(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	href := regexp.MustCompile(`href="http://example\.com(/ogc[^"#]*)"`)
	seen := map[string]bool{}
	next := []string{"/ogc/collections/trees?f=html&lang=ru", "/ogc?f=html", "/ogc/collections/trees/items?f=html&limit=2", "/ogc/collections/trees/items/1?f=html"}
	for len(next) > 0 && len(seen) < 60 {
		path := next[0]
		next = next[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		r := c.get(t, path)
		page := body(t, r)
		if r.StatusCode != http.StatusOK {
			t.Errorf("GET %s = %d %.200s", path, r.StatusCode, page)
		}
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, m := range href.FindAllStringSubmatch(page, -1) {
			next = append(next, strings.ReplaceAll(m[1], "&amp;", "&"))
		}
	}
}

// What a feature says cannot become markup or script.
func TestFeaturesCannotInjectMarkup(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	evil := `</script><script>alert(1)</script><img src=x onerror=alert(1)>`
	if _, err := c.db.Pool.Exec(t.Context(), "UPDATE layer.addresses SET address = $1 WHERE id = 1", evil); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/ogc/collections/addresses/items?f=html", "/ogc/collections/addresses/items/1?f=html", "/ogc/collections/addresses/items?f=html&q=" + "%22%3E%3Cscript%3Ealert(1)"} {
		page := body(t, c.get(t, path))
		if strings.Contains(page, "<script>alert") || strings.Contains(page, "<img") {
			t.Errorf("GET %s = %s, want the markup escaped", path, page)
		}
	}
}

func TestStyleSheet(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	page := body(t, c.get(t, "/ogc?f=html"))
	m := regexp.MustCompile(`rel="stylesheet" href="http://example\.com([^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("page without style sheet: %s", page)
	}
	if r := c.get(t, m[1]); r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("GET %s = %d %s", m[1], r.StatusCode, r.Header.Get("Content-Type"))
	}
}
