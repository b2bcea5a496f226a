package pbf_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kvartal"
	"kvartal/importers/basemap/demo"
	"kvartal/importers/basemap/pbf"
	"kvartal/importers/basemap/pbf/pbftest"
)

func small() pbftest.Data {
	return pbftest.Data{
		Bounds: &pbf.Bounds{West: -1, South: -2, East: 3, North: 4},
		Nodes: []pbf.Node{
			{ID: 1, Lon: 71.43, Lat: 51.12},
			{ID: 7, Lon: -75.5, Lat: -39.1, Tags: pbf.Tags{{Key: "name", Value: "Байтерек"}, {Key: "tourism", Value: "viewpoint"}}},
			{ID: 8, Lon: 0, Lat: 0},
		},
		Ways: []pbf.Way{
			{ID: 3, Refs: []int64{1, 7, 8, 1}, Tags: pbf.Tags{{Key: "building", Value: "yes"}}},
			{ID: 1 << 40, Refs: []int64{}},
		},
		Relations: []pbf.Relation{{
			ID:      5,
			Tags:    pbf.Tags{{Key: "type", Value: "multipolygon"}},
			Members: []pbf.Member{{Kind: pbf.Ways, ID: 3, Role: "outer"}, {Kind: pbf.Nodes, ID: 1}, {Kind: pbf.Relations, ID: 9, Role: "x"}},
		}},
	}
}

// readAll reads a whole file.
func readAll(ctx context.Context, file []byte) (pbftest.Data, error) {
	var d pbftest.Data
	f, err := pbf.Open(ctx, bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return d, err
	}
	d.Bounds = f.Header().Bounds
	for i := range f.Blocks() {
		var b pbf.Block
		if err := f.Read(i, pbf.Nodes|pbf.Ways|pbf.Relations, &b); err != nil {
			return d, err
		}
		d.Nodes = append(d.Nodes, b.Nodes...)
		d.Ways = append(d.Ways, b.Ways...)
		d.Relations = append(d.Relations, b.Relations...)
	}
	return d, nil
}

func TestReadWhatWasWritten(t *testing.T) {
	t.Parallel()
	for _, plain := range []bool{false, true} {
		want := small()
		want.Plain = plain
		got, err := readAll(t.Context(), pbftest.Encode(want))
		if err != nil {
			t.Fatalf("reading a right file (plain nodes: %v) = %v, want no error", plain, err)
		}
		got.Plain = plain
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("reading (plain nodes: %v), -want +got:\n%s", plain, diff)
		}
	}
}

func TestReadSkipsKinds(t *testing.T) {
	t.Parallel()
	file := pbftest.Encode(small())
	f, err := pbf.Open(t.Context(), bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var b pbf.Block
	if err := f.Read(0, pbf.Ways, &b); err != nil {
		t.Fatal(err)
	}
	if len(b.Nodes) != 0 || b.Holds != pbf.Nodes {
		t.Errorf("Read(0, Ways) = %d nodes, holds %b; want 0 nodes, holds %b", len(b.Nodes), b.Holds, pbf.Nodes)
	}
}

func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	right := pbftest.Encode(small())
	head := pbftest.Encode(pbftest.Data{})
	after := func(more []byte) []byte { return append(bytes.Clone(head), more...) }
	damaged := bytes.Clone(right)
	damaged[len(damaged)-3] ^= 0xff
	wayBlock := pbftest.WayBlock([]pbf.Way{{ID: 1, Tags: pbf.Tags{{Key: "a", Value: "b"}}}})
	for name, test := range map[string]struct {
		file []byte
		want string // part of the message
	}{
		"empty":                 {nil, "is empty"},
		"text":                  {[]byte("<?xml version='1.0'?><osm></osm>"), "not an OpenStreetMap PBF"},
		"three bytes":           {right[:3], "not an OpenStreetMap PBF"},
		"cut in the first head": {right[:9], "not an OpenStreetMap PBF"},
		"no header block":       {right[len(head):], "not an OpenStreetMap PBF"},
		"cut in the last block": {right[:len(right)-1], "breaks off at byte"},
		"cut in a length":       {after([]byte{0, 0}), "breaks off at byte"},
		"huge header":           {after([]byte{0, 1, 0, 1}), "a block header of 65537 bytes"},
		"huge block":            {after([]byte{0, 0, 0, 14, 0x0a, 7, 'O', 'S', 'M', 'D', 'a', 't', 'a', 0x18, 0xff, 0xff, 0xff, 0x7f}), "a block of 268435455 bytes"},
		"negative size":         {after([]byte{0, 0, 0, 20, 0x0a, 7, 'O', 'S', 'M', 'D', 'a', 't', 'a', 0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}), "makes no sense"},
		"second header":         {after(head), "makes no sense"},
		"damaged data":          {damaged, "damaged"},
		"history":               {pbftest.Encode(pbftest.Data{Required: []string{"HistoricalInformation"}}), "osmium time-filter"},
		"unknown feature":       {pbftest.Encode(pbftest.Data{Required: []string{"Telepathy"}}), "Telepathy"},
		"unpacked size wrong":   {after(pbftest.Frame("OSMData", append([]byte{0x10, 1}, pbftest.Zlib(wayBlock)[2:]...))), "damaged"},
		"not packed at all":     {after(pbftest.Frame("OSMData", []byte{0x22, 1, 0})), "cannot unpack"},
		"text out of the table": {after(pbftest.Frame("OSMData", pbftest.Raw(bytes.Replace(wayBlock, []byte{0x12, 1, 1, 0x1a, 1, 2}, []byte{0x12, 1, 1, 0x1a, 1, 99}, 1)))), "make no sense"},
		"keys without values":   {after(pbftest.Frame("OSMData", pbftest.Raw(bytes.Replace(wayBlock, []byte{0x12, 1, 1, 0x1a, 1, 2}, []byte{0x12, 1, 1, 0x32, 1, 2}, 1)))), "make no sense"},
		"bomb":                  {after(pbftest.Frame("OSMData", pbftest.Zlib(bomb()))), "more elements than a block may"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readAll(t.Context(), test.file)
			if kvartal.KindOf(err) != kvartal.KindInvalid || !strings.Contains(err.Error(), test.want) {
				t.Errorf("reading = %v, want an error of KindInvalid with %q", err, test.want)
			}
		})
	}
}

