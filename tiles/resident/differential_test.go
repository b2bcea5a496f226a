package resident_test

import (
	"context"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/project"
	"pgregory.net/rapid"

	"kvartal/tiles"
	"kvartal/tiles/mvt"
)

// bishkek is where the tests take place, in EPSG:3857.
var bishkek = project.Point(orb.Point{74.6, 42.87}, project.WGS84.ToMercator)

// drawGeometry draws a valid geometry within some metres of a place.
func drawGeometry(t *rapid.T, spread float64) orb.Geometry {
	place := func() orb.Point {
		c := rapid.Float64Range(-spread, spread)
		return orb.Point{bishkek[0] + c.Draw(t, "x"), bishkek[1] + c.Draw(t, "y")}
	}
	line := func() orb.LineString {
		n := rapid.IntRange(2, 30).Draw(t, "points")
		out := orb.LineString{place()}
		for range n - 1 {
			last := out[len(out)-1]
			step := rapid.Float64Range(-spread/4, spread/4)
			out = append(out, orb.Point{last[0] + step.Draw(t, "dx"), last[1] + step.Draw(t, "dy")})
		}
		return out
	}
	polygon := func() orb.Polygon {
		center := place()
		size := rapid.Float64Range(spread/1000, spread).Draw(t, "size")
		out := orb.Polygon{star(t, center, size*0.4, size)}
		if rapid.Bool().Draw(t, "hole") {
			out = append(out, star(t, center, size*0.1, size*0.35))
		}
		return out
	}
	switch rapid.IntRange(0, 5).Draw(t, "type") {
	case 0:
		return place()
	case 1:
		return orb.MultiPoint{place(), place(), place()}
	case 2:
		return line()
	case 3:
		return orb.MultiLineString{line(), line()}
	case 4:
		return polygon()
	}
	p := polygon()
	b := p.Bound()
	moved := make(orb.Polygon, len(p))
	for i, r := range p {
		for _, v := range r {
			moved[i] = append(moved[i], orb.Point{v[0] + (b.Max[0]-b.Min[0])*1.001, v[1]})
		}
	}
	return orb.MultiPolygon{p, moved}
}

// star draws a ring around a point with radii from least to most: it is valid.
func star(t *rapid.T, center orb.Point, least, most float64) orb.Ring {
	n := rapid.IntRange(3, 40).Draw(t, "corners")
	radius := rapid.Float64Range(least, most)
	var out orb.Ring
	for i := range n {
		angle, r := 2*math.Pi*float64(i)/float64(n), radius.Draw(t, "radius")
		out = append(out, orb.Point{center[0] + r*math.Cos(angle), center[1] + r*math.Sin(angle)})
	}
	return append(out, out[0])
}

func TestTilesAreThoseOfPostGIS(t *testing.T) {
	t.Parallel()
	c := open(t)
	d, v := c.layer(t, "things")
	rapid.Check(t, func(t *rapid.T) {
		spread := math.Pow(10, rapid.Float64Range(1, 4.5).Draw(t, "spread"))
		rows := c.fill(t, spread)
		c.loadNow(t)
		for range 4 {
			z := maptile.Zoom(rapid.IntRange(0, 20).Draw(t, "zoom"))
			near := rapid.SampledFrom(rows).Draw(t, "near").Bound()
			within := func(from, to float64) float64 { return rapid.Float64Range(from, to).Draw(t, "at") }
			at := orb.Point{within(near.Min[0], near.Max[0]), within(near.Min[1], near.Max[1])}
			tile := maptile.At(project.Point(at, project.Mercator.ToWGS84), z)
			got, want := features(t, c.set.Now(), d, v, tile), features(t, c.post, d, v, tile)
			compare(t, rows, tile, got, want)
			if east := maptile.New(tile.X+1, tile.Y, z); east.Valid() {
				compareSeam(t, tile, got, features(t, c.set.Now(), d, v, east))
			}
		}
	})
}

