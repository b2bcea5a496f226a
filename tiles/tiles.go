// Package tiles turns the rows of layers into Mapbox Vector Tiles (MVT 2.1) in
// the Web Mercator grid. It asks an Encoder for each layer of a tile and joins
// the answers; what a View hides never reaches an Encoder's statement. It knows
// neither HTTP nor styles.
package tiles

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/paulmach/orb/maptile"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"kvartal"
	"kvartal/layers"
	"kvartal/view"
)

const (
	// MaxZoom is the deepest zoom with tiles.
	MaxZoom = 22
	// Extent is the width of a tile in its own units.
	Extent = 4096
	// Buffer is how far features reach over the edge of a tile, in its units.
	Buffer = 64

	// CountKey is the attribute of a feature that stands for several: how many.
	// It has the name that web maps expect.
	CountKey = "point_count"

	// timeout bounds the making of one tile.
	timeout = 30 * time.Second

	// layersAtOnce bounds the layers of one tile that are encoded at a time, so
	// that one request cannot take every connection.
	layersAtOnce = 4
)

// Encoder makes one layer of a tile.
type Encoder interface {
	// Encode returns the layer's features in tile t, with the attributes the
	// view may read, as an MVT Tile message of one layer; nil if no feature is
	// there. Messages of several layers may be concatenated. The report tells of
	// what is in it and what is not. The view permits See. Safe for concurrent use.
	Encode(ctx context.Context, d *layers.Definition, v view.View, t maptile.Tile) ([]byte, Report, error)
}

// Source gives the encoder for one tile, so that its layers are of one moment.
type Source interface {
	// Now returns an encoder of the present state.
	Now() Encoder
	// During returns an encoder of the features that were true at some time of an
	// interval, as layers.Query has it.
	During(layers.Interval) Encoder
}

// Layer is one layer of a request with what the principal may do with it.
type Layer struct {
	Definition *layers.Definition
	View       view.View
}

// Service makes tiles and keeps them while they are true. It may be used
// concurrently.
type Service struct {
	source  Source
	ledger  *Ledger
	feed    *Feed
	packer  *packer
	cache   *Cache // nil: nothing is kept
	flights singleflight.Group
}

// NewService returns a service over a source that keeps up to cacheBytes of
// tiles. Zero keeps nothing, which is right where nobody calls Changed.
func NewService(source Source, cacheBytes int) *Service {
	s := &Service{source: source, ledger: NewLedger(), feed: NewFeed(), packer: newPacker()}
	if cacheBytes > 0 {
		s.cache = NewCache(s.ledger, cacheBytes)
	}
	return s
}

// Changed notes where layers have changed, after the source has come to know
// of it: tiles asked for from now on show the change, and readers of the feed
// are told. It is called from one goroutine.
func (s *Service) Changed(areas []Area) {
	s.feed.Publish(Batch{At: s.ledger.Record(areas), Areas: areas})
}

// Now returns the moment of the latest change.
func (s *Service) Now() Moment { return s.ledger.Now() }

// CacheStats returns the figures of the cache, zeros without one.
func (s *Service) CacheStats() CacheStats {
	if s.cache == nil {
		return CacheStats{}
	}
	return s.cache.Stats()
}

// Feed returns what tells of changes.
func (s *Service) Feed() *Feed { return s.feed }

// ParseAddress checks the parts of a tile's address z/x/y, rows counted from
// the north. Errors are of KindInvalid.
func ParseAddress(z, x, y string) (maptile.Tile, error) {
	zoom, err := strconv.ParseUint(z, 10, 32)
	if err != nil || zoom > MaxZoom {
		return maptile.Tile{}, kvartal.Errorf(kvartal.KindInvalid, "there is no zoom %.20q: want 0 to %d", z, MaxZoom)
	}
	side := uint64(1) << zoom
	column, errX := strconv.ParseUint(x, 10, 32)
	row, errY := strconv.ParseUint(y, 10, 32)
	if errX != nil || errY != nil || column >= side || row >= side {
		return maptile.Tile{}, kvartal.Errorf(kvartal.KindInvalid,
			"there is no tile %.20q/%.20q at zoom %d: columns and rows go from 0 to %d", x, y, zoom, side-1)
	}
	return maptile.New(uint32(column), uint32(row), maptile.Zoom(zoom)), nil
}

