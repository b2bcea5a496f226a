package tiles

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"pgregory.net/rapid"

	"kvartal"
	"kvartal/layers"
)

func layer(id kvartal.LayerID) []Layer {
	return []Layer{{Definition: &layers.Definition{ID: id}}}
}

func TestACachedTileIsGivenOutWhileItIsTrue(t *testing.T) {
	t.Parallel()
	ledger := NewLedger()
	cache := NewCache(ledger, 1<<20)
	tile := maptile.New(8, 8, 4)
	inside := WebMercatorQuad().Reach(tile)
	middle := orb.Bound{Min: inside.Center(), Max: inside.Center()}
	onEdge := orb.Bound{Min: inside.Max, Max: inside.Max}
	beyond := orb.Bound{Min: orb.Point{inside.Max[0] + 1, 0}, Max: orb.Point{inside.Max[0] + 2, 1}}
	for name, test := range map[string]struct {
		area Area
		want bool
	}{
		"no feature touched":          {Area{"parcels", beyond}, true},
		"another layer":               {Area{"trees", middle}, true},
		"a feature in it":             {Area{"parcels", middle}, false},
		"a feature on its buffer":     {Area{"parcels", onEdge}, false},
		"everything may have changed": {Area{"parcels", Everywhere()}, false},
	} {
		cache.put(name, layer("parcels"), tile, ledger.Now(), newPacker().pack([]byte(name)))
		ledger.Record([]Area{test.area})
		if _, ok := cache.get(name); ok != test.want {
			t.Errorf("get after a change of %s = %v, want %v", name, ok, test.want)
		}
		if _, ok := cache.get(name); ok != test.want {
			t.Errorf("second get after a change of %s = %v, want %v", name, ok, test.want)
		}
	}
}

func TestATileBegunBeforeAChangeIsNotTrueAfterIt(t *testing.T) {
	t.Parallel()
	ledger := NewLedger()
	cache := NewCache(ledger, 1<<20)
	begun := ledger.Now()
	ledger.Record([]Area{{"parcels", Everywhere()}})
	cache.put("late", layer("parcels"), maptile.New(0, 0, 0), begun, newPacker().pack(nil))
	if _, ok := cache.get("late"); ok {
		t.Error("get = a tile that was begun before the change")
	}
}

func TestTheCacheKeepsItsBudget(t *testing.T) {
	t.Parallel()
	one := newPacker().pack(make([]byte, 1000))
	cache := NewCache(NewLedger(), 10*one.size())
	for i := range 15 {
		cache.put(fmt.Sprint(i), layer("parcels"), maptile.New(0, 0, 0), 0, one)
		_, _ = cache.get("0") // used again and again
	}
	if cache.size > cache.budget || len(cache.entries) != 10 || cache.recent.Len() != 10 {
		t.Errorf("cache holds %d tiles of %d bytes, budget %d", len(cache.entries), cache.size, cache.budget)
	}
	if _, ok := cache.get("0"); !ok {
		t.Error("the tile that was used most was pushed out")
	}
	cache.put("huge", layer("parcels"), maptile.New(0, 0, 0), 0, newPacker().pack(make([]byte, 20_000)))
	if len(cache.entries) != 10 {
		t.Error("a tile larger than the cache pushed out the others")
	}
}

func TestTheLedgerForgetsAndSaysSo(t *testing.T) {
	t.Parallel()
	ledger := NewLedger()
	first := ledger.Now()
	far := orb.Bound{Min: orb.Point{1e6, 1e6}, Max: orb.Point{1e6, 1e6}}
	here := orb.Bound{Min: orb.Point{0, 0}, Max: orb.Point{1, 1}}
	for range ledgerSize {
		ledger.Record([]Area{{"parcels", far}})
	}
	if _, still := ledger.Untouched([]kvartal.LayerID{"parcels"}, here, first); !still {
		t.Error("Untouched = false while every change is remembered and far away")
	}
	ledger.Record([]Area{{"parcels", far}})
	if _, still := ledger.Untouched([]kvartal.LayerID{"parcels"}, here, first); still {
		t.Error("Untouched = true although a change is forgotten")
	}
}

