package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"kvartal"
	"kvartal/layers"
)

// encodedSuffix marks the ETag of a compressed body, which is another
// representation (RFC 9110, section 8.8.3).
const encodedSuffix = "-gzip"

// respond writes body with a validator, or 304 if the caller has it.
func respond(w http.ResponseWriter, r *http.Request, contentType string, body []byte) error {
	return respondVersion(w, r, contentType, "", body)
}

// respondVersion is respond with a validator that begins with a word of its own.
func respondVersion(w http.ResponseWriter, r *http.Request, contentType, version string, body []byte) error {
	tag := entityTag(version, body)
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache")
	h.Add("Vary", "Accept-Encoding")
	if holds(r.Header.Get("If-None-Match"), strings.Trim(tag, `"`)) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, err := w.Write(body)
	if err != nil {
		return fmt.Errorf("write response: %w", r.Context().Err())
	}
	return nil
}

// entityTag is a strong validator: a word, and a digest of the representation.
func entityTag(word string, body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + word + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// holds reports whether an If-None-Match header names tag in any encoding.
func holds(header, tag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == "*" || strings.TrimSuffix(strings.Trim(candidate, `"`), encodedSuffix) == tag {
			return true
		}
	}
	return false
}

func respondJSON(w http.ResponseWriter, r *http.Request, contentType string, v any) error {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false) // links stay readable
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("encode response: %w", err)
	}
	return respond(w, r, contentType, body.Bytes())
}

// parameters checks that a request has no other query parameters than those
// named, so that a misspelt filter is not silently ignored.
func parameters(r *http.Request, known ...string) error {
	for name := range r.URL.Query() {
		if !slices.Contains(known, name) {
			return kvartal.Errorf(kvartal.KindInvalid, "there is no parameter %.60q here: use %s", name, strings.Join(known, ", ")).In(name)
		}
	}
	return nil
}

// number reads a finite number within bounds from the query.
func number(r *http.Request, name string, lowest, highest float64) (float64, error) {
	text := r.URL.Query().Get(name)
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !(x >= lowest && x <= highest) {
		return 0, kvartal.Errorf(kvartal.KindInvalid, "%s is %.40q: want a number from %v to %v", name, text, lowest, highest).In(name)
	}
	return x, nil
}

// lang returns the language of the answer: parameter lang, else the first of
// Accept-Language that the interface speaks, else English.
func lang(r *http.Request) (string, error) {
	if asked := r.URL.Query().Get("lang"); asked != "" {
		if !slices.Contains(layers.Languages(), asked) {
			return "", kvartal.Errorf(kvartal.KindInvalid, "lang is %.20q: want one of %s", asked, strings.Join(layers.Languages(), ", ")).In("lang")
		}
		return asked, nil
	}
	spoken := []language.Tag{language.English, language.Russian, language.MustParse("ky")}
	accepted, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		accepted = nil // a header nobody can read asks for nothing
	}
	_, i, confidence := language.NewMatcher(spoken).Match(accepted...)
	if confidence == language.No {
		i = 0
	}
	base, _ := spoken[i].Base()
	return base.String(), nil
}

// origin returns the scheme and host under which the caller reaches us.
func (s *Server) origin(r *http.Request) string {
	if s.config.PublicURL != "" {
		return s.config.PublicURL
	}
	scheme := "http"
	if peerOf(r).https {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
