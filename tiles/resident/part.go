package resident

import (
	"cmp"
	"slices"
	"unsafe"

	"kvartal"
	"kvartal/tiles/mvt"
)

const boxBytes = int(unsafe.Sizeof(box{}))

// part is a set of features in Hilbert order. It does not change, but for what
// it remembers of polygons; features are called by their position in it.
type part struct {
	ids []kvartal.FeatureID
	// versions are the transactions that wrote the rows (xmin), 32 bits of them:
	// with an id, one names a row as it was read.
	versions []uint32
	kinds    []mvt.GeometryType
	zooms    []uint8 // the lowest zoom at which the feature is shown
	index    index   // with the features' boxes
	// The codes of feature i, one a column, are those from i*columns on.
	codes   []code
	columns int

	// The lines, rings or runs of points of feature i are those from firsts[i] to
	// firsts[i+1], that of number j ends at vertex ends[j].
	firsts   []uint32
	ends     []uint32
	holes    bitset // which rings are holes
	vertices []vertex
	// steps ranks the vertices: each differs from the one before it on grids whose
	// step is up to 2^steps world units; on coarser ones it may be left out.
	steps []uint8
	// long are the features that are divided into stretches, ascending.
	long      []longFeatureAt
	stretches []box

	byID []uint32 // positions in order of id
	// clean has a bit set for a zoom at which a polygon, rounded, is known to be
	// valid. It is atomic.
	clean []uint32

	members *members
}

func (p *part) len() int { return len(p.ids) }

func (p *part) box(i uint32) box { return p.index.levels[0][i] }

// values returns the codes of a feature's values.
func (p *part) values(i uint32) []code { return p.codes[int(i)*p.columns:][:p.columns] }

// find returns the position of a feature.
func (p *part) find(id kvartal.FeatureID) (uint32, bool) {
	at, found := slices.BinarySearchFunc(p.byID, id, func(i uint32, id kvartal.FeatureID) int { return cmp.Compare(p.ids[i], id) })
	if !found {
		return 0, false
	}
	return p.byID[at], true
}

// rings returns the numbers of a feature's first ring and of the one after its
// last.
func (p *part) rings(i uint32) (first, end uint32) { return p.firsts[i], p.firsts[i+1] }

// ring returns the vertices of a ring and their ranks.
func (p *part) ring(j uint32) ([]vertex, []uint8) {
	start := p.start(j)
	return p.vertices[start:p.ends[j]], p.steps[start:p.ends[j]]
}

// start is the first vertex of a ring, which may be the one after the last.
func (p *part) start(j uint32) uint32 {
	if j == 0 {
		return 0
	}
	return p.ends[j-1]
}

// vertexCount is the number of a feature's vertices.
func (p *part) vertexCount(i uint32) int {
	first, end := p.rings(i)
	return int(p.start(end) - p.start(first))
}

// bytes is the memory the part holds.
func (p *part) bytes() int {
	return 8*len(p.ids) + 4*len(p.versions) + len(p.kinds) + len(p.zooms) + boxBytes*len(p.index.levels[0]) + p.index.bytes() +
		4*len(p.firsts) + 4*len(p.ends) + 8*len(p.holes) + 9*len(p.vertices) + 8*len(p.long) + boxBytes*len(p.stretches) +
		4*len(p.codes) + 4*len(p.byID) + 4*len(p.clean)
}

// bitset is a set of small numbers.
type bitset []uint64

func (b bitset) has(i uint32) bool { return b[i>>6]&(1<<(i&63)) != 0 }

func (b bitset) add(i uint32) { b[i>>6] |= 1 << (i & 63) }

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }
