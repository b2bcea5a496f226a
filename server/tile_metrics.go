package server

import (
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kvartal"
	"kvartal/auth"
)

// tellMetrics answers /metrics: to everybody how the server does, which layers
// there are and how much is in them to those alone who watch over it.
func (s *Server) tellMetrics(w http.ResponseWriter, r *http.Request) {
	told := prometheus.Gatherers{s.config.Metrics}
	roles := kvartal.PrincipalFrom(r.Context()).Roles
	if s.rights == nil || slices.Contains(roles, auth.RoleMonitor) || slices.Contains(roles, auth.RoleAdministrator) {
		told = append(told, s.layerMetrics)
	}
	promhttp.HandlerFor(told, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("kvartal_"+name, help, labels, nil)
}

// layerMetrics tells of resident and live layers. It asks them when it is asked.
type layerMetrics struct {
	city                      *City
	resident, features, bytes *prometheus.Desc
	objects, unknown          *prometheus.Desc
}

func newLayerMetrics(city *City) *layerMetrics {
	return &layerMetrics{
		city:     city,
		resident: describe("resident_layer", "1 if a layer is kept in memory; 0, with the reason, if its tiles are made from the database.", "layer", "reason"),
		features: describe("resident_features", "Features of a layer kept in memory.", "layer"),
		bytes:    describe("resident_bytes", "Memory that a layer kept in memory takes.", "layer"),
		objects:  describe("live_objects", "Objects of a live layer by the state they are in.", "layer", "state"),
		unknown:  describe("live_unknown_devices", "Devices that tell something and are in no register."),
	}
}

// Describe implements prometheus.Collector.
func (m *layerMetrics) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, out) }

// Collect implements prometheus.Collector.
func (m *layerMetrics) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	for _, l := range m.city.Resident.Snapshot().Stats() {
		layer := string(l.Layer)
		if l.Reason != nil {
			gauge(m.resident, 0, layer, l.Reason.Error())
			continue
		}
		gauge(m.resident, 1, layer, "")
		gauge(m.features, float64(l.Features), layer)
		gauge(m.bytes, float64(l.Bytes), layer)
	}
	if m.city.Live == nil {
		return
	}
	for _, d := range m.city.Store.Registry().Layers() {
		if l, ok := m.city.Live.Layer(d.ID); ok {
			for state, n := range l.Presences() {
				gauge(m.objects, float64(n), string(d.ID), string(state))
			}
		}
	}
	gauge(m.unknown, float64(m.city.Live.Unknown()))
}

// cityMetrics tells of the follower and the tile cache. It asks them when it is
// asked.
type cityMetrics struct {
	city *City

	behind                         *prometheus.Desc
	tiles, tileBytes, hits, misses *prometheus.Desc
}

func newCityMetrics(city *City) *cityMetrics {
	return &cityMetrics{
		city:      city,
		behind:    describe("follower_behind_seconds", "How long ago all changes committed until then had been applied."),
		tiles:     describe("tile_cache_tiles", "Tiles in the cache."),
		tileBytes: describe("tile_cache_bytes", "Memory that the tile cache takes."),
		hits:      describe("tile_cache_hits_total", "Tiles that came from the cache."),
		misses:    describe("tile_cache_misses_total", "Tiles that had to be made."),
	}
}

// Describe implements prometheus.Collector.
func (m *cityMetrics) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, out) }

// Collect implements prometheus.Collector.
func (m *cityMetrics) Collect(out chan<- prometheus.Metric) {
	metric := func(d *prometheus.Desc, kind prometheus.ValueType, value float64) {
		out <- prometheus.MustNewConstMetric(d, kind, value)
	}
	metric(m.behind, prometheus.GaugeValue, m.city.Follower.Behind().Seconds())
	cache := m.city.Tiles.CacheStats()
	metric(m.tiles, prometheus.GaugeValue, float64(cache.Tiles))
	metric(m.tileBytes, prometheus.GaugeValue, float64(cache.Bytes))
	metric(m.hits, prometheus.CounterValue, float64(cache.Hits))
	metric(m.misses, prometheus.CounterValue, float64(cache.Misses))
}