// bomb is a block of few bytes, once packed, that stands for a million nodes.
func bomb() []byte {
	nodes := make([]pbf.Node, 1<<20+1)
	return pbftest.NodeBlock(nodes, false)
}

func TestErrorSaysWhere(t *testing.T) {
	t.Parallel()
	file := pbftest.Encode(small())
	_, err := readAll(t.Context(), file[:len(file)-1])
	for _, want := range []string{"block 2", "byte "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("reading a file cut short = %v, want %q in it", err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(pbftest.Encode(small()))
	plain := small()
	plain.Plain = true
	f.Add(pbftest.Encode(plain))
	head := pbftest.Encode(pbftest.Data{})
	for _, block := range [][]byte{
		pbftest.NodeBlock(small().Nodes, false), pbftest.WayBlock(small().Ways), pbftest.RelationBlock(small().Relations),
	} {
		f.Add(append(bytes.Clone(head), pbftest.Frame("OSMData", pbftest.Raw(block))...))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if _, err := readAll(t.Context(), file); err != nil && kvartal.KindOf(err) != kvartal.KindInvalid {
			t.Errorf("reading = %v, want an error of KindInvalid", err)
		}
	})
}

// openDelaware opens the real extract; it is closed when the test ends.
func openDelaware(t testing.TB) (*pbf.File, *os.File) {
	t.Helper()
	path, err := demo.Find("")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := pbf.Open(t.Context(), file, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	return f, file
}

// The digest was taken when oracle_test.go agreed element for element.
func TestDelaware(t *testing.T) {
	t.Parallel()
	f, _ := openDelaware(t)
	sum := sha256.New()
	var b pbf.Block
	var nodes, ways, relations int
	for i := range f.Blocks() {
		if err := f.Read(i, pbf.Nodes|pbf.Ways|pbf.Relations, &b); err != nil {
			t.Fatal(err)
		}
		nodes, ways, relations = nodes+len(b.Nodes), ways+len(b.Ways), relations+len(b.Relations)
		digest(sum, &b)
	}
	if got, want := [3]int{nodes, ways, relations}, [3]int{723870, 73144, 1644}; got != want {
		t.Errorf("nodes, ways, relations of Delaware = %v, want %v", got, want)
	}
	const want = "f063502f170deca54309a206bd59cb2e4ba1ed32dc8bae5fcc9f37a3ea543dfa"
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		t.Errorf("digest of Delaware = %s, want %s", got, want)
	}
}

func digest(sum hash.Hash, b *pbf.Block) {
	var line []byte
	number := func(v int64) { line = append(strconv.AppendInt(line, v, 10), ' ') }
	texts := func(texts ...string) {
		for _, s := range texts {
			line = append(append(line, s...), 0)
		}
	}
	finish := func(tags pbf.Tags) {
		for _, t := range tags {
			texts(t.Key, t.Value)
		}
		_, _ = sum.Write(line)
		line = line[:0]
	}
	for _, n := range b.Nodes {
		number(n.ID)
		number(int64(math.Round(n.Lon * 1e7)))
		number(int64(math.Round(n.Lat * 1e7)))
		finish(n.Tags)
	}
	for _, w := range b.Ways {
		number(w.ID)
		for _, ref := range w.Refs {
			number(ref)
		}
		finish(w.Tags)
	}
	for _, r := range b.Relations {
		number(r.ID)
		for _, m := range r.Members {
			number(int64(m.Kind))
			number(m.ID)
			texts(m.Role)
		}
		finish(r.Tags)
	}
}

func BenchmarkReadDelaware(b *testing.B) {
	f, _ := openDelaware(b)
	for b.Loop() {
		var block pbf.Block
		for i := range f.Blocks() {
			if err := f.Read(i, pbf.Nodes|pbf.Ways|pbf.Relations, &block); err != nil {
				b.Fatal(err)
			}
		}
	}
}
