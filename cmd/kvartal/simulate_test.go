package main

import (
	"encoding/json"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"kvartal/live/simulator"
)

// TestASimulatedFleetIsRecorded sends a fleet from a process of its own to a
// server and counts what came of it.
func TestASimulatedFleetIsRecorded(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	server := serve(t, dir, "--egts-listen", "127.0.0.1:0", "--wialon-listen", "127.0.0.1:0", "--mqtt-listen", "127.0.0.1:0")
	address := func(protocol string) string {
		return server.stderr.await(t, `listening to trackers.*protocol=`+protocol+` address=(\S+)`)
	}
	streets := filepath.Join(t.TempDir(), "streets.geojson")
	write(t, streets, `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":
		{"type":"LineString","coordinates":[[74.60,42.87],[74.61,42.87],[74.61,42.88],[74.60,42.87]]}}]}`)
	code, out, errs := command(t, "simulate", "--streets", streets, "--egts", address("egts"), "--wialon", address("wialon"), "--mqtt", address("mqtt"),
		"--ploughs", "6", "--sensors", "2", "--interval", "1s", "--for", "2s", "--perfect")
	var report simulator.Report
	if err := json.Unmarshal([]byte(out), &report); code != 0 || err != nil || report.Measured < 8 || report.Acknowledged != report.Measured {
		t.Fatalf("simulate = %d %q %q, want all of 8 fixes and more acknowledged", code, out, errs)
	}
	db, err := openDatabase(t.Context(), &globals{DataDir: dir}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var stored int64
	for deadline := time.Now().Add(30 * time.Second); stored < report.Acknowledged && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err = db.owner.QueryRow(t.Context(), "SELECT count(*) FROM live.fix").Scan(&stored); err != nil {
			break
		}
	}
	if err != nil || stored != report.Acknowledged {
		t.Errorf("%d fixes are stored, %v, want %d", stored, err, report.Acknowledged)
	}
}
