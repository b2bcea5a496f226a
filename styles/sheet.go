package styles

import (
	"errors"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"kvartal"
	"kvartal/layers"
	"kvartal/view"
)

// MaxSheet bounds a style document that people made, in bytes.
const MaxSheet = 1 << 20

// Sheet is a style document that people made (MapLibre style specification,
// version 8), of which is known what it draws of the city.
type Sheet struct {
	registry *layers.Registry
	origin   string
	root     object
	sources  map[string]citySource // those that are the city's tiles
	layers   []sheetLayer
}

// citySource is a source of a document whose tiles are the city's.
type citySource struct {
	layers []*layers.Definition
	names  string // of the layers, as its address has them
	before string // the names in its address
	after  string
}

// sheetLayer is a style layer of a document.
type sheetLayer struct {
	node   node
	source string
	// drawn are the layers of the city that it may draw; none of a background or
	// of what others serve.
	drawn []*layers.Definition
	words map[string]bool // the strings in it, and what stands in braces
}

// Sheet reads a document that belongs to a server at an origin. It takes any that
// has the form of a style; Check asks for more. Errors are of KindInvalid and name
// the line.
func (s *Styles) Sheet(document []byte, origin string) (*Sheet, error) {
	if len(document) > MaxSheet {
		return nil, kvartal.Errorf(kvartal.KindTooLarge, "the style has more than %d bytes", MaxSheet)
	}
	n, err := parseJSON(document)
	var fault *lineError
	if errors.As(err, &fault) {
		return nil, badSheet(fault.line, fault.message)
	}
	root, ok := n.value.(object)
	if !ok {
		return nil, badSheet(n.line, "want a style, an object")
	}
	if version, _ := root.get("version"); version.value == nil || show(version) != "8" {
		return nil, badSheet(n.line, `"version" must be 8`)
	}
	sheet := &Sheet{registry: s.registry, origin: origin, root: root, sources: map[string]citySource{}}
	sources, _ := root.get("sources")
	listed, ok := sources.value.(object)
	if !ok {
		return nil, badSheet(n.line, `"sources" must be an object`)
	}
	for _, m := range listed {
		if source, ok := sheet.citySource(m.value); ok {
			sheet.sources[m.name] = source
		}
	}
	drawn, _ := root.get("layers")
	if _, ok := drawn.value.([]node); !ok {
		return nil, badSheet(n.line, `"layers" must be an array`)
	}
	for _, l := range drawn.list() {
		if _, ok := l.value.(object); !ok {
			return nil, badSheet(l.line, "a style layer is an object")
		}
		sheet.layers = append(sheet.layers, sheet.layer(l))
	}
	return sheet, nil
}

func badSheet(line int, what string) error {
	return kvartal.Errorf(kvartal.KindInvalid, "line %d: %s", line, what).In("body")
}

// cityTiles are the paths of our TileJSON and our tiles.
var cityTiles = regexp.MustCompile(`^(/tiles/)([^/]+)(\.json|/\{z\}/\{x\}/\{y\}\.mvt)$`)

// citySource finds out whether a source is the city's.
func (s *Sheet) citySource(n node) (citySource, bool) {
	o, _ := n.value.(object)
	address, ok := o.get("url")
	if tiles, _ := o.get("tiles"); !ok && len(tiles.list()) > 0 {
		address = tiles.list()[0]
	}
	m := cityTiles.FindStringSubmatch(strings.TrimPrefix(address.text(), s.origin))
	if m == nil {
		return citySource{}, false
	}
	names, err := url.PathUnescape(m[2])
	if err != nil {
		return citySource{}, false
	}
	defs, err := s.registry.Expand(names)
	return citySource{defs, m[2], m[1], m[3]}, err == nil
}

func (s *Sheet) layer(n node) sheetLayer {
	o, _ := n.value.(object)
	source, _ := o.get("source")
	inTile, _ := o.get("source-layer")
	l := sheetLayer{node: n, source: source.text(), words: map[string]bool{}}
	n.collect(l.words)
	candidates := s.registry.Layers()
	if ours, ok := s.sources[l.source]; ok {
		candidates = ours.layers
	}
	for _, d := range candidates {
		if d.HasGeometry() && inTile.text() != "" && d.Tiles.Layer == inTile.text() {
			l.drawn = append(l.drawn, d)
		}
	}
	return l
}

var inBraces = regexp.MustCompile(`\{([^{}]+)\}`)

