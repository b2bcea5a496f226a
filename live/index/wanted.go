package index

import (
	"slices"

	"kvartal/layers"
)

// wanted is what live layers show of the registers, each once: fields of devices,
// and readings that their profiles give a meaning to. What is read of a device
// stands in this order.
type wanted struct {
	fields   []wantedField
	readings []string
}

// wantedField is a field of the register of devices.
type wantedField struct {
	name string
	typ  layers.FieldType
}

// field returns the place of a field.
func (w *wanted) field(f wantedField) int { return placeOf(&w.fields, f) }

// reading returns the place of a reading.
func (w *wanted) reading(name string) int { return placeOf(&w.readings, name) }

func placeOf[T comparable](all *[]T, one T) int {
	i := slices.Index(*all, one)
	if i < 0 {
		i = len(*all)
		*all = append(*all, one)
	}
	return i
}
