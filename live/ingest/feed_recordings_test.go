package ingest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"kvartal/live"
	"kvartal/live/ingest"
	"kvartal/live/trackers/bustime"
	"kvartal/live/trackers/gtfsrt"
)

// recordings is the folder of recordings beside the checkout.
const recordings = "../../../shared/data/live"

func recording(t *testing.T, path string) [][]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(recordings, path))
	if err != nil {
		t.Skipf("recording %s is not here: %v", path, err)
	}
	if filepath.Ext(path) == ".gz" {
		unpacked, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = io.ReadAll(unpacked); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func decimal(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// b63 are the fixes of eleven buses of line B63, by the time of day, as if all
// had driven on one day.
func b63(t *testing.T) []live.Fix {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(recordings, "b63/traces/*.csv.gz"))
	if err != nil || len(paths) == 0 {
		t.Skip("the recordings of line B63 are not here")
	}
	var fixes []live.Fix
	for n, path := range paths {
		for _, row := range recording(t, "b63/traces/"+filepath.Base(path)) {
			at, err := time.Parse(time.DateTime, row[3])
			if err != nil {
				t.Fatal(err)
			}
			fixes = append(fixes, live.Fix{
				Device: live.DeviceID(row[0] + "-" + strconv.Itoa(n)), Source: gtfsrt.Source,
				Time:   time.Date(2026, 1, 15, at.Hour(), at.Minute(), at.Second(), 0, time.UTC),
				Point:  orb.Point{decimal(t, row[2]), decimal(t, row[1])},
				Inputs: []live.Input{{Name: "route", Text: "B63"}},
			})
		}
	}
	slices.SortStableFunc(fixes, func(a, b live.Fix) int { return a.Time.Compare(b.Time) })
	return fixes
}

// snapshots are the states of all vehicles at moments so far apart.
func snapshots(fixes []live.Fix, step time.Duration) (all [][]live.Fix) {
	state := map[live.DeviceID]live.Fix{}
	for now, i := fixes[0].Time, 0; i < len(fixes); now = now.Add(step) {
		for ; i < len(fixes) && !fixes[i].Time.After(now); i++ {
			state[fixes[i].Device] = fixes[i]
		}
		all = append(all, slices.Collect(maps.Values(state)))
	}
	return all
}

// replay serves one snapshot after another, and polls each. What is kept must be
// each state of each vehicle, once.
func replay(t *testing.T, snapshots [][]live.Fix, encode func([]live.Fix) []byte, decode func([]byte) ([]live.Fix, error)) {
	t.Helper()
	var document []byte
	s := feedServer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(document) })
	k, want := &kept{}, map[live.Key]bool{}
	p := poller(k, ingest.Feed{URL: s.URL, Decode: decode})
	for _, fixes := range snapshots {
		for _, f := range fixes {
			want[live.Key{Device: f.Device, Time: f.Time}] = true
		}
		document = encode(fixes)
		poll(t, p)
	}
	got := map[live.Key]bool{}
	for _, f := range k.all() {
		key := live.Key{Device: f.Device, Time: f.Time}
		if got[key] {
			t.Errorf("%s of %v was kept twice", f.Device, f.Time)
		}
		got[key] = true
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) < 400 {
		t.Errorf("%d fixes were kept, which differ from the recording (-want +got):\n%s", len(got), diff)
	}
}

func TestTheBusesOfB63AreReplayed(t *testing.T) {
	t.Parallel()
	replay(t, snapshots(b63(t), 30*time.Second), func(fixes []live.Fix) []byte {
		data, err := gtfsrt.Encode(time.Now(), fixes)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}, gtfsrt.Decode)
}

func TestThePloughsOfTorontoAreReplayed(t *testing.T) {
	t.Parallel()
	at := map[string][]live.Fix{}
	for _, row := range recording(t, "plough/plow_positions.csv") {
		if row[3] == "" || row[5] == "" {
			continue // a unit that has told nothing yet
		}
		fix := live.Fix{
			Device: live.DeviceID(row[2]), Source: bustime.Source, Time: time.Unix(int64(decimal(t, row[3])), 0).UTC(),
			Point: orb.Point{decimal(t, row[6]), decimal(t, row[5])},
		}
		if row[4] != "" {
			fix.Speed = live.Some(decimal(t, row[4]))
		}
		at[row[0]] = append(at[row[0]], fix)
	}
	var all [][]live.Fix
	for _, moment := range slices.Sorted(maps.Keys(at)) {
		all = append(all, at[moment])
	}
	replay(t, all, func(fixes []live.Fix) []byte { return csvOf(t, fixes) }, bustime.Decode)
}
