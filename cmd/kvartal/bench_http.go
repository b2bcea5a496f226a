package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/project"
	"github.com/prometheus/client_golang/prometheus"

	"kvartal/server"
	"kvartal/tiles"
	"kvartal/tiles/town"
	webmap "kvartal/web-map"
)

// serveTiles serves the city with a tile service until the context ends and
// returns its address.
func (b *tileBench) serveTiles(ctx context.Context, service *tiles.Service) (string, error) {
	city := *b.city
	city.Tiles = service
	srv, err := server.New(server.Config{Version: "bench", WebMap: webmap.Dist(), Log: b.db.log, Metrics: prometheus.NewRegistry()})
	if err != nil {
		return "", err
	}
	srv.Open(&city)
	listener, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() {
		if err := serveHTTP(ctx, listener, nil, srv, srv.Stop, b.db.log); err != nil {
			b.db.log.ErrorContext(ctx, "serving for the benchmark", "error", err)
		}
	}()
	return "http://" + listener.Addr().String(), nil
}

// walks measures people walking over the town's map, with the cache off, against
// the same server over ST_AsMVT.
func (b *tileBench) walks(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ours, err := b.serveTiles(ctx, tiles.NewService(b.city.Resident, 0))
	if err != nil {
		return err
	}
	theirs, err := b.serveTiles(ctx, tiles.NewService(tiles.NewPostGIS(b.db.app, b.city.Store), 0))
	if err != nil {
		return err
	}
	b.section("a walk over HTTP, cache off", "memory", "ST_AsMVT")
	paths := walk(b.Buildings)
	for _, connections := range []int{1, 8, 64} {
		a, err := b.request(ctx, ours, paths, connections)
		if err != nil {
			return err
		}
		z, err := b.request(ctx, theirs, paths, connections)
		if err != nil {
			return err
		}
		b.line(fmt.Sprintf("%d connections, tiles/s", connections), fmt.Sprintf("%.0f", a.rate), fmt.Sprintf("%.0f", z.rate), a.rate/z.rate)
		for _, percent := range []int{50, 95, 99} {
			b.line(fmt.Sprintf("%d connections, p%d", connections, percent), milliseconds(a.percentile(percent)), milliseconds(z.percentile(percent)),
				float64(z.percentile(percent))/float64(a.percentile(percent)))
		}
	}
	return nil
}

// walk lists the tiles that maps of 4 by 3 tiles ask for. Zooms are chosen by
// Zipf's law, the streets people look at most first, places near the centre more
// often than those far from it.
func walk(buildings int) (paths []string) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same each time
	zooms := []maptile.Zoom{16, 15, 17, 14, 13, 12, 11, 10}
	zipf := rand.NewZipf(random, 1.1, 1, uint64(len(zooms)-1))
	bound := town.Bound(buildings)
	for range 400 {
		at := orb.Point{
			bound.Min[0] + (bound.Max[0]-bound.Min[0])*(random.Float64()+random.Float64())/2,
			bound.Min[1] + (bound.Max[1]-bound.Min[1])*(random.Float64()+random.Float64())/2,
		}
		t := maptile.At(project.Point(at, project.Mercator.ToWGS84), zooms[zipf.Uint64()])
		for dx := range uint32(4) {
			for dy := range uint32(3) {
				paths = append(paths, tilePath(maptile.New(t.X+dx-1, t.Y+dy-1, t.Z)))
			}
		}
	}
	// Many people walk at once.
	random.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	return paths
}

func tilePath(t maptile.Tile) string {
	return fmt.Sprintf("/tiles/%s/%d/%d/%d.mvt", town.Group, t.Z, t.X, t.Y)
}

// load is what a server did under a number of connections.
type load struct {
	rate float64 // answers a second
	took []time.Duration
}

// percentile returns the time within which so many of a hundred answers came.
func (l load) percentile(percent int) time.Duration {
	return l.took[min(len(l.took)*percent/100, len(l.took)-1)]
}

// request asks for the paths over and over, each connection for the next one, and
// waits for the last answers: whoever is slow must not gain by the heaviest tiles
// being given up.
func (b *tileBench) request(ctx context.Context, origin string, paths []string, connections int) (load, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true, DialContext: (&net.Dialer{}).DialContext}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var next atomic.Int64
	var group sync.WaitGroup
	times, failures := make([][]time.Duration, connections), make([]error, connections)
	started := time.Now()
	for i := range connections {
		group.Go(func() {
			for began := started; failures[i] == nil && began.Sub(started) < time.Duration(b.Seconds)*time.Second; {
				failures[i] = ask(ctx, client, origin+paths[int(next.Add(1)-1)%len(paths)])
				times[i] = append(times[i], time.Since(began))
				began = time.Now()
			}
		})
	}
	group.Wait()
	for _, err := range failures {
		if err != nil {
			return load{}, err
		}
	}
	took := slices.Concat(times...)
	slices.Sort(took)
	return load{float64(len(took)) / time.Since(started).Seconds(), took}, nil
}

// ask gets a tile as a browser does.
func ask(ctx context.Context, client *http.Client, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	response, err := client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return nil
}