// fill replaces the rows of things by random ones, their ids counted from 1.
func (c city) fill(t *rapid.T, spread float64) []orb.Geometry {
	var rows []orb.Geometry
	var geometries [][]byte
	for range rapid.IntRange(1, 12).Draw(t, "rows") {
		g := drawGeometry(t, spread)
		b, err := wkb.Marshal(g)
		if err != nil {
			t.Fatalf("Marshal = %v", err)
		}
		rows, geometries = append(rows, g), append(geometries, b)
	}
	if _, err := c.db.Pool.Exec(context.Background(), "TRUNCATE layer.things"); err != nil {
		t.Fatalf("%v", err)
	}
	if _, err := c.db.Pool.Exec(context.Background(), `
		INSERT INTO layer.things (id, geom, name, count, height, cost, listed, built, seen, secret, note)
		SELECT n, ST_SetSRID(ST_GeomFromWKB(g), 3857), nullif('name ' || n % 3, 'name 0'), nullif(n * 100 - 300, -100), n / 8.0, n + 0.125,
		  n % 2 = 0, date '2026-05-01' - n::int, timestamptz '2026-05-01 06:00:00.5+06' + n * interval '1 hour', 'secret', 'note'
		FROM unnest($1::bytea[]) WITH ORDINALITY AS rows(g, n) WHERE ST_IsValid(ST_GeomFromWKB(g))`, geometries); err != nil {
		t.Fatalf("%v", err)
	}
	return rows
}

