package ingest_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"kvartal/live"
	"kvartal/live/ingest"
)

// What cannot be believed is kept all the same, counted, and told of once.
func TestWrongClocksAndPlacesAreCounted(t *testing.T) {
	t.Parallel()
	k, registry, log := &kept{}, prometheus.NewRegistry(), &bytes.Buffer{}
	in := ingest.NewIntake(k.keep, ingest.NewMetrics(registry), slog.New(slog.NewTextHandler(log, nil)))
	now := time.Now().UTC()
	future := live.Fix{Device: "7", Source: "egts", Time: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC), Point: orb.Point{74.6, 42.87}}
	nowhere := live.Fix{Device: "7", Source: "egts", Time: now}
	right := live.Fix{Device: "7", Source: "egts", Time: now, Point: orb.Point{74.6, 42.87}}
	for range 1000 {
		if err := in.Take(t.Context(), []live.Fix{future, nowhere, right}); err != nil {
			t.Fatalf("Take = %v", err)
		}
	}
	if n := len(k.all()); n != 3000 {
		t.Errorf("%d fixes are kept, want all 3000", n)
	}
	want := `# HELP kvartal_live_fixes_total Fixes that are kept, by the way they came and what was found about clock and position.
# TYPE kvartal_live_fixes_total counter
kvartal_live_fixes_total{clock="absurd",position="told",source="egts"} 1000
kvartal_live_fixes_total{clock="right",position="not valid",source="egts"} 1000
kvartal_live_fixes_total{clock="right",position="told",source="egts"} 1000
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "kvartal_live_fixes_total"); err != nil {
		t.Error(err)
	}
	if lines := strings.Count(log.String(), "cannot be believed"); lines < 1 || lines > 6 {
		t.Errorf("a thousand absurd times made %d lines in the log, want a few", lines)
	}
}
