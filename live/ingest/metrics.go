package ingest

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"kvartal/live"
)

// Metrics count what comes in.
type Metrics struct {
	fixes       *prometheus.CounterVec
	refusals    *prometheus.CounterVec
	connections *prometheus.GaugeVec
}

// NewMetrics returns metrics of a registry; nil counts for nobody.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	counted := promauto.With(registry)
	return &Metrics{
		fixes: counted.NewCounterVec(prometheus.CounterOpts{
			Name: "kvartal_live_fixes_total",
			Help: "Fixes that are kept, by the way they came and what was found about clock and position.",
		}, []string{"source", "clock", "position"}),
		refusals: counted.NewCounterVec(prometheus.CounterOpts{
			Name: "kvartal_live_refused_total",
			Help: "What was not taken, by the way it came and why.",
		}, []string{"source", "reason"}),
		connections: counted.NewGaugeVec(prometheus.GaugeOpts{
			Name: "kvartal_live_connections",
			Help: "Connections of trackers.",
		}, []string{"source"}),
	}
}

func (m *Metrics) kept(f *live.Fix, mark live.Mark) {
	position := "told"
	switch {
	case f.Flags&live.NoPosition != 0:
		position = "none"
	case !f.HasPosition():
		position = "not valid"
	}
	m.fixes.WithLabelValues(f.Source, mark.String(), position).Inc()
}

func (m *Metrics) refused(source, reason string, n int) {
	m.refusals.WithLabelValues(source, reason).Add(float64(n))
}
