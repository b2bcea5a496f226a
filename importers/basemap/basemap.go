// Package basemap imports an OpenStreetMap extract in PBF as the base map: the
// layers of the Shortbread schema, their geometry in EPSG:3857.
//
// It reads the file three times, relations last but planned first:
//
//  1. nodes and relations: points of the map; where nodes are, into a file; which
//     ways which relations need
//  2. ways: lines and plain areas of the map; the shape of ways that relations
//     need, into another file; coastlines
//  3. relations: areas of the map
//
// and then makes the sea of the coastlines. Locations lie in temporary files
// that are written and searched in the order of ids, so memory holds a few
// blocks of the file, one id in 256 of its nodes, an entry for each member of an
// area relation and the coastline, and does not grow in step with the file.
//
// Packages below this one each do one part: pbf reads the format, shortbread
// decides what tags mean, planar and coast make geometry, demo finds an extract.
package basemap

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"kvartal"
	"kvartal/importers/basemap/pbf"
	"kvartal/importers/basemap/planar"
)

// Sink takes the features of the base map.
type Sink interface {
	// Put takes a feature of a layer. Its id is unique in the layer and the same
	// whenever the same file is read: 4 times the id of the element, plus 0 for
	// nodes, 1 for ways, 2 for relations; what is made of coastlines leaves 3.
	// Its geometry is in EPSG:3857, a Point, LineString, Polygon or MultiPolygon;
	// its properties are named as the fields of the layer's definition.
	//
	// Put is called from one goroutine, always in the same order for the same
	// file. An error ends the import.
	Put(ctx context.Context, layer kvartal.LayerID, f kvartal.Feature) error
}

// Options are the settings of an import; the zero value works.
type Options struct {
	// TempDir is where temporary files go, about 16 bytes for each node of the
	// extract; the system's place for such files if empty.
	TempDir string
	// Workers is how many blocks are worked on at once; one per processor if 0.
	Workers int
	// Progress, if set, is called now and then, from one goroutine.
	Progress func(Progress)
}

// Phase is a part of an import.
type Phase string

// The phases, in their order.
const (
	PhaseNodes     Phase = "nodes"
	PhaseWays      Phase = "ways"
	PhaseRelations Phase = "relations"
	PhaseSea       Phase = "sea"
)

// Progress says how far an import has come.
type Progress struct {
	Phase       Phase
	Done, Total int64 // bytes read and to be read; Total stays the same throughout
}

// Import reads the extract at path and puts its features into sink. Errors
// about the file are of KindInvalid or KindNotFound and say what to do; after
// any error the features put so far are to be thrown away. The elements of each
// kind must be in the order of their ids, as all extracts have them.
func Import(ctx context.Context, path string, sink Sink, o Options) (Report, error) {
	start := time.Now()
	file, size, err := openExtract(path)
	if err != nil {
		return Report{}, err
	}
	defer file.Close()
	extract, err := pbf.Open(ctx, file, size)
	if err != nil {
		return Report{}, err
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	im := &importer{file: extract, sink: sink, options: o, report: newReport()}
	if err := im.run(ctx); err != nil {
		return Report{}, err
	}
	im.report.Duration = time.Since(start)
	return im.report, nil
}

func openExtract(path string) (*os.File, int64, error) {
	file, err := os.Open(filepath.Clean(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, kvartal.Errorf(kvartal.KindNotFound, "there is no file %s: check the path", path).Because(err)
	}
	if err != nil {
		return nil, 0, kvartal.Errorf(kvartal.KindInvalid, "the file %s cannot be opened: check its permissions", path).Because(err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = kvartal.Errorf(kvartal.KindInvalid, "%s is not a file: give an OpenStreetMap extract in PBF", path)
	}
	if err != nil {
		_ = file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}

// importer is one import on its way.
type importer struct {
	file    *pbf.File
	sink    Sink
	options Options
	report  Report

	holds  []pbf.Kinds // of each block, known after the first pass
	done   int64       // bytes read in the first pass
	again  int64       // bytes read in later passes
	bound  planar.Box  // of all nodes
	nodes  *nodeStore
	lines  *lineStore
	plan   plan
	coast  []planar.Line
	alone  map[int64]bool // ways that the relations pass has put as themselves
	latest map[pbf.Kinds]int64
}

func (im *importer) run(ctx context.Context) error {
	var err error
	if im.nodes, err = newNodeStore(im.options.TempDir); err != nil {
		return err
	}
	defer im.nodes.close()
	if im.lines, err = newLineStore(im.options.TempDir); err != nil {
		return err
	}
	defer im.lines.close()
	im.holds = make([]pbf.Kinds, im.file.Blocks())
	im.alone, im.latest = map[int64]bool{}, map[pbf.Kinds]int64{}
	for _, pass := range []func(context.Context) error{im.readNodes, im.readWays, im.readRelations, im.makeSea} {
		if err := pass(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// blocks returns the blocks that hold a kind.
func (im *importer) blocks(kind pbf.Kinds) []int {
	var out []int
	for i, holds := range im.holds {
		if holds&kind != 0 {
			out = append(out, i)
		}
	}
	return out
}

// progress reports that a pass is through with a block. The first pass is
// counted as half of the way, the others share the second half by what they
// read again.
func (im *importer) progress(phase Phase, block int) {
	size := int64(0)
	if block >= 0 {
		size = im.file.Size(block)
	}
	if phase == PhaseNodes {
		im.done += size
	} else {
		im.again += size
	}
	if im.options.Progress == nil {
		return
	}
	p := Progress{Phase: phase, Done: im.done, Total: 2 * im.total(0)}
	if phase != PhaseNodes {
		again := max(1, im.total(pbf.Ways)+im.total(pbf.Relations))
		p.Done += int64(float64(p.Total-p.Done) * min(1, float64(im.again)/float64(again)))
	}
	if phase == PhaseSea {
		p.Done = p.Total
	}
	im.options.Progress(p)
}

// total returns the bytes of the blocks that hold a kind, as far as the first
// pass has seen them; of all blocks for kind 0.
func (im *importer) total(kind pbf.Kinds) int64 {
	sum := int64(0)
	for i, holds := range im.holds {
		if holds&kind == kind {
			sum += im.file.Size(i)
		}
	}
	return sum
}

// put hands features to the sink and counts them.
func (im *importer) put(ctx context.Context, features []made) error {
	for _, m := range features {
		if err := im.sink.Put(ctx, m.layer, m.feature); err != nil {
			return err
		}
		im.report.Features[m.layer]++
	}
	return nil
}

// inOrder checks that elements of a kind come in the order of their ids: what
// is stored is searched by id, and features need one each.
func (im *importer) inOrder(kind pbf.Kinds, block int, ids []int64) error {
	last := im.latest[kind]
	for _, id := range ids {
		if id <= 0 || id > maxID {
			return kvartal.Errorf(kvartal.KindInvalid, "block %d has an object of id %d: save new objects to OpenStreetMap first", block, id)
		}
		if id <= last {
			return kvartal.Errorf(kvartal.KindInvalid,
				"block %d is out of order (id %d after %d): sort the file first (osmium sort -o sorted.osm.pbf)", block, id, last)
		}
		last = id
	}
	im.latest[kind] = last
	return nil
}

// maxID keeps four times an id within 63 bits.
const maxID = 1 << 60
