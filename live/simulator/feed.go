package simulator

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"kvartal/live"
	"kvartal/live/trackers/gtfsrt"
)

// Feed serves the newest position of each bus as GTFS Realtime.
type Feed struct {
	mu      sync.Mutex
	newest  map[live.DeviceID]live.Fix // guarded by mu
	version int                        // guarded by mu
}

// NewFeed returns a feed of no buses.
func NewFeed() *Feed { return &Feed{newest: map[live.DeviceID]live.Fix{}} }

// ServeHTTP implements http.Handler.
func (f *Feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	fixes := slices.Collect(maps.Values(f.newest))
	tag := strconv.Quote(strconv.Itoa(f.version))
	f.mu.Unlock()
	if w.Header().Set("ETag", tag); r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	slices.SortFunc(fixes, func(a, b live.Fix) int { return a.Time.Compare(b.Time) })
	data, err := gtfsrt.Encode(time.Now(), fixes)
	if err != nil {
		http.Error(w, "the feed cannot be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	_, _ = w.Write(data) // the reader may be gone
}

func (f *Feed) send(_ context.Context, fixes []live.Fix) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.version++
	for _, fix := range fixes {
		f.newest[fix.Device] = fix
	}
	return nil
}

func (*Feed) acknowledges() bool { return false }

func (*Feed) close() {}
