package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"kvartal/server"
	"kvartal/tiles"
)

// BenchmarkWarmTile answers the public a tile out of the cache, where nobody has an
// account and where rights, sessions and limits are asked about, over HTTP. Both run
// several times in turn, to be compared as a ratio.
func BenchmarkWarmTile(b *testing.B) {
	c := openCity(b)
	warm := tiles.NewService(c.live.Over(c.kept), 64<<20)
	bare, guarded := newServer(b), newServer(b, func(config *server.Config) {
		plenty := server.Rate{PerSecond: 1e6, Burst: 1e9}
		config.Limits = server.Limits{Address: plenty, Principal: plenty}
	})
	city := server.City{Store: c.store, Tiles: warm, Resident: c.kept, Follower: c.follower}
	guardedCity := city
	guardedCity.Auth = c.auth
	bare.Open(&city)
	guarded.Open(&guardedCity)
	for range 3 {
		b.Run("without rights", func(b *testing.B) { benchmarkTileOf(b, bare) })
		b.Run("with rights", func(b *testing.B) { benchmarkTileOf(b, guarded) })
	}
}

func benchmarkTileOf(b *testing.B, handler http.Handler) {
	b.Helper()
	web := httptest.NewServer(handler)
	defer web.Close()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, web.URL+tilePath("buildings", leakTile), nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		response, err := web.Client().Do(r)
		if err != nil || response.StatusCode != http.StatusOK {
			b.Fatalf("a tile = %+v, %v", response, err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
}
