//go:build !cgo

package pbf_test

import (
	"math"
	"testing"

	"github.com/paulmach/osm"
	"github.com/paulmach/osm/osmpbf"

	"kvartal/importers/basemap/pbf"
)

// With cgo, osmpbf wants pkg-config and the headers of zlib, which a machine
// need not have. CGO_ENABLED=0 go test ./importers/basemap/pbf runs this test.

// The whole of Delaware must be what paulmach/osm reads in it.
func TestDelawareAgainstPaulmach(t *testing.T) {
	t.Parallel()
	f, file := openDelaware(t)
	oracle := osmpbf.New(t.Context(), file, 1)
	defer oracle.Close()
	for i := range f.Blocks() {
		var b pbf.Block
		if err := f.Read(i, pbf.Nodes|pbf.Ways|pbf.Relations, &b); err != nil {
			t.Fatal(err)
		}
		for _, n := range b.Nodes {
			want, ok := nextObject(t, oracle).(*osm.Node)
			if !ok || int64(want.ID) != n.ID || math.Abs(want.Lon-n.Lon) > 1e-9 || math.Abs(want.Lat-n.Lat) > 1e-9 || !sameTags(want.Tags, n.Tags) {
				t.Fatalf("block %d: node = %+v, want %+v", i, n, want)
			}
		}
		for _, w := range b.Ways {
			want, ok := nextObject(t, oracle).(*osm.Way)
			if !ok || int64(want.ID) != w.ID || !sameRefs(want.Nodes, w.Refs) || !sameTags(want.Tags, w.Tags) {
				t.Fatalf("block %d: way = %+v, want %+v", i, w, want)
			}
		}
		for _, r := range b.Relations {
			want, ok := nextObject(t, oracle).(*osm.Relation)
			if !ok || int64(want.ID) != r.ID || !sameMembers(want.Members, r.Members) || !sameTags(want.Tags, r.Tags) {
				t.Fatalf("block %d: relation = %+v, want %+v", i, r, want)
			}
		}
	}
	if oracle.Scan() {
		t.Errorf("all blocks read, but paulmach/osm goes on with %v", oracle.Object())
	}
}

func nextObject(t *testing.T, s *osmpbf.Scanner) osm.Object {
	t.Helper()
	if !s.Scan() {
		t.Fatalf("paulmach/osm ends early: %v", s.Err())
	}
	return s.Object()
}

func sameTags(want osm.Tags, got pbf.Tags) bool {
	if len(want) != len(got) {
		return false
	}
	for i, tag := range want {
		if tag.Key != got[i].Key || tag.Value != got[i].Value {
			return false
		}
	}
	return true
}

func sameRefs(want osm.WayNodes, got []int64) bool {
	if len(want) != len(got) {
		return false
	}
	for i, n := range want {
		if int64(n.ID) != got[i] {
			return false
		}
	}
	return true
}

func sameMembers(want osm.Members, got []pbf.Member) bool {
	if len(want) != len(got) {
		return false
	}
	kinds := map[osm.Type]pbf.Kinds{osm.TypeNode: pbf.Nodes, osm.TypeWay: pbf.Ways, osm.TypeRelation: pbf.Relations}
	for i, m := range want {
		if m.Ref != got[i].ID || m.Role != got[i].Role || kinds[m.Type] != got[i].Kind {
			return false
		}
	}
	return true
}
