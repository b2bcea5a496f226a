package index

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"kvartal/live"
	"kvartal/view"
)

// inCity is a fix somewhere in a city of 30 km.
func inCity(r *rand.Rand, plough, second int) live.Fix {
	return fixOf(plough, second, 74.4+0.4*r.Float64(), 42.7+0.3*r.Float64())
}

// BenchmarkApply takes in fixes of 20,000 objects that move, in batches of 500.
func BenchmarkApply(b *testing.B) {
	const objects, batch = 20_000, 500
	x, _ := newTestIndex(b, objects)
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a benchmark
	fixes := make([]live.Fix, objects*4)
	for i := range fixes {
		fixes[i] = inCity(r, i%objects+1, i/objects*10)
	}
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		at := i * batch % len(fixes)
		if at == 0 { // the same ways again, later
			b.StopTimer()
			for j := range fixes {
				fixes[j].Time = fixes[j].Time.Add(40 * time.Second)
				fixes[j].Received = fixes[j].Time
			}
			b.StartTimer()
		}
		x.Apply(fixes[at : at+batch])
	}
	b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "fixes/s")
}

// BenchmarkTile encodes a tile of 1,000 objects, each of which has just changed.
func BenchmarkTile(b *testing.B) {
	x, l := newTestIndex(b, 1000)
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a benchmark
	here := maptile.At(orb.Point{74.6, 42.87}, 10)
	v := viewFor(b, l, "dispatcher").For(view.See)
	for second := 0; b.Loop(); second++ {
		b.StopTimer()
		for i := range 1000 {
			x.Apply([]live.Fix{fixOf(i+1, second, 74.6+0.001*r.Float64(), 42.87)})
		}
		b.StartTimer()
		data, report, err := l.encode(b.Context(), v, here)
		if err != nil || report.Written != 1000 {
			b.Fatalf("tile = %d bytes, %+v, %v", len(data), report, err)
		}
	}
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
			d, ok := w.since()
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
