package server

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// assets are the files of the built web map, read into memory once: they are a
// few megabytes, and so need no file system on the way to the reader.
type assets struct {
	files map[string]asset // by path under the root
}

type asset struct {
	contentType string
	tag         string
	immutable   bool
	identity    []byte
	encoded     map[string][]byte // content coding → bytes, where built
}

// contentTypes are said here, because what a system's tables say differs: module
// scripts of another type are refused by browsers.
func contentTypes() map[string]string {
	return map[string]string{
		".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
		".css": "text/css; charset=utf-8", ".json": "application/json", ".webmanifest": "application/manifest+json",
		".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon",
		".woff2": "font/woff2", ".pbf": "application/x-protobuf", ".txt": "text/plain; charset=utf-8",
	}
}

func newAssets(files fs.FS) (*assets, error) {
	a := &assets{files: map[string]asset{}}
	if files == nil {
		return a, nil
	}
	types := contentTypes()
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		contentType := types[path.Ext(name)]
		if err != nil || entry.IsDir() || contentType == "" {
			return err // compressed twins are read with their original
		}
		identity, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(identity)
		one := asset{
			contentType: contentType, identity: identity, encoded: map[string][]byte{},
			tag: base64.RawURLEncoding.EncodeToString(sum[:12]),
			// Vite puts a hash of the content into these names.
			immutable: strings.HasPrefix(name, "assets/"),
		}
		for coding, suffix := range map[string]string{"br": ".br", "gzip": ".gz"} {
			twin, err := fs.ReadFile(files, name+suffix)
			if err == nil {
				one.encoded[coding] = twin
			} else if !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		a.files[name] = one
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the web map: %w", err)
	}
	return a, nil
}

// asset answers the files of the web map; "/" is its page.
func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" {
		name = "index.html"
	}
	one, ok := s.assets.files[name]
	if !ok {
		s.missingAsset(w, r, name)
		return
	}
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	h.Set("Content-Type", one.contentType)
	h.Set("Cache-Control", "no-cache")
	if one.immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, coding := one.identity, ""
	for _, candidate := range []string{"br", "gzip"} {
		if twin, built := one.encoded[candidate]; built && accepts(r.Header.Get("Accept-Encoding"), candidate) {
			body, coding = twin, candidate
			break
		}
	}
	tag := one.tag
	if coding != "" {
		h.Set("Content-Encoding", coding)
		tag += "-" + coding
	}
	h.Set("ETag", `"`+tag+`"`)
	if strings.Contains(r.Header.Get("If-None-Match"), one.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the caller may be gone
}

func (s *Server) missingAsset(w http.ResponseWriter, r *http.Request, name string) {
	if name != "index.html" {
		s.notFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	_, _ = fmt.Fprint(w, `<!doctype html><html lang="en"><title>Kvartal</title>
<h1>The web map is not part of this binary</h1>
<p>Build it with <code>make build</code>. The data is here all the same: <a href="/ogc">OGC API</a>.</p></html>`)
}

// accepts reports whether an Accept-Encoding header allows a content coding.
func accepts(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) {
			quality := strings.ReplaceAll(parameters, " ", "")
			return quality != "q=0" && quality != "q=0.0" && quality != "q=0.00" && quality != "q=0.000"
		}
	}
	return false
}