func (c city) loadNow(t fataler) {
	t.Helper()
	tx, err := c.db.Pool.Begin(context.Background())
	if err != nil {
		t.Fatalf("Begin = %v", err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	var snapshot string
	if err := tx.QueryRow(context.Background(), "SELECT pg_export_snapshot()").Scan(&snapshot); err != nil {
		t.Fatalf("export = %v", err)
	}
	if err := c.set.Load(context.Background(), snapshot); err != nil {
		t.Fatalf("Load = %v", err)
	}
}

// compare compares a tile with the one of PostGIS, and with the rows.
func compare(t fataler, rows []orb.Geometry, tile maptile.Tile, got, want map[uint64]mvt.DecodedFeature) {
	t.Helper()
	for id, w := range want {
		g, found := got[id]
		if !found {
			if !negligible(w) {
				t.Fatalf("tile %v: feature %d is missing: %v", tile, id, w.Parts)
			}
			continue
		}
		if g.Type != w.Type {
			t.Fatalf("tile %v: feature %d has type %d, want %d", tile, id, g.Type, w.Type)
		}
		if diff := cmp.Diff(w.Properties, g.Properties, cmpopts.EquateNaNs()); diff != "" {
			t.Fatalf("tile %v: properties of feature %d (-want +got):\n%s", tile, id, diff)
		}
		compareCourse(t, tile, id, g, w)
	}
	for id, g := range got {
		// A line that goes there and back is nothing to PostGIS.
		if _, found := want[id]; !found && !negligible(g) && g.Type != mvt.Lines {
			t.Fatalf("tile %v: feature %d should not be there: %v", tile, id, g.Parts)
		}
		// A unit each way.
		if d := farthestFromRow(g, rows[id-1], tile); d > math.Sqrt2 {
			t.Fatalf("tile %v: feature %d is %g units from its row: %v", tile, id, d, g.Parts)
		}
		if g.Type == mvt.Polygons {
			compareArea(t, g, rows[id-1], tile)
		}
	}
}

// compareSeam compares what a tile and its eastern neighbour both show.
func compareSeam(t fataler, tile maptile.Tile, west, east map[uint64]mvt.DecodedFeature) {
	t.Helper()
	const seen = tiles.Buffer - 3 // on both sides of the seam, for certain
	for id, w := range west {
		e := east[id]
		for _, part := range w.Parts {
			for _, p := range part {
				moved := mvt.Point{X: p.X - tiles.Extent, Y: p.Y}
				if moved.X < -seen || moved.X > seen || onBorder(p) {
					continue
				}
				if d := distance(float64(moved.X), float64(moved.Y), floats(e.Parts), w.Type); d > 1 {
					t.Fatalf("east of tile %v: feature %d at %v is %g units off:\nwest %v\neast %v", tile, id, moved, d, w.Parts, e.Parts)
				}
			}
		}
	}
}

// compareCourse compares a feature's points or lines with PostGIS's. Each may be
// a unit from the row, on its own side. PostGIS cuts off where a line goes there
// and back.
func compareCourse(t fataler, tile maptile.Tile, id uint64, got, want mvt.DecodedFeature) {
	t.Helper()
	if got.Type == mvt.Polygons {
		return // needles narrower than a unit differ: see compareArea
	}
	if d := farthest(want.Parts, got.Parts, got.Type); d > 2 {
		t.Fatalf("tile %v: PostGIS's feature %d is %g units from ours:\n got %v\nwant %v", tile, id, d, got.Parts, want.Parts)
	}
	if d := farthest(got.Parts, want.Parts, got.Type); d > 2 && got.Type == mvt.Points {
		t.Fatalf("tile %v: feature %d is %g units from PostGIS's:\n got %v\nwant %v", tile, id, d, got.Parts, want.Parts)
	}
}

// compareArea compares a polygon with its row at places that are not at an edge.
func compareArea(t fataler, f mvt.DecodedFeature, row orb.Geometry, tile maptile.Tile) {
	t.Helper()
	const steps, edge = 24, 1.5
	truth, drawn := inUnits(row, tile), floats(f.Parts)
	low, high := boundsOf(truth)
	for i := range steps {
		for j := range steps {
			x := low[0] + (high[0]-low[0])*(float64(i)+0.5)/steps
			y := low[1] + (high[1]-low[1])*(float64(j)+0.5)/steps
			if onBorder(mvt.Point{X: int(x), Y: int(y)}) || distance(x, y, truth, mvt.Polygons) < edge {
				continue
			}
			if got, want := inside(x, y, drawn), inside(x, y, truth); got != want {
				t.Fatalf("tile %v: feature %d at %g %g: inside = %t, want %t\n got %v\nwant %v", tile, f.ID, x, y, got, want, drawn, truth)
			}
		}
	}
}

func boundsOf(parts [][]orb.Point) (low, high orb.Point) {
	low, high = orb.Point{math.Inf(1), math.Inf(1)}, orb.Point{math.Inf(-1), math.Inf(-1)}
	for _, part := range parts {
		for _, p := range part {
			low = orb.Point{max(min(low[0], p[0]), -tiles.Buffer), max(min(low[1], p[1]), -tiles.Buffer)}
			high = orb.Point{min(max(high[0], p[0]), tiles.Extent+tiles.Buffer), min(max(high[1], p[1]), tiles.Extent+tiles.Buffer)}
		}
	}
	return low, high
}

// inside reports whether a position lies in the area of rings, by the even-odd
// rule.
func inside(x, y float64, rings [][]orb.Point) (in bool) {
	for _, ring := range rings {
		for i, a := range ring {
			b := ring[(i+1)%len(ring)]
			if (a[1] <= y) != (b[1] <= y) && a[0]+(y-a[1])/(b[1]-a[1])*(b[0]-a[0]) > x {
				in = !in
			}
		}
	}
	return in
}

// onBorder reports whether a point lies where features end in a tile. Parts that
// lie there, or have no extent to speak of, may be kept or not.
func onBorder(p mvt.Point) bool {
	const edge = 2
	low, high := edge-tiles.Buffer, tiles.Extent+tiles.Buffer-edge
	return p.X <= low || p.X >= high || p.Y <= low || p.Y >= high
}

func negligible(f mvt.DecodedFeature) bool { return len(significant(f)) == 0 }

// significant returns the parts of a feature that must be there.
func significant(f mvt.DecodedFeature) (out [][]mvt.Point) {
	for _, part := range f.Parts {
		inner := 0
		for _, p := range part {
			if !onBorder(p) {
				inner++
			}
		}
		if inner > 0 && (f.Type == mvt.Points || extent(part) > 3 && (f.Type == mvt.Lines || wide(part))) {
			out = append(out, part)
		}
	}
	return out
}

func extent(part []mvt.Point) int {
	low, high := part[0], part[0]
	for _, p := range part {
		low.X, low.Y, high.X, high.Y = min(low.X, p.X), min(low.Y, p.Y), max(high.X, p.X), max(high.Y, p.Y)
	}
	return max(high.X-low.X, high.Y-low.Y)
}

// wide reports whether a ring is more than about two units wide.
func wide(ring []mvt.Point) bool {
	area, length := 0.0, 0.0
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		area += float64(p.X*q.Y - q.X*p.Y)
		length += math.Hypot(float64(p.X-q.X), float64(p.Y-q.Y))
	}
	return math.Abs(area) > 2*length
}

// farthest is the greatest distance of a point of parts from others.
func farthest(parts, others [][]mvt.Point, kind mvt.GeometryType) (d float64) {
	for _, part := range parts {
		for _, p := range part {
			if !onBorder(p) {
				d = max(d, distance(float64(p.X), float64(p.Y), floats(others), kind))
			}
		}
	}
	return d
}

// farthestFromRow is the greatest distance of a feature's points from its row.
func farthestFromRow(f mvt.DecodedFeature, row orb.Geometry, tile maptile.Tile) (d float64) {
	parts := inUnits(row, tile)
	for _, part := range f.Parts {
		for _, p := range part {
			if !onBorder(p) {
				d = max(d, distance(float64(p.X), float64(p.Y), parts, f.Type))
			}
		}
	}
	return d
}

// inUnits returns the parts of a geometry in EPSG:3857 in units of a tile.
func inUnits(g orb.Geometry, tile maptile.Tile) (out [][]orb.Point) {
	const half = math.Pi * 6378137
	size := 2 * half / float64(uint64(1)<<tile.Z)
	add := func(points []orb.Point) {
		part := make([]orb.Point, len(points))
		for i, p := range points {
			part[i] = orb.Point{
				((p[0]+half)/size - float64(tile.X)) * tiles.Extent,
				((half-p[1])/size - float64(tile.Y)) * tiles.Extent,
			}
		}
		out = append(out, part)
	}
	switch g := g.(type) {
	case orb.Point:
		add([]orb.Point{g})
	case orb.MultiPoint:
		for _, p := range g {
			add([]orb.Point{p})
		}
	case orb.LineString:
		add(g)
	case orb.MultiLineString:
		for _, l := range g {
			add(l)
		}
	case orb.Polygon:
		for _, r := range g {
			add(r)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			for _, r := range p {
				add(r)
			}
		}
	}
	return out
}

func floats(parts [][]mvt.Point) (out [][]orb.Point) {
	for _, part := range parts {
		var points []orb.Point
		for _, p := range part {
			points = append(points, orb.Point{float64(p.X), float64(p.Y)})
		}
		out = append(out, points)
	}
	return out
}

// distance is how far a position is from the points, lines or rings.
func distance(x, y float64, parts [][]orb.Point, kind mvt.GeometryType) float64 {
	least := math.Inf(1)
	for _, part := range parts {
		if kind == mvt.Points {
			least = min(least, math.Hypot(x-part[0][0], y-part[0][1]))
			continue
		}
		ends := len(part) - 1
		if kind == mvt.Polygons {
			ends++ // rings are closed
		}
		for i := range ends {
			least = min(least, toSegment(x, y, part[i], part[(i+1)%len(part)]))
		}
	}
	return least
}

func toSegment(x, y float64, a, b orb.Point) float64 {
	dx, dy := b[0]-a[0], b[1]-a[1]
	along := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		along = min(1, max(0, ((x-a[0])*dx+(y-a[1])*dy)/length))
	}
	return math.Hypot(x-a[0]-along*dx, y-a[1]-along*dy)
}
