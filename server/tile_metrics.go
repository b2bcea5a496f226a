package server

import "github.com/prometheus/client_golang/prometheus"

// cityMetrics tells of resident layers, the follower and the tile cache. It asks
// them when it is asked.
type cityMetrics struct {
	city *City

	resident, features, bytes      *prometheus.Desc
	behind                         *prometheus.Desc
	tiles, tileBytes, hits, misses *prometheus.Desc
}

func newCityMetrics(city *City) *cityMetrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("kvartal_"+name, help, labels, nil)
	}
	return &cityMetrics{
		city:      city,
		resident:  desc("resident_layer", "1 if a layer is kept in memory; 0, with the reason, if its tiles are made from the database.", "layer", "reason"),
		features:  desc("resident_features", "Features of a layer kept in memory.", "layer"),
		bytes:     desc("resident_bytes", "Memory that a layer kept in memory takes.", "layer"),
		behind:    desc("follower_behind_seconds", "How long ago all changes committed until then had been applied."),
		tiles:     desc("tile_cache_tiles", "Tiles in the cache."),
		tileBytes: desc("tile_cache_bytes", "Memory that the tile cache takes."),
		hits:      desc("tile_cache_hits_total", "Tiles that came from the cache."),
		misses:    desc("tile_cache_misses_total", "Tiles that had to be made."),
	}
}

// Describe implements prometheus.Collector.
func (m *cityMetrics) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, out) }

// Collect implements prometheus.Collector.
func (m *cityMetrics) Collect(out chan<- prometheus.Metric) {
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
	gauge(m.behind, m.city.Follower.Behind().Seconds())
	cache := m.city.Tiles.CacheStats()
	gauge(m.tiles, float64(cache.Tiles))
	gauge(m.tileBytes, float64(cache.Bytes))
	out <- prometheus.MustNewConstMetric(m.hits, prometheus.CounterValue, float64(cache.Hits))
	out <- prometheus.MustNewConstMetric(m.misses, prometheus.CounterValue, float64(cache.Misses))
}
