package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"kvartal/live"
	"kvartal/live/index"
)

// BenchmarkLiveEvents has readers look at a twentieth of a city each, in which
// 20,000 vehicles tell 1,000 fixes a second, and reports after how long an event
// has reached its reader. The delay counts from the moment a fix is told to the
// index; the beat by which readers are told is 100 ms.
func BenchmarkLiveEvents(b *testing.B) {
	const vehicles, readers, fixesPerBeat, beat = 20_000, 1_000, 100, 100 * time.Millisecond
	c := openFleet(b, vehicles)
	c.exec(b, "UPDATE layer.devices SET interval = 3600") // none is late meanwhile
	if _, err := c.live.Load(b.Context(), index.Config{Pool: c.db.Pool, Store: c.store}); err != nil {
		b.Fatal(err)
	}
	web := httptest.NewServer(c.handler)
	b.Cleanup(web.Close)
	b.Cleanup(c.server.Stop)
	bearer := "Bearer " + c.dispatcher(b)
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a benchmark
	somewhere := func() orb.Point { return orb.Point{-75.7 + 0.4*r.Float64(), 39 + 0.3*r.Float64()} }
	now := time.Now()
	for i := range vehicles {
		c.live.Apply([]live.Fix{told(i+1, now.Add(-time.Second), somewhere(), 20)})
	}
	c.live.Advance(now)

	var mu sync.Mutex
	var delays []time.Duration
	var open sync.WaitGroup
	open.Add(readers)
	for range readers {
		west, south := -75.7+0.3*r.Float64(), 39+0.2*r.Float64()
		url := fmt.Sprintf("%s/live/ploughs/events?bbox=%f,%f,%f,%f", web.URL, west, south, west+0.09, south+0.067)
		go func() {
			began := false
			readLive(b, url, bearer, func(told []time.Time) {
				if !began {
					began = true
					open.Done()
					return
				}
				received := time.Now()
				mu.Lock()
				defer mu.Unlock()
				for _, at := range told {
					delays = append(delays, received.Sub(at))
				}
			})
		}()
	}
	open.Wait()
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for b.Loop() {
		<-tick.C
		for range fixesPerBeat {
			c.live.Apply([]live.Fix{told(r.IntN(vehicles)+1, time.Now(), somewhere(), 20)})
		}
		c.live.Advance(time.Now())
	}
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(delays)
	if len(delays) > 0 {
		b.ReportMetric(float64(delays[len(delays)/2].Milliseconds()), "p50-ms")
		b.ReportMetric(float64(delays[len(delays)*99/100].Milliseconds()), "p99-ms")
		b.ReportMetric(float64(len(delays))/float64(b.N), "told/beat")
	}
}

// readLive reads a stream of events until it ends, and calls told with the times
// of the fixes in each.
func readLive(b *testing.B, url, bearer string, told func([]time.Time)) {
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
	if err != nil {
		b.Error(err)
		return
	}
	request.Header.Set("Authorization", bearer)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Error(err)
		return
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewReaderSize(response.Body, 1<<16)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return // the benchmark is over
		}
		data, ok := bytes.CutPrefix(line, []byte("data: "))
		if !ok {
			continue
		}
		var times []time.Time
		for {
			_, rest, found := bytes.Cut(data, []byte(`"at":"`))
			if !found {
				break
			}
			text, _, _ := bytes.Cut(rest, []byte(`"`))
			if at, err := time.Parse(time.RFC3339Nano, string(text)); err == nil {
				times = append(times, at)
			}
			data = rest
		}
		told(times)
	}
}
