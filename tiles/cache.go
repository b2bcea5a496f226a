package tiles

import (
	"container/list"
	"sync"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"kvartal"
)

// Cache keeps finished tiles within a budget of bytes. What it returns is true:
// a tile is given out only while no change recorded in the ledger has touched
// the ground it covers. Nothing is purged by hand. It may be used concurrently.
type Cache struct {
	ledger *Ledger
	budget int

	mu      sync.Mutex
	size    int                      // guarded by mu
	entries map[string]*list.Element // guarded by mu
	recent  *list.List               // of *cacheEntry, the latest used first; guarded by mu
	hits    uint64                   // guarded by mu
	misses  uint64                   // guarded by mu
}

// CacheStats is what a cache holds and how often it has helped.
type CacheStats struct {
	Tiles, Bytes int
	Hits, Misses uint64
}

// Stats returns the figures of the cache.
func (c *Cache) Stats() CacheStats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return CacheStats{len(c.entries), c.size, c.hits, c.misses}
}

type cacheEntry struct {
	key    string
	layers []kvartal.LayerID
	reach  orb.Bound
	trueAt Moment
	tile   *Packed
}

// NewCache returns an empty cache of at most budget bytes.
func NewCache(ledger *Ledger, budget int) *Cache {
	return &Cache{ledger: ledger, budget: budget, entries: map[string]*list.Element{}, recent: list.New()}
}

// get returns the tile of a key if it is there and still true.
func (c *Cache) get(key string) (*Packed, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element := c.entries[key]
	if element == nil {
		c.misses++
		return nil, false
	}
	entry := element.Value.(*cacheEntry) //nolint:forcetypeassert // the list holds nothing else
	// Each change is looked at once per tile: the next look starts here.
	at, still := c.ledger.Untouched(entry.layers, entry.reach, entry.trueAt)
	if !still {
		c.remove(element)
		c.misses++
		return nil, false
	}
	c.hits++
	entry.trueAt = at
	c.recent.MoveToFront(element)
	return entry.tile, true
}

// put keeps a tile that shows the data as of a moment or later.
func (c *Cache) put(key string, wanted []Layer, t maptile.Tile, at Moment, tile *Packed) {
	entry := &cacheEntry{key: key, reach: WebMercatorQuad().Reach(t), trueAt: at, tile: tile}
	for _, l := range wanted {
		entry.layers = append(entry.layers, l.Definition.ID)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.entries[key]; old != nil {
		c.remove(old)
	}
	if tile.size() > c.budget/8 {
		return // one tile must not push out the rest
	}
	c.entries[key] = c.recent.PushFront(entry)
	c.size += tile.size()
	for c.size > c.budget {
		c.remove(c.recent.Back())
	}
}

// remove forgets an entry. The caller holds mu.
func (c *Cache) remove(element *list.Element) {
	entry := element.Value.(*cacheEntry) //nolint:forcetypeassert // the list holds nothing else
	c.recent.Remove(element)
	delete(c.entries, entry.key)
	c.size -= entry.tile.size()
}
