package styles

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"kvartal"
	"kvartal/layers"
	"kvartal/view"
)

// Request says which style document or legend is wanted.
type Request struct {
	Theme Theme
	Lang  string // one of layers.Languages
	// Views are the layers to draw, each with what its reader may see of it.
	// Their order does not matter.
	Views []view.View
	// Origin is the scheme and host under which the reader reached us, as in
	// "https://map.example.org", without a slash at the end.
	Origin string
}

// Document assembles a MapLibre style (specification version 8) for the layers
// of the request. Equal requests give equal bytes.
//
// A layer whose view does not permit view.See is left out. So is a style layer
// whose expressions name a field that is not readable: without it the drawing
// would be wrong, and the document would tell that the field exists.
//
// Errors are of KindInvalid (unknown theme or language) and KindNotFound
// (unknown layer).
func (s *Styles) Document(r Request) ([]byte, error) {
	p, visible, err := s.visible(r)
	if err != nil {
		return nil, err
	}
	d := document{
		Version: 8,
		Name:    "Kvartal: " + p.Title.In(r.Lang),
		Metadata: map[string]any{
			"kvartal:theme": r.Theme, "kvartal:language": r.Lang, "kvartal:color-scheme": p.Scheme,
		},
		Sprite:    r.Origin + "/sprites/kvartal",
		Glyphs:    r.Origin + "/fonts/{fontstack}/{range}.pbf",
		FontFaces: s.fontFaces.at(r.Origin),
		Sources:   s.sources(visible, r.Origin),
		Layers:    []any{backgroundLayer(p)},
	}
	for _, l := range inMapOrder(visible) {
		d.Layers = append(d.Layers, l.render(p, r.Lang))
	}
	return encode(d)
}

// document is a style document in the order people read it.
type document struct {
	Version   int               `json:"version"`
	Name      string            `json:"name"`
	Metadata  map[string]any    `json:"metadata"`
	Sprite    string            `json:"sprite"`
	Glyphs    string            `json:"glyphs"`
	FontFaces fontFaces         `json:"font-faces,omitempty"`
	Sources   map[string]source `json:"sources"`
	Layers    []any             `json:"layers"`
}

type source struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

// documentLayer is a style layer of a document.
type documentLayer struct {
	ID          string         `json:"id"`
	Type        layerType      `json:"type"`
	Metadata    map[string]any `json:"metadata,omitempty"`
	Source      string         `json:"source,omitempty"`
	SourceLayer string         `json:"source-layer,omitempty"`
	MinZoom     any            `json:"minzoom,omitempty"`
	MaxZoom     any            `json:"maxzoom,omitempty"`
	Filter      any            `json:"filter,omitempty"`
	Layout      map[string]any `json:"layout,omitempty"`
	Paint       map[string]any `json:"paint,omitempty"`
}

func backgroundLayer(p *palette) documentLayer {
	return documentLayer{ID: background, Type: background, Paint: map[string]any{"background-color": p.Colors[background]}}
}

// encode writes JSON whose bytes depend on d alone; "<" stays as it is, for it
// is an operator that people look for.
func encode(d document) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(d); err != nil {
		return nil, fmt.Errorf("encode style: %w", err)
	}
	return b.Bytes(), nil
}

// drawn is a fragment and the view through which it is drawn.
type drawn struct {
	*fragment
	view view.View
}

// visible resolves a request to fragments in the order of the registry.
func (s *Styles) visible(r Request) (*palette, []drawn, error) {
	p, ok := s.palettes[r.Theme]
	if !ok {
		return nil, nil, kvartal.Errorf(kvartal.KindInvalid, "there is no theme %.30q: want %v", r.Theme, Themes()).In("theme")
	}
	if !slices.Contains(layers.Languages(), r.Lang) {
		return nil, nil, kvartal.Errorf(kvartal.KindInvalid, "there are no labels in language %.30q: want %v", r.Lang, layers.Languages()).In("lang")
	}
	views := map[kvartal.LayerID]view.View{}
	for _, v := range r.Views {
		if _, ok := s.fragments[v.Layer]; !ok {
			return nil, nil, kvartal.Errorf(kvartal.KindNotFound, "there is no layer %.60q", v.Layer).In("layers")
		}
		views[v.Layer] = v
	}
	var out []drawn
	for _, d := range s.registry.Layers() {
		if v, asked := views[d.ID]; asked && v.May(view.See) {
			out = append(out, drawn{fragment: s.fragments[d.ID], view: v})
		}
	}
	return p, out, nil
}

// sources makes one source per group, so that one tile carries all its layers.
// A whole group goes by its own name: short and the same for most readers.
func (s *Styles) sources(visible []drawn, origin string) map[string]source {
	names := map[string][]string{}
	for _, d := range visible {
		if d.def.HasGeometry() {
			names[d.def.Group] = append(names[d.def.Group], string(d.def.ID))
		}
	}
	sources := map[string]source{}
	for group, ids := range names {
		path := strings.Join(ids, ",")
		if len(ids) == s.groupSize(group) {
			path = group
		}
		sources[group] = source{Type: "vector", URL: origin + "/tiles/" + path + ".json"}
	}
	return sources
}

func (s *Styles) groupSize(group string) int {
	n := 0
	for _, d := range s.registry.Layers() {
		if d.Group == group && d.HasGeometry() {
			n++
		}
	}
	return n
}

// placed is a style layer about to be rendered.
type placed struct {
	styleLayer
	drawn drawn
}

// readable lists the style layers that name no field the view hides.
func (d drawn) readable() []placed {
	var out []placed
	for _, l := range d.layers {
		if !slices.ContainsFunc(l.fields, func(f string) bool { return !d.view.Readable(f) }) {
			out = append(out, placed{styleLayer: l, drawn: d})
		}
	}
	return out
}

// inMapOrder lists the style layers that may be drawn from the lowest to the
// highest. Equal orders keep the order of the registry and of the fragment.
func inMapOrder(visible []drawn) []placed {
	var out []placed
	for _, d := range visible {
		out = append(out, d.readable()...)
	}
	slices.SortStableFunc(out, func(a, b placed) int { return cmp.Compare(a.order, b.order) })
	return out
}

func (l placed) render(p *palette, lang string) documentLayer {
	r := renderer{palette: p, lang: lang, def: l.drawn.def, readable: l.drawn.view.Readable}
	return documentLayer{
		ID: l.id, Type: l.kind,
		Metadata: map[string]any{"kvartal:layer": l.drawn.def.ID},
		Source:   l.drawn.def.Group, SourceLayer: l.drawn.def.Tiles.Layer,
		MinZoom: r.optional(l.minZoom), MaxZoom: r.optional(l.maxZoom), Filter: r.optional(l.filter),
		Layout: r.object(l.layout), Paint: r.object(l.paint),
	}
}