// Tile returns the tile of the given layers; it is empty if no layer has a
// feature there. A layer that fails fails the tile. Every view must permit See,
// and no two layers may have the same name inside tiles.
func (s *Service) Tile(ctx context.Context, wanted []Layer, t maptile.Tile) (*Packed, error) {
	if err := checkLayers(wanted); err != nil {
		return nil, err
	}
	key := tileKey(wanted, t)
	if s.cache != nil && !Live(wanted) {
		if tile, ok := s.cache.get(key); ok {
			return tile, nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	// A flight is shared only by requests of one moment: one that comes after a
	// change never gets a tile begun before it.
	at := s.ledger.Now()
	flight := s.flights.DoChan(key+" "+strconv.FormatUint(uint64(at), 36), func() (any, error) {
		// It outlives a caller that leaves: others may wait for it.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
		defer cancel()
		return s.make(ctx, key, wanted, t, at)
	})
	select {
	case result := <-flight:
		if result.Err != nil {
			return nil, result.Err
		}
		tile, _ := result.Val.(*Packed)
		return tile, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TileDuring is Tile of the features that were true at some time of an interval.
// It is made anew for each request.
func (s *Service) TileDuring(ctx context.Context, wanted []Layer, t maptile.Tile, in layers.Interval) (*Packed, error) {
	if err := checkLayers(wanted); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	encoded, _, err := encode(ctx, s.source.During(in), wanted, t)
	if err != nil {
		return nil, err
	}
	return s.packer.pack(encoded), nil
}

func (s *Service) make(ctx context.Context, key string, wanted []Layer, t maptile.Tile, at Moment) (*Packed, error) {
	encoded, _, err := encode(ctx, s.source.Now(), wanted, t)
	if err != nil {
		return nil, err
	}
	tile := s.packer.pack(encoded)
	if s.cache != nil && !Live(wanted) {
		s.cache.put(key, wanted, t, at, tile)
	}
	return tile, nil
}

// Live reports whether one of the layers is live: its tiles are true for a moment
// that no change log tells of, and are not kept.
func Live(wanted []Layer) bool {
	return slices.ContainsFunc(wanted, func(l Layer) bool { return l.Definition.Live != nil })
}

func checkLayers(wanted []Layer) error {
	names := map[string]kvartal.LayerID{}
	for _, l := range wanted {
		if err := l.View.Require(view.See); err != nil {
			return err
		}
		name := l.Definition.Tiles.Layer
		if other, taken := names[name]; taken {
			return kvartal.Errorf(kvartal.KindInvalid, "layers %q and %q are both called %q in tiles: ask for them in two requests", other, l.Definition.ID, name)
		}
		names[name] = l.Definition.ID
	}
	return nil
}

// tileKey names what a principal sees of a tile: address and views.
func tileKey(wanted []Layer, t maptile.Tile) string {
	key := strconv.AppendUint(nil, t.Quadkey()|1<<(2*uint(t.Z)), 36)
	for _, l := range wanted {
		key = append(append(key, ' '), l.View.For(view.See).Fingerprint()...)
	}
	return string(key)
}

// Explain reports, layer by layer, what became of the features in a tile. It is
// made anew and asks the same of its callers as Tile.
func (s *Service) Explain(ctx context.Context, wanted []Layer, t maptile.Tile) ([]Report, error) {
	if err := checkLayers(wanted); err != nil {
		return nil, err
	}
	_, reports, err := encode(ctx, s.source.Now(), wanted, t)
	return reports, err
}

func encode(ctx context.Context, encoder Encoder, wanted []Layer, t maptile.Tile) ([]byte, []Report, error) {
	parts, reports := make([][]byte, len(wanted)), make([]Report, len(wanted))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(layersAtOnce)
	for i, l := range wanted {
		reports[i].Layer = l.Definition.ID
		if !l.Definition.HasGeometry() || int(t.Z) < l.Definition.Tiles.MinZoom {
			continue
		}
		group.Go(func() (err error) {
			parts[i], reports[i], err = encoder.Encode(ctx, l.Definition, l.View, t)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	return slices.Concat(parts...), reports, nil
}

// Zooms returns the lowest zoom with data and the highest zoom with tiles of
// its own among the layers.
func Zooms(wanted []Layer) (minZoom, maxZoom int) {
	minZoom = MaxZoom
	for _, l := range wanted {
		minZoom = min(minZoom, l.Definition.Tiles.MinZoom)
		maxZoom = max(maxZoom, l.Definition.Tiles.MaxZoom)
	}
	return min(minZoom, maxZoom), maxZoom
}
