package server

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"kvartal"
	"kvartal/tiles"
	"kvartal/view"
)

const mvtType = "application/vnd.mapbox-vector-tile"

// variable returns a part of the path, unescaped.
func variable(r *http.Request, name string) (string, error) {
	return unescape(mux.Vars(r)[name])
}

func unescape(part string) (string, error) {
	v, err := url.PathUnescape(part)
	if err != nil {
		return "", kvartal.Errorf(kvartal.KindInvalid, "the address has a broken %% escape")
	}
	return v, nil
}

// tileAddress takes apart /tiles/{layers}/{z}/{x}/{y}.mvt.
func tileAddress(path string) (parts [4]string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/tiles/")
	if !ok {
		return parts, false
	}
	if rest, ok = strings.CutSuffix(rest, ".mvt"); !ok || strings.Count(rest, "/") != 3 {
		return parts, false
	}
	for i := range 3 {
		parts[i], rest, _ = strings.Cut(rest, "/")
	}
	parts[3] = rest
	return parts, true
}

// tile answers a tile. It is dispatched ahead of the router and of what other
// routes need around them: a map asks for tiles more than for all else.
func (s *Server) tile(w http.ResponseWriter, r *http.Request, parts [4]string) {
	start := time.Now()
	code, err := s.sendTile(w, r, parts)
	if err != nil {
		s.problem(w, withRequestID(w, r), err)
		code = status(err)
	}
	s.metrics.tile(code).Observe(time.Since(start).Seconds())
}

func (s *Server) sendTile(w http.ResponseWriter, r *http.Request, parts [4]string) (int, error) {
	city := s.city.Load()
	if city == nil {
		return 0, s.starting()
	}
	if r.URL.RawQuery != "" {
		if err := parameters(r); err != nil {
			return 0, err
		}
	}
	address, err := tiles.ParseAddress(parts[1], parts[2], parts[3])
	if err != nil {
		return 0, err
	}
	names, err := unescape(parts[0])
	if err != nil {
		return 0, err
	}
	wanted, err := layersFor(r, city, names, view.See)
	if err != nil {
		return 0, err
	}
	tile, err := city.Tiles.Tile(r.Context(), wanted, address)
	if err != nil {
		return 0, err
	}
	return writeTile(w, r, tile, freshness(wanted))
}

// freshness says how long clients may show a tile without asking again: not at
// all, but for objects that move, which would have to be asked for all the time.
func freshness(wanted []tiles.Layer) string {
	if tiles.Live(wanted) {
		return "max-age=2"
	}
	return "no-cache"
}

// writeTile writes a tile in a coding the client takes, or 304 if it has it.
func writeTile(w http.ResponseWriter, r *http.Request, tile *tiles.Packed, fresh string) (int, error) {
	accepted := r.Header.Get("Accept-Encoding")
	coding := tile.Choose(func(c tiles.Coding) bool { return accepts(accepted, string(c)) })
	tag := tile.ETag(coding)
	h := w.Header()
	h["Etag"] = []string{tag}
	h["Cache-Control"] = []string{fresh}
	h["Vary"] = []string{"Accept-Encoding"}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	if match := r.Header.Get("If-None-Match"); match != "" && names(match, tag) {
		w.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified, nil
	}
	body, err := tile.Bytes(coding)
	if err != nil {
		return 0, err
	}
	h["Content-Type"] = []string{mvtType}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	if coding != tiles.Identity {
		h["Content-Encoding"] = []string{string(coding)}
	}
	writeBody(w, r, body)
	return http.StatusOK, nil
}

// names reports whether an If-None-Match header names the tag (RFC 9110,
// section 13.1.2, by weak comparison).
func names(header, tag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == tag {
			return true
		}
	}
	return false
}

// tileJSON answers /tiles/{layers}.json (TileJSON 3.0.0).
func (s *Server) tileJSON(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r); err != nil {
		return err
	}
	names, err := variable(r, "layers")
	if err != nil {
		return err
	}
	wanted, err := layersFor(r, city, names, view.See)
	if err != nil {
		return err
	}
	bounds, err := boundsOf(r.Context(), city, wanted)
	if err != nil {
		return err
	}
	template := s.origin(r) + "/tiles/" + url.PathEscape(names) + "/{z}/{x}/{y}.mvt"
	return respondJSON(w, r, "application/json", tiles.NewTileJSON(wanted, template, bounds))
}
