package mvt

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// DecodedLayer is one layer of a tile.
type DecodedLayer struct {
	Name     string
	Extent   uint32
	Features []DecodedFeature
}

// DecodedFeature is one feature of a layer.
type DecodedFeature struct {
	ID   uint64 // 0 if it has none
	Type GeometryType
	// Parts are the points of Points, one a part; lines; or rings, the first
	// point not repeated at their ends.
	Parts [][]Point
	// Properties are of type string, float32, float64, int64, uint64 or bool.
	Properties map[string]any
}

// Decode reads a tile as strictly as version 2.1 of the specification permits:
// what it says shall, must or should be so, is. Beyond it the ids of a layer's
// features must differ, and no edges of a polygon may cross or lie upon one
// another. Errors are of kvartal.KindInvalid.
func Decode(tile []byte) ([]DecodedLayer, error) {
	var out []DecodedLayer
	names := map[string]bool{}
	for m := message(tile); len(m) > 0; {
		f, err := m.next()
		if err != nil {
			return nil, err
		}
		if f.key != tileLayer {
			return nil, invalid("field %d of a tile is not a layer", f.key>>3)
		}
		layer, err := decodeLayer(f.bytes)
		if err != nil {
			return nil, fmt.Errorf("layer %q: %w", layer.Name, err)
		}
		if names[layer.Name] {
			return nil, invalid("two layers are called %q", layer.Name)
		}
		names[layer.Name] = true
		out = append(out, layer)
	}
	return out, nil
}

// layerParts is a layer's message in its fields.
type layerParts struct {
	features [][]byte
	keys     []string
	values   []any
	messages []string // the values as they came
	version  uint64
	extent   uint64
	named    bool
}

func decodeLayer(b []byte) (DecodedLayer, error) {
	var layer DecodedLayer
	parts := layerParts{extent: 4096}
	for m := message(b); len(m) > 0; {
		f, err := m.next()
		if err != nil {
			return layer, err
		}
		if err := parts.add(f, &layer); err != nil {
			return layer, err
		}
	}
	if err := parts.check(); err != nil {
		return layer, err
	}
	layer.Extent = uint32(parts.extent)
	ids := map[uint64]bool{}
	for i, message := range parts.features {
		f, err := parts.feature(message)
		if err == nil && f.ID != 0 && ids[f.ID] {
			err = invalid("the id is not the only one")
		}
		if err != nil {
			return layer, fmt.Errorf("feature %d, id %d: %w", i, f.ID, err)
		}
		ids[f.ID] = true
		layer.Features = append(layer.Features, f)
	}
	return layer, nil
}

func (p *layerParts) add(f field, layer *DecodedLayer) error {
	switch f.key {
	case layerName:
		layer.Name, p.named = string(f.bytes), true
		if !utf8.Valid(f.bytes) {
			return invalid("the name is not UTF-8")
		}
	case layerFeature:
		p.features = append(p.features, f.bytes)
	case layerKey:
		if !utf8.Valid(f.bytes) {
			return invalid("a key is not UTF-8")
		}
		p.keys = append(p.keys, string(f.bytes))
	case layerValue:
		v, err := decodeValue(f.bytes)
		if err != nil {
			return err
		}
		p.values = append(p.values, v)
		p.messages = append(p.messages, string(f.bytes))
	case layerExtent:
		p.extent = f.number
	case layerVersion:
		p.version = f.number
	default:
		return invalid("a layer has no field %d of wire type %d", f.key>>3, f.key&7)
	}
	return nil
}

func (p *layerParts) check() error {
	switch {
	case !p.named:
		return invalid("the layer has no name")
	case p.version != Version:
		return invalid("version is %d, want %d", p.version, Version)
	case p.extent == 0 || p.extent > math.MaxInt32:
		return invalid("extent is %d", p.extent)
	case len(p.features) == 0:
		return invalid("the layer has no features")
	}
	keys, values := map[string]bool{}, map[string]bool{}
	for _, key := range p.keys {
		if keys[key] {
			return invalid("key %q is there twice", key)
		}
		keys[key] = true
	}
	for i, message := range p.messages {
		if values[message] {
			return invalid("value %#v is there twice", p.values[i])
		}
		values[message] = true
	}
	return nil
}

func decodeValue(b []byte) (v any, err error) {
	for m := message(b); len(m) > 0; {
		f, err := m.next()
		if err != nil {
			return nil, err
		}
		if v != nil {
			return nil, invalid("a value has two variants")
		}
		switch f.key {
		case valueString:
			if !utf8.Valid(f.bytes) {
				return nil, invalid("a text is not UTF-8")
			}
			v = string(f.bytes)
		case valueFloat:
			v = math.Float32frombits(uint32(f.number))
		case valueDouble:
			v = math.Float64frombits(f.number)
		case valueInt:
			v = int64(f.number)
		case valueUint:
			v = f.number
		case valueSint:
			v = unzigzag(f.number)
		case valueBool:
			v = f.number != 0
		default:
			return nil, invalid("a value has no variant %d of wire type %d", f.key>>3, f.key&7)
		}
	}
	if v == nil {
		return nil, invalid("a value has no variant")
	}
	return v, nil
}

func unzigzag(x uint64) int64 { return int64(x>>1) ^ -int64(x&1) }

// feature reads a feature's message.
func (p *layerParts) feature(b []byte) (f DecodedFeature, err error) {
	var tags, commands []uint32
	for m := message(b); len(m) > 0; {
		field, err := m.next()
		if err != nil {
			return f, err
		}
		switch field.key {
		case featureID:
			f.ID = field.number
		case featureTags:
			tags, err = packed(field.bytes)
		case featureType:
			if field.number < 1 || field.number > 3 {
				err = invalid("geometry type is %d", field.number)
			}
			f.Type = GeometryType(field.number)
		case featureGeometry:
			commands, err = packed(field.bytes)
		default:
			err = invalid("a feature has no field %d of wire type %d", field.key>>3, field.key&7)
		}
		if err != nil {
			return f, err
		}
	}
	var errTags, errGeometry error
	f.Properties, errTags = p.properties(tags)
	f.Parts, errGeometry = decodeGeometry(f.Type, commands)
	if err := errors.Join(errTags, errGeometry); err != nil {
		return f, err
	}
	if f.Type == Polygons {
		return f, checkPolygons(f.Parts)
	}
	return f, nil
}

func (p *layerParts) properties(tags []uint32) (map[string]any, error) {
	if len(tags)%2 != 0 {
		return nil, invalid("%d tags are no pairs", len(tags))
	}
	out := make(map[string]any, len(tags)/2)
	for i := 0; i < len(tags); i += 2 {
		key, value := int(tags[i]), int(tags[i+1])
		if key >= len(p.keys) || value >= len(p.values) {
			return nil, invalid("tag %d=%d is beyond the tables of %d keys and %d values", key, value, len(p.keys), len(p.values))
		}
		if _, twice := out[p.keys[key]]; twice {
			return nil, invalid("attribute %q is there twice", p.keys[key])
		}
		out[p.keys[key]] = p.values[value]
	}
	return out, nil
}
