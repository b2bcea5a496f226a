// Package styles draws: it turns the layers' style fragments and a palette
// into MapLibre style documents and legends, in the theme and language asked
// for and for the eyes of one reader.
//
// A fragment, layers/defs/<id>/style.json, is an array of style layers of the
// MapLibre style specification, version 8, without source and source-layer.
// It names colours by token ("@water"), labels by "{label}", and says in
// metadata where each style layer belongs on the map and in the legend:
//
//	[{"id": "trees", "type": "circle",
//	  "metadata": {"kvartal:order": 700, "kvartal:legend": {"ru": "Дерево", "en": "Tree", "ky": "Дарак"}},
//	  "paint": {"circle-color": "@tree", "circle-radius": 3}}]
//
// kvartal:order, from the lowest:
//
//	  0– 99 land and water        400–499 streets and railways   700–799 thematic points
//	100–199 land use and sites    500–599 thematic lines         800–899 labels of the base map
//	200–299 thematic areas        600–699 boundaries             900–999 thematic labels
//	300–399 buildings
//
// The legend keeps the order of the fragment. Style layers with the same
// kvartal:legend title are drawn over each other and make one entry.
// kvartal:legend-by names a field with an entry for each of its codes or, if it
// has no codelist, for each stop of the step or interpolate that reads it; the
// title then heads them.
//
// Everything is checked when the program starts: New reports each unknown
// token, field, code, operator, property and icon with file and line. The
// package makes no HTTP: addresses, caching and ETags are the server's.
package styles

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"kvartal"
	"kvartal/layers"
)

//go:embed palettes/*.json
var palettesFS embed.FS

// Options are what package styles takes from its surroundings.
type Options struct {
	// Assets is the built web map: sprites/kvartal.json, fonts/font-faces.json
	// and fonts/<font>/<range>.pbf. Before it has been built, and with nil,
	// documents are complete but for "font-faces", and icons go unchecked.
	Assets fs.FS
}

// Styles makes style documents and legends. It does not change once made and
// may be used concurrently.
type Styles struct {
	registry  *layers.Registry
	palettes  map[Theme]*palette
	fragments map[kvartal.LayerID]*fragment
	fields    map[kvartal.LayerID][]string
	assets    fs.FS
	fontFaces fontFaces
}

// New reads the palettes and the fragments of all layers. Errors are of
// KindInvalid with a complaint a line, each naming file, line and JSON pointer.
func New(registry *layers.Registry, o Options) (*Styles, error) {
	c, err := newChecker(o)
	if err != nil {
		return nil, err
	}
	s := &Styles{registry: registry, palettes: c.palettes, fragments: map[kvartal.LayerID]*fragment{}, fields: map[kvartal.LayerID][]string{}, assets: o.Assets}
	if s.fontFaces, err = loadFontFaces(o.Assets); err != nil {
		return nil, err
	}
	var complaints []error
	for _, def := range registry.Layers() {
		f, err := c.fragment(def)
		complaints = append(complaints, err)
		s.fragments[def.ID] = f
	}
	if err := errors.Join(complaints...); err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "%s", err)
	}
	for id, f := range s.fragments {
		s.fields[id] = f.fieldNames()
	}
	return s, nil
}

// Fields returns what function Fields does of a layer of the registry; none of
// another.
func (s *Styles) Fields(layer kvartal.LayerID) []string { return s.fields[layer] }

func newChecker(o Options) (*checker, error) {
	palettes, err := loadPalettes(palettesFS)
	if err != nil {
		return nil, err
	}
	icons, err := loadIcons(o.Assets)
	if err != nil {
		return nil, err
	}
	return &checker{palettes: palettes, icons: icons, operators: operators()}, nil
}

// loadIcons returns the names in the sprite, nil if there is none yet.
func loadIcons(assets fs.FS) (map[string]bool, error) {
	var index map[string]json.RawMessage
	if err := readAsset(assets, "sprites/kvartal.json", &index); err != nil || index == nil {
		return nil, err
	}
	icons := map[string]bool{}
	for name := range index {
		icons[name] = true
	}
	return icons, nil
}

// readAsset decodes a JSON file of the built web map into v, which stays as it
// is if there is no such file.
func readAsset(assets fs.FS, file string, v any) error {
	if assets == nil {
		return nil
	}
	b, err := fs.ReadFile(assets, file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return kvartal.Errorf(kvartal.KindInvalid, "%s of the built web map is broken: build it anew with make web", file).Because(err)
	}
	return nil
}
