package mvt

import (
	"encoding/binary"
	"math"
)

// Fields of the protocol buffer messages, already joined with their wire types.
const (
	tileLayer = 3<<3 | wireBytes

	layerName    = 1<<3 | wireBytes
	layerFeature = 2<<3 | wireBytes
	layerKey     = 3<<3 | wireBytes
	layerValue   = 4<<3 | wireBytes
	layerExtent  = 5<<3 | wireVarint
	layerVersion = 15<<3 | wireVarint

	featureID       = 1<<3 | wireVarint
	featureTags     = 2<<3 | wireBytes
	featureType     = 3<<3 | wireVarint
	featureGeometry = 4<<3 | wireBytes

	valueString = 1<<3 | wireBytes
	valueFloat  = 2<<3 | wireFixed32
	valueDouble = 3<<3 | wireFixed64
	valueInt    = 4<<3 | wireVarint
	valueUint   = 5<<3 | wireVarint
	valueSint   = 6<<3 | wireVarint
	valueBool   = 7<<3 | wireVarint
)

// Wire types of protocol buffers.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// AppendString appends the Value message of a text.
func AppendString(b, text []byte) []byte {
	return append(binary.AppendUvarint(append(b, valueString), uint64(len(text))), text...)
}

// AppendInt appends the Value message of an integer: unsigned, or sint where it
// is negative, as ST_AsMVT does.
func AppendInt(b []byte, n int64) []byte {
	if n >= 0 {
		return binary.AppendUvarint(append(b, valueUint), uint64(n))
	}
	return binary.AppendVarint(append(b, valueSint), n)
}

// AppendSigned appends the Value message of an integer in the variant int, which
// AppendInt never writes.
func AppendSigned(b []byte, n int64) []byte {
	return binary.AppendUvarint(append(b, valueInt), uint64(n))
}

// AppendDouble appends the Value message of a number.
func AppendDouble(b []byte, x float64) []byte {
	return binary.LittleEndian.AppendUint64(append(b, valueDouble), math.Float64bits(x))
}

// AppendBool appends the Value message of a truth value.
func AppendBool(b []byte, yes bool) []byte {
	if yes {
		return append(b, valueBool, 1)
	}
	return append(b, valueBool, 0)
}
