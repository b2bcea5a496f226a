package index

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geo"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
	"github.com/tidwall/rtree"
	"golang.org/x/sys/unix"

	"kvartal/live"
	"kvartal/view"
)

// inCity is a fix somewhere in a city of 30 km.
func inCity(r *rand.Rand, plough, second int) live.Fix {
	return fixOf(plough, second, 74.4+0.4*r.Float64(), 42.7+0.3*r.Float64())
}

// BenchmarkApply takes in fixes of 20,000 objects in batches of 500 and shows each
// object once a round: as they drive, 15 m from fix to fix, and as no vehicle does,
// anywhere in the city each time. The plain index beside it keeps nothing but
// points in a tree, and knows no order of fixes, no states and no past.
func BenchmarkApply(b *testing.B) {
	drive := func(r *rand.Rand, p orb.Point) orb.Point {
		return geo.PointAtBearingAndDistance(p, 360*r.Float64(), 15)
	}
	jump := func(r *rand.Rand, _ orb.Point) orb.Point { return inCity(r, 1, 0).Point }
	b.Run("driving", func(b *testing.B) { benchmarkApply(b, newShown(b), drive) })
	b.Run("driving, plain", func(b *testing.B) { benchmarkApply(b, &plain{points: map[live.DeviceID]orb.Point{}}, drive) })
	b.Run("anywhere", func(b *testing.B) { benchmarkApply(b, newShown(b), jump) })
	b.Run("anywhere, plain", func(b *testing.B) { benchmarkApply(b, &plain{points: map[live.DeviceID]orb.Point{}}, jump) })
}

const applied = 20_000 // objects

func newShown(b *testing.B) *Index {
	b.Helper()
	x, _ := newTestIndex(b, applied)
	return x
}

func benchmarkApply(b *testing.B, x interface {
	Apply([]live.Fix)
	Advance(time.Time)
}, next func(*rand.Rand, orb.Point) orb.Point,
) {
	b.Helper()
	const batch = 500
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a benchmark
	fixes := make([]live.Fix, applied)
	for i := range fixes {
		fixes[i] = inCity(r, i+1, 0)
	}
	x.Apply(fixes)
	x.Advance(start)
	var spent time.Duration // of processor time
	for i := 0; b.Loop(); i++ {
		at := i * batch % applied
		if at == 0 {
			b.StopTimer()
			for j := range fixes {
				fixes[j].Point = next(r, fixes[j].Point)
				fixes[j].Time = fixes[j].Time.Add(time.Second)
				fixes[j].Received = fixes[j].Time
			}
			b.StartTimer()
		}
		before := processorTime(b)
		x.Apply(fixes[at : at+batch])
		if at+batch == applied {
			x.Advance(fixes[0].Time)
		}
		spent += processorTime(b) - before
	}
	b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "fixes/s")
	b.ReportMetric(float64(b.N*batch)/spent.Seconds(), "fixes/CPU-s")
}

// plain is what a tree of points alone costs.
type plain struct {
	mu     sync.RWMutex
	points map[live.DeviceID]orb.Point
	tree   rtree.RTreeG[live.DeviceID]
}

func (p *plain) Apply(fixes []live.Fix) {
	for _, f := range fixes {
		p.mu.Lock()
		if was, ok := p.points[f.Device]; ok {
			p.tree.Delete(was, was, f.Device)
		}
		p.tree.Insert(f.Point, f.Point, f.Device)
		p.points[f.Device] = f.Point
		p.mu.Unlock()
	}
}

func (p *plain) Advance(time.Time) {}

