package mvt

import "encoding/binary"

// Layer puts together the message of one layer of a tile.
type Layer struct {
	features []byte // the features' fields of the message
	values   []byte // the values' fields of the message
	count    uint32 // of values
}

// Reset empties the layer.
func (l *Layer) Reset() {
	l.features, l.values, l.count = l.features[:0], l.values[:0], 0
}

// Empty reports whether no feature has been added.
func (l *Layer) Empty() bool { return len(l.features) == 0 }

// AddValue adds a Value message, made by AppendString and its like, to the
// layer's table and returns its number there. The caller adds no value twice.
func (l *Layer) AddValue(message []byte) Number {
	l.values = binary.AppendUvarint(append(l.values, layerValue), uint64(len(message)))
	l.values = append(l.values, message...)
	l.count++
	return NumberOf(l.count - 1)
}

// AddText is AddValue of a text.
func (l *Layer) AddText(text string) Number {
	b := binary.AppendUvarint(append(l.values, layerValue), uint64(fieldSize(len(text))))
	l.values = appendText(b, valueString, text)
	l.count++
	return NumberOf(l.count - 1)
}

// AddFeature adds a feature. Tags are pairs of the numbers of a key and a value.
func (l *Layer) AddFeature(id uint64, t GeometryType, tags *Tags, g *Geometry) {
	packed := tags.bytes()
	size := 1 + uvarintSize(id) + 2 + 1 + uvarintSize(uint64(len(g.commands))) + len(g.commands)
	if len(packed) > 0 {
		size += 1 + uvarintSize(uint64(len(packed))) + len(packed)
	}
	b := binary.AppendUvarint(append(l.features, layerFeature), uint64(size))
	b = binary.AppendUvarint(append(b, featureID), id)
	if len(packed) > 0 {
		b = binary.AppendUvarint(append(b, featureTags), uint64(len(packed)))
		b = append(b, packed...)
	}
	b = append(b, featureType, byte(t), featureGeometry)
	b = binary.AppendUvarint(b, uint64(len(g.commands)))
	b = append(b, g.commands...)
	l.features = b
}

// Bytes returns a Tile message of this one layer, newly allocated, or nil if it
// has no feature: such a layer should not be in a tile (section 4.1).
func (l *Layer) Bytes(name string, extent uint32, keys []string) []byte {
	if l.Empty() {
		return nil
	}
	size := fieldSize(len(name)) + len(l.features) + len(l.values) + 1 + uvarintSize(uint64(extent)) + 2
	for _, key := range keys {
		size += fieldSize(len(key))
	}
	b := make([]byte, 0, fieldSize(size))
	b = binary.AppendUvarint(append(b, tileLayer), uint64(size))
	b = append(b, layerVersion, Version)
	b = appendText(b, layerName, name)
	b = append(b, l.features...)
	for _, key := range keys {
		b = appendText(b, layerKey, key)
	}
	b = append(b, l.values...)
	return binary.AppendUvarint(append(b, layerExtent), uint64(extent))
}

func appendText(b []byte, field byte, text string) []byte {
	return append(binary.AppendUvarint(append(b, field), uint64(len(text))), text...)
}

// fieldSize is the size of a field of length bytes with its key and length.
func fieldSize(length int) int { return 1 + uvarintSize(uint64(length)) + length }

func uvarintSize(x uint64) int {
	n := 1
	for ; x >= 0x80; x >>= 7 {
		n++
	}
	return n
}