// TestTheLedgerAgainstAList compares with the plainest way to do the same.
func TestTheLedgerAgainstAList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ledger := NewLedger()
		var all []struct {
			at Moment
			Area
		}
		bound := rapid.Custom(func(t *rapid.T) orb.Bound {
			x, y := rapid.Float64Range(0, 9).Draw(t, "x"), rapid.Float64Range(0, 9).Draw(t, "y")
			return orb.Bound{Min: orb.Point{x, y}, Max: orb.Point{x + 1, y + 1}}
		})
		id := rapid.SampledFrom([]kvartal.LayerID{"a", "b"})
		for range rapid.IntRange(0, 40).Draw(t, "changes") {
			area := Area{id.Draw(t, "layer"), bound.Draw(t, "bound")}
			all = append(all, struct {
				at Moment
				Area
			}{ledger.Record([]Area{area}), area})
		}
		since := Moment(rapid.IntRange(0, len(all)).Draw(t, "since"))
		asked, where := id.Draw(t, "asked"), bound.Draw(t, "where")
		want := true
		for _, c := range all {
			want = want && (c.at <= since || c.Layer != asked || !c.Bound.Intersects(where))
		}
		if _, got := ledger.Untouched([]kvartal.LayerID{asked}, where, since); got != want {
			t.Fatalf("Untouched(%s, %v, %d) = %v, want %v", asked, where, since, got, want)
		}
	})
}

func TestManyReadersAndWriters(t *testing.T) {
	t.Parallel()
	ledger := NewLedger()
	cache := NewCache(ledger, 1<<16)
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(uint64(worker), 1))
			for range 2000 {
				key := fmt.Sprint(random.IntN(50))
				switch random.IntN(3) {
				case 0:
					ledger.Record([]Area{{"parcels", Everywhere()}})
				case 1:
					cache.put(key, layer("parcels"), maptile.New(0, 0, 0), ledger.Now(), newPacker().pack([]byte(key)))
				default:
					if tile, ok := cache.get(key); ok && string(tile.identity) != key {
						t.Errorf("get(%s) = tile %s", key, tile.identity)
					}
				}
			}
		})
	}
	group.Wait()
}

func TestPackedTilesUnpack(t *testing.T) {
	t.Parallel()
	tile := []byte(strings.Repeat("Квартал 24:50:0100001 ", 500))
	p := newPacker().pack(tile)
	for coding, open := range map[Coding]func(io.Reader) (io.Reader, error){
		Brotli:   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		Gzip:     func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		Zstd:     func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
		Identity: func(r io.Reader) (io.Reader, error) { return r, nil },
	} {
		b, err := p.Bytes(coding)
		if err != nil {
			t.Fatal(err)
		}
		r, err := open(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if back, err := io.ReadAll(r); err != nil || !bytes.Equal(back, tile) {
			t.Errorf("%q does not unpack to the tile: %v", coding, err)
		}
		if coding != Identity && len(b) > len(tile)/5 {
			t.Errorf("%q takes %d of %d bytes", coding, len(b), len(tile))
		}
	}
	if p.ETag(Gzip) == p.ETag(Zstd) || p.ETag(Gzip) == p.ETag(Identity) {
		t.Error("codings share an ETag, although they are other representations")
	}
	if small := newPacker().pack([]byte("x")); small.Choose(func(Coding) bool { return true }) != Identity {
		t.Error("a tile of one byte is compressed")
	}
}

func BenchmarkCacheHit(b *testing.B) {
	ledger := NewLedger()
	cache := NewCache(ledger, 1<<26)
	for i := range 1000 {
		cache.put(fmt.Sprint(i), layer("parcels"), maptile.New(0, 0, 0), 0, newPacker().pack(make([]byte, 1000)))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := cache.get("500"); !ok {
			b.Fatal("the tile is gone")
		}
	}
}