// processorTime is what the process has used so far.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkTile encodes a tile of 1,000 objects, each of which has just changed; the
// plain way beside it makes a feature of each and has a library encode them.
func BenchmarkTile(b *testing.B) {
	here := maptile.At(orb.Point{74.6, 42.87}, 10)
	b.Run("ours", func(b *testing.B) {
		benchmarkTile(b, func(l *Layer, v view.View) (int, error) {
			_, report, err := l.encode(b.Context(), v, here)
			return report.Written, err
		})
	})
	b.Run("plain", func(b *testing.B) {
		benchmarkTile(b, func(l *Layer, v view.View) (int, error) {
			objects, _ := l.Sight(v, view.See).Objects(nil, math.MaxInt)
			features := geojson.NewFeatureCollection()
			for _, o := range objects {
				f, err := geojson.UnmarshalFeature(o.AppendJSON(nil))
				if err != nil {
					return 0, err
				}
				features.Append(f)
			}
			tile := mvt.Layers{mvt.NewLayer(string(l.Definition.ID), features)}
			tile.ProjectToTile(here)
			_, err := mvt.Marshal(tile)
			return len(features.Features), err
		})
	})
}

func benchmarkTile(b *testing.B, encode func(*Layer, view.View) (int, error)) {
	b.Helper()
	x, l := newTestIndex(b, 1000)
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a benchmark
	v := viewFor(b, l, "dispatcher").For(view.See)
	var spent time.Duration // of processor time
	for second := 0; b.Loop(); second++ {
		b.StopTimer()
		for i := range 1000 {
			x.Apply([]live.Fix{fixOf(i+1, second, 74.6+0.001*r.Float64(), 42.87)})
		}
		x.Advance(x.now)
		before := processorTime(b)
		b.StartTimer()
		if n, err := encode(l, v); err != nil || n != 1000 {
			b.Fatalf("objects in the tile = %d, %v, want 1000", n, err)
		}
		spent += processorTime(b) - before
	}
	b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "CPU-µs/op")
}

// BenchmarkMemory reports what an object takes, when everything of it was shown once.
func BenchmarkMemory(b *testing.B) {
	const objects = 100_000
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a benchmark
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		x, l := newTestIndex(b, objects)
		for i := range objects {
			x.Apply([]live.Fix{inCity(r, i+1, 0)})
		}
		x.Advance(x.now)
		seen, _ := l.Sight(viewFor(b, l, "dispatcher"), view.See).Objects(nil, objects)
		for _, o := range seen {
			o.AppendJSON(nil)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/objects, "B/object")
		runtime.KeepAlive(x)
	}
}

// BenchmarkFollow has 1,000 readers follow 20,000 objects of which 1,000 a second
// are heard of; it reports the time for one beat and all readers.
func BenchmarkFollow(b *testing.B) {
	const objects, readers, beats = 20_000, 1_000, 100
	x, l := newTestIndex(b, objects)
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a benchmark
	for i := range objects {
		x.Apply([]live.Fix{inCity(r, i+1, 0)})
	}
	x.Advance(start)
	watches := make([]*Watch, readers)
	sight := l.Sight(viewFor(b, l, "dispatcher"), view.See)
	for i := range watches {
		west, south := 74.4+0.35*r.Float64(), 42.7+0.25*r.Float64()
		watches[i] = x.Watch(sight, &orb.Bound{Min: orb.Point{west, south}, Max: orb.Point{west + 0.05, south + 0.05}}, nil, "")
		if _, err := watches[i].Begin("", objects); err != nil {
			b.Fatal(err)
		}
	}
	told, buffer := 0, []byte{}
	for second := 1; b.Loop(); second++ {
		var fixes []live.Fix
		for range beats {
			fixes = append(fixes, inCity(r, r.IntN(objects)+1, second))
		}
		x.Apply(fixes)
		x.Advance(start.Add(time.Duration(second) * time.Second))
		for _, w := range watches {
			d, ok := w.Next()
			if !ok {
				b.Fatal("a reader fell behind")
			}
			for _, o := range d.Objects {
				buffer = o.AppendJSON(buffer[:0])
				told++
			}
		}
	}
	b.ReportMetric(float64(told)/float64(b.N), "told/op")
}
