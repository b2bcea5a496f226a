package resident

import (
	"cmp"
	"slices"

	"kvartal"
)

// Stats is what a layer holds of memory.
type Stats struct {
	Layer    kvartal.LayerID
	Features int
	Vertices int
	Bytes    int
	// Reason is why the layer is not resident, nil if it is.
	Reason error
}

// Stats returns the figures of all layers, by id, for metrics.
func (s *Snapshot) Stats() []Stats {
	out := make([]Stats, 0, len(s.layers))
	for _, l := range s.layers {
		out = append(out, l.stats())
	}
	slices.SortFunc(out, func(a, b Stats) int { return cmp.Compare(a.Layer, b.Layer) })
	return out
}

func (l *layer) stats() Stats {
	out := Stats{Layer: l.schema.def.ID, Features: l.features(), Reason: l.reason}
	if l.reason == nil {
		out.Vertices = len(l.base.vertices) + len(l.delta.vertices)
		// The dictionary's own table has about as many entries as it has values.
		out.Bytes = l.base.bytes() + l.delta.bytes() + 8*cap(l.dead) + l.values.bytes() + 8*len(l.values.ends)
	}
	return out
}