// collect adds the strings in a value, and what stands in braces in them.
func (n node) collect(words map[string]bool) {
	switch v := n.value.(type) {
	case string:
		words[v] = true
		for _, m := range inBraces.FindAllStringSubmatch(v, -1) {
			words[m[1]] = true
		}
	case []node:
		for _, item := range v {
			item.collect(words)
		}
	case object:
		for _, m := range v {
			words[m.name] = true
			m.value.collect(words)
		}
	}
}

// Title is the name that the document gives itself.
func (s *Sheet) Title() string {
	name, _ := s.root.get("name")
	return strings.TrimSpace(name.text())
}

// Draws lists the layers of the city that are drawn from its tiles.
func (s *Sheet) Draws() []kvartal.LayerID {
	drawn := map[kvartal.LayerID]bool{}
	for _, l := range s.layers {
		if _, ours := s.sources[l.source]; !ours {
			continue
		}
		for _, d := range l.drawn {
			drawn[d.ID] = true
		}
	}
	return slices.Sorted(maps.Keys(drawn))
}

// For is the document for a reader with views. Style layers of layers that they
// do not show, or that name an attribute which they hide, are left out; false if
// none is left of those that draw the city.
func (s *Sheet) For(views []view.View) ([]byte, bool, error) {
	seen := map[kvartal.LayerID]view.View{}
	for _, v := range views {
		if v.May(view.See) {
			seen[v.Layer] = v.For(view.See)
		}
	}
	kept, used, left := []node{}, map[string]bool{}, 0
	for _, l := range s.layers {
		if !l.visible(seen) {
			continue
		}
		kept, used[l.source] = append(kept, l.node), true
		if _, ours := s.sources[l.source]; ours {
			left++
		}
	}
	whole := len(kept) == len(s.layers)
	document, err := s.render(kept, used, seen, whole)
	return document, left > 0 || len(s.Draws()) == 0, err
}

// visible reports whether a reader may know of a style layer.
func (l sheetLayer) visible(seen map[kvartal.LayerID]view.View) bool {
	if len(l.drawn) == 0 {
		return true
	}
	shown := slices.DeleteFunc(slices.Clone(l.drawn), func(d *layers.Definition) bool { return !seen[d.ID].May(view.See) })
	for _, d := range l.drawn {
		for _, f := range d.Fields {
			readable := func(other *layers.Definition) bool { return seen[other.ID].Readable(f.Name) }
			if l.words[f.Name] && !slices.ContainsFunc(shown, readable) {
				return false
			}
		}
	}
	return len(shown) > 0
}

// render writes the document with some of its style layers and the sources that
// they use. What else stands at its root may tell of what was left out, so
// metadata go unless the document is whole.
func (s *Sheet) render(kept []node, used map[string]bool, seen map[kvartal.LayerID]view.View, whole bool) ([]byte, error) {
	out := object{}
	for _, m := range s.root {
		switch m.name {
		case "layers":
			m.value.value = kept
		case "sources":
			m.value.value = s.visibleSources(m.value, used, seen)
		case "metadata":
			if !whole {
				continue
			}
		}
		out = append(out, m)
	}
	return encodeNode(node{value: out})
}

// visibleSources are the sources that a reader may know of; those of the city
// have the layers that the reader may see.
func (s *Sheet) visibleSources(n node, used map[string]bool, seen map[kvartal.LayerID]view.View) object {
	out := object{}
	all, _ := n.value.(object)
	for _, m := range all {
		source, ours := s.sources[m.name]
		if !ours {
			out = append(out, m)
			continue
		}
		if names := source.namesFor(seen); used[m.name] && names != "" {
			m.value.value = source.at(s.origin, m.value, names)
			out = append(out, m)
		}
	}
	return out
}

// namesFor are the layers of a source that a reader may see, as its address has
// them; "" for none.
func (c citySource) namesFor(seen map[kvartal.LayerID]view.View) string {
	var names []string
	hidden := false
	for _, d := range c.layers {
		switch {
		case seen[d.ID].May(view.See) && d.HasGeometry():
			names = append(names, string(d.ID))
		case d.HasGeometry():
			hidden = true
		}
	}
	if !hidden && len(names) > 0 {
		return c.names
	}
	return strings.Join(names, ",")
}

// at is the source with the address of tiles of some layers.
func (c citySource) at(origin string, n node, names string) object {
	out := object{}
	members, _ := n.value.(object)
	address := node{value: origin + c.before + names + c.after}
	for _, m := range members {
		switch m.name {
		case "url":
			m.value = address
		case "tiles":
			m.value = node{value: []node{address}}
		}
		out = append(out, m)
	}
	return out
}
