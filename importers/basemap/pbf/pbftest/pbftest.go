// Package pbftest writes small OpenStreetMap PBF files for tests, right ones
// and, a piece at a time, wrong ones.
package pbftest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"math"

	"kvartal/importers/basemap/pbf"
)

// Data is what a file is to hold, one block for each kind that has elements.
type Data struct {
	Bounds    *pbf.Bounds
	Required  []string // features; the usual ones if nil
	Nodes     []pbf.Node
	Ways      []pbf.Way
	Relations []pbf.Relation
	// Plain writes nodes one by one instead of densely.
	Plain bool
}

// Encode returns d as a file.
func Encode(d Data) []byte {
	out := Frame("OSMHeader", Zlib(header(d)))
	if len(d.Nodes) > 0 {
		out = append(out, Frame("OSMData", Zlib(NodeBlock(d.Nodes, d.Plain)))...)
	}
	if len(d.Ways) > 0 {
		out = append(out, Frame("OSMData", Zlib(WayBlock(d.Ways)))...)
	}
	if len(d.Relations) > 0 {
		out = append(out, Frame("OSMData", Zlib(RelationBlock(d.Relations)))...)
	}
	return out
}

// Frame puts a Blob into a frame.
func Frame(kind string, blob []byte) []byte {
	head := field(nil, 1, []byte(kind))
	head = number(head, 3, uint64(len(blob)))
	out := binary.BigEndian.AppendUint32(nil, uint32(len(head)))
	return append(append(out, head...), blob...)
}

// Zlib makes a Blob of data.
func Zlib(data []byte) []byte {
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	_, _ = w.Write(data) // a Buffer takes everything
	_ = w.Close()
	return field(number(nil, 2, uint64(len(data))), 3, packed.Bytes())
}

// Raw makes a Blob of data without packing them.
func Raw(data []byte) []byte { return field(nil, 1, data) }

func header(d Data) []byte {
	var out []byte
	if b := d.Bounds; b != nil {
		var box []byte
		for i, side := range []float64{b.West, b.East, b.North, b.South} {
			box = number(box, i+1, unzigzag(int64(math.Round(side*1e9))))
		}
		out = field(out, 1, box)
	}
	required := d.Required
	if required == nil {
		required = []string{"OsmSchema-V0.6", "DenseNodes"}
	}
	for _, f := range required {
		out = field(out, 4, []byte(f))
	}
	return field(out, 5, []byte("Sort.Type_then_ID"))
}

// texts collects a string table; 0 is kept free as the format wants it.
type texts struct {
	index map[string]uint64
	all   []string
}

func newTexts() *texts { return &texts{map[string]uint64{"": 0}, []string{""}} }

func (t *texts) id(s string) uint64 {
	if s == "" {
		return 0
	}
	if i, ok := t.index[s]; ok {
		return i
	}
	t.index[s] = uint64(len(t.all))
	t.all = append(t.all, s)
	return t.index[s]
}

func (t *texts) block(group []byte) []byte {
	var table []byte
	for _, s := range t.all {
		table = field(table, 1, []byte(s))
	}
	return field(field(nil, 1, table), 2, group)
}

// degrees returns a coordinate in units of the usual granularity, 1e-7 degrees.
func degrees(v float64) int64 { return int64(math.Round(v * 1e7)) }

// NodeBlock returns a PrimitiveBlock of nodes.
func NodeBlock(nodes []pbf.Node, plain bool) []byte {
	t := newTexts()
	if plain {
		var group []byte
		for _, n := range nodes {
			keys, values := t.tags(n.Tags)
			node := number(nil, 1, unzigzag(n.ID))
			node = field(field(node, 2, keys), 3, values)
			node = number(number(node, 8, unzigzag(degrees(n.Lat))), 9, unzigzag(degrees(n.Lon)))
			group = field(group, 1, node)
		}
		return t.block(group)
	}
	var ids, lats, lons deltas
	var tags []byte
	for _, n := range nodes {
		ids.add(n.ID)
		lats.add(degrees(n.Lat))
		lons.add(degrees(n.Lon))
		for _, tag := range n.Tags {
			tags = binary.AppendUvarint(binary.AppendUvarint(tags, t.id(tag.Key)), t.id(tag.Value))
		}
		tags = append(tags, 0)
	}
	dense := field(field(field(field(nil, 1, ids.b), 8, lats.b), 9, lons.b), 10, tags)
	return t.block(field(nil, 2, dense))
}

// WayBlock returns a PrimitiveBlock of ways.
func WayBlock(ways []pbf.Way) []byte {
	t := newTexts()
	var group []byte
	for _, w := range ways {
		keys, values := t.tags(w.Tags)
		var refs deltas
		for _, ref := range w.Refs {
			refs.add(ref)
		}
		way := field(field(field(number(nil, 1, uint64(w.ID)), 2, keys), 3, values), 8, refs.b)
		group = field(group, 3, way)
	}
	return t.block(group)
}

// RelationBlock returns a PrimitiveBlock of relations.
func RelationBlock(relations []pbf.Relation) []byte {
	t := newTexts()
	var group []byte
	for _, r := range relations {
		keys, values := t.tags(r.Tags)
		var roles, kinds []byte
		var ids deltas
		for _, m := range r.Members {
			roles = binary.AppendUvarint(roles, t.id(m.Role))
			ids.add(m.ID)
			kinds = binary.AppendUvarint(kinds, map[pbf.Kinds]uint64{pbf.Nodes: 0, pbf.Ways: 1, pbf.Relations: 2}[m.Kind])
		}
		rel := field(field(number(nil, 1, uint64(r.ID)), 2, keys), 3, values)
		rel = field(field(field(rel, 8, roles), 9, ids.b), 10, kinds)
		group = field(group, 4, rel)
	}
	return t.block(group)
}

func (t *texts) tags(tags pbf.Tags) (keys, values []byte) {
	for _, tag := range tags {
		keys = binary.AppendUvarint(keys, t.id(tag.Key))
		values = binary.AppendUvarint(values, t.id(tag.Value))
	}
	return keys, values
}

// deltas writes numbers as differences, packed.
type deltas struct {
	b    []byte
	last int64
}

func (d *deltas) add(v int64) {
	d.b = binary.AppendUvarint(d.b, unzigzag(v-d.last))
	d.last = v
}

func unzigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func field(b []byte, number int, value []byte) []byte {
	b = binary.AppendUvarint(b, uint64(number)<<3|2)
	return append(binary.AppendUvarint(b, uint64(len(value))), value...)
}

func number(b []byte, field int, value uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(field)<<3), value)
}
