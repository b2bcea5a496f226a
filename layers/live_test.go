package layers_test

import (
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"kvartal"
	"kvartal/layers"
	"kvartal/live"
	"kvartal/live/recorder"
	"kvartal/postgres/pgtest"
	"kvartal/view"
)

// livingCity is a city with the registers of devices and the ploughs among them.
func livingCity(t testing.TB) city {
	t.Helper()
	db := pgtest.New(t)
	store, err := layers.Open(t.Context(), db.Pool, living(t, nil), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c := city{store, db}
	if _, _, err := c.Sync(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	return c
}

// living loads the definitions of the live layers that come with the program,
// some of their text replaced.
func living(t testing.TB, replace map[string]string) *layers.Registry {
	t.Helper()
	registry, err := layers.Load(livingSource(t, replace))
	if err != nil {
		t.Fatal(err)
	}
	return registry
}

func livingSource(t testing.TB, replace map[string]string) layers.Source {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"groups.yaml", "devices/layer.yaml", "device_inputs/layer.yaml", "ploughs/layer.yaml", "sensors/layer.yaml"} {
		data, err := fs.ReadFile(layers.Builtin().FS, name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for old, with := range replace {
			if layer, from, _ := strings.Cut(old, ": "); strings.HasPrefix(name, layer+"/") {
				text = strings.Replace(text, from, with, 1)
			}
		}
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return layers.Source{Name: "test", FS: files}
}

func entry(layer kvartal.LayerID, properties map[string]any) kvartal.Change {
	return kvartal.Change{Layer: layer, Operation: kvartal.Create, Feature: kvartal.Feature{Properties: properties}}
}

// registered writes a plough with its inputs into the registers.
func (c city) registered(t *testing.T) {
	t.Helper()
	c.apply(
		t,
		entry("devices", map[string]any{"device": "7", "name": "КДМ 7", "class": "plough", "profile": "kdm", "plate": "01 777", "interval": int64(20)}),
		entry("devices", map[string]any{"device": "8", "name": "КДМ 8", "class": "sweeper", "lon": 74.5, "lat": 42.5}),
		entry("devices", map[string]any{"device": "9", "name": "Датчик", "class": "sensor"}),
		entry("device_inputs", map[string]any{"profile": "kdm", "reading": "blade", "input": "din", "bit": int64(0)}),
		entry("device_inputs", map[string]any{"profile": "kdm", "reading": "spreader", "input": "din", "bit": int64(1), "inverted": true}),
		entry("device_inputs", map[string]any{"profile": "kdm", "reading": "ignition", "input": "adc1", "factor": 0.5, "offset": 1.0, "above": 3.0}),
	)
}

var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// everyField is a view of all of a layer.
func everyField(t testing.TB, c city, layer kvartal.LayerID) view.Rule {
	t.Helper()
	d, err := c.Registry().Layer(layer)
	if err != nil {
		t.Fatal(err)
	}
	rule := view.Rule{Actions: []view.Action{view.Query, view.Export, view.Identify, view.History}}
	for _, f := range d.Fields {
		rule.Attributes = append(rule.Attributes, f.Name)
	}
	return rule
}

// told are fixes of a plough and a sweeper: some late, some with wrong clocks,
// some without a position.
func told(t *rapid.T) []live.Fix {
	var fixes []live.Fix
	for range rapid.IntRange(0, 25).Draw(t, "fixes") {
		at := noon.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "second")) * time.Second)
		f := live.Fix{
			Device: live.DeviceID(rapid.SampledFrom([]string{"7", "8", "unknown"}).Draw(t, "device")), Source: "egts", Time: at, Received: at.Add(time.Second),
			Point: orb.Point{74 + float64(rapid.IntRange(1, 9).Draw(t, "lon"))/10, 42.5}, Speed: live.Some(float64(rapid.IntRange(0, 60).Draw(t, "speed"))),
			Inputs: []live.Input{{Name: "din", Value: float64(rapid.IntRange(0, 3).Draw(t, "din"))}, {Name: "adc1", Value: float64(rapid.IntRange(0, 8).Draw(t, "adc"))}},
		}
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			f.Time = time.Time{}
		case 1:
			f.Time = at.Add(3 * time.Hour)
		case 2:
			f.Time = at.AddDate(0, 0, -1024*7)
		case 3, 4:
			f.Flags = live.NoPosition
		case 5:
			f.Flags, f.Received = live.Late, at.Add(time.Hour)
		case 6:
			f.Time, f.Received = at.AddDate(0, 0, -2), at.AddDate(0, 0, -2)
		}
		fixes = append(fixes, f)
	}
	return fixes
}

// TestLiveLayersShowWhatTimelinesSay compares the features of a live layer, now
// and at moments of the past, with live.Timeline.
func TestLiveLayersShowWhatTimelinesSay(t *testing.T) {
	t.Parallel()
	c := livingCity(t)
	c.registered(t)
	v := view.Of("ploughs", everyField(t, c, "ploughs"))
	rapid.Check(t, func(rt *rapid.T) {
		if _, err := c.db.Pool.Exec(t.Context(), "DELETE FROM live.fix; DELETE FROM live.latest; DELETE FROM live.quarantine"); err != nil {
			rt.Fatal(err)
		}
		fixes := told(rt)
		rand.Shuffle(len(fixes), func(i, j int) { fixes[i], fixes[j] = fixes[j], fixes[i] })
		r := recorder.New(recorder.Config{Pool: c.db.Pool, Log: slog.New(slog.DiscardHandler)})
		for _, f := range fixes {
			if err := r.Write(t.Context(), []live.Fix{f}); err != nil {
				rt.Fatal(err)
			}
		}
		for _, moment := range []time.Time{{}, noon.Add(-time.Hour), noon.Add(time.Minute), noon.Add(time.Duration(rapid.IntRange(0, 8000).Draw(rt, "at")) * time.Second)} {
			q := layers.Query{Limit: 10}
			asOf := time.Now()
			if !moment.IsZero() {
				q.During, asOf = &layers.Interval{Start: moment, End: moment}, moment
			}
			page, err := c.Items(t.Context(), v, q)
			if err != nil || len(page.Features) != 2 {
				rt.Fatalf("Items at %v = %v, %v, want the two ploughs", moment, page.Features, err)
			}
			for i, device := range []live.DeviceID{"7", "8"} {
				want := shownBy(fixes, device, asOf)
				got := page.Features[i].Properties
				got["geometry"] = page.Features[i].Geometry
				for name := range want {
					if diff := cmp.Diff(want[name], got[name]); diff != "" {
						rt.Errorf("%s of %s at %v (-timeline +database):\n%s", name, device, moment, diff)
					}
				}
			}
		}
	})
}

// shownBy is what the layer has to show of a device at a moment.
func shownBy(fixes []live.Fix, device live.DeviceID, moment time.Time) map[string]any {
	timeline := live.NewTimeline(live.Legs{})
	for _, f := range fixes {
		if f.Device == device {
			timeline.Add(f)
		}
	}
	var newest, placed *live.Moment
	for _, m := range timeline.Track() {
		if m.At.After(moment) {
			break
		}
		newest = &m
		if m.HasPosition() {
			placed = &m
		}
	}
	want := map[string]any{"state": "lost", "at": nil, "geometry": orb.Geometry(nil), "speed": nil, "blade": nil, "spreader": nil, "ignition": nil, "clock": nil, "late": nil}
	interval := 20 * time.Second
	if device == "8" {
		want["geometry"], interval = orb.Point{74.5, 42.5}, 10*time.Second
	}
	if newest != nil {
		state, _ := live.DefaultSilence(interval).Presence(newest.At, moment)
		want["state"], want["at"], want["clock"], want["late"] = string(state), newest.At.UTC(), newest.Mark.String(), newest.Flags&live.Late != 0
		if device == "7" {
			din, _ := newest.Input("din")
			adc, _ := newest.Input("adc1")
			want["blade"], want["spreader"], want["ignition"] = int(din.Value)&1 == 1, int(din.Value)&2 == 0, adc.Value*0.5+1 > 3
		}
	}
	if placed != nil {
		want["geometry"], want["speed"] = placed.Point, placed.Speed.Value
	}
	return want
}

// TestThePublicSeesLiveLayersLater shows that rules that lag show a state of the
// past, and others the present.
func TestThePublicSeesLiveLayersLater(t *testing.T) {
	t.Parallel()
	c := livingCity(t)
	c.registered(t)
	now := time.Now().UTC().Truncate(time.Second)
	var fixes []live.Fix
	for age := range 300 {
		at := now.Add(-time.Duration(age) * time.Second)
		fixes = append(fixes, live.Fix{Device: "7", Source: "egts", Time: at, Received: at, Point: orb.Point{74.6, 42.8}, Inputs: []live.Input{{Name: "din", Value: 1}}})
	}
	if err := recorder.New(recorder.Config{Pool: c.db.Pool, Log: slog.New(slog.DiscardHandler)}).Write(t.Context(), fixes); err != nil {
		t.Fatal(err)
	}
	present := everyField(t, c, "ploughs")
	lagging := present
	lagging.Delay, lagging.Every = time.Minute, 30*time.Second
	at := func(v view.View, q layers.Query) time.Time {
		t.Helper()
		q.Limit = 10
		page, err := c.Items(t.Context(), v, q)
		if err != nil || len(page.Features) != 2 {
			t.Fatalf("Items = %v, %v, want two ploughs", page.Features, err)
		}
		told, _ := page.Features[0].Properties["at"].(time.Time)
		return told
	}
	if got := at(view.Of("ploughs", present), layers.Query{}); !got.Equal(now) {
		t.Errorf("at = %v as it is, want %v", got, now)
	}
	got := at(view.Of("ploughs", lagging), layers.Query{})
	if age := time.Since(got); got.Second()%30 != 0 || age < time.Minute || age > 2*time.Minute {
		t.Errorf("at = %v to the public at %v, want a state of a minute ago in steps of 30 s", got, time.Now())
	}
	past := now.Add(-200 * time.Second)
	without := present
	without.Actions = []view.Action{view.Query}
	n, err := c.Count(t.Context(), view.Of("ploughs", without), layers.Query{Limit: 1, During: &layers.Interval{Start: past, End: past}}, 10)
	if err != nil || n != 0 {
		t.Errorf("Count at %v without the right to look back = %d, %v, want none: it has told something since", past, n, err)
	}
	// Who may see one vehicle as it is sees the others later, and none twice.
	rule, err := c.Rule(mustLayer(t, c, "ploughs"), view.Grant{Role: "crew", Layer: "ploughs", Actions: []view.Action{view.Query}, Attributes: []string{"*"}, Filter: "plate = '01 777'"})
	if err != nil {
		t.Fatal(err)
	}
	if got := at(view.Of("ploughs", lagging, rule), layers.Query{}); !got.Equal(now) {
		t.Errorf("at = %v to its crew, want %v", got, now)
	}
	n, err = c.Count(t.Context(), view.Of("ploughs", lagging, rule), layers.Query{Limit: 1}, 10)
	if err != nil || n != 2 {
		t.Errorf("Count = %d, %v, want each plough once", n, err)
	}
}

func mustLayer(t *testing.T, c city, id kvartal.LayerID) *layers.Definition {
	t.Helper()
	d, err := c.Registry().Layer(id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestLiveLayersAreReadLikeOthers goes through the readers of a layer.
func TestLiveLayersAreReadLikeOthers(t *testing.T) {
	t.Parallel()
	c := livingCity(t)
	c.registered(t)
	now := time.Now().UTC().Truncate(time.Millisecond)
	r := recorder.New(recorder.Config{Pool: c.db.Pool, Log: slog.New(slog.DiscardHandler)})
	if err := r.Write(t.Context(), []live.Fix{{Device: "7", Source: "egts", Time: now, Received: now, Point: orb.Point{74.6, 42.8}}}); err != nil {
		t.Fatal(err)
	}
	v := view.Of("ploughs", everyField(t, c, "ploughs"))
	near := layers.Box{Bound: orb.Bound{Min: orb.Point{74.59, 42.79}, Max: orb.Point{74.61, 42.81}}}
	if n, err := c.Count(t.Context(), v, layers.Query{Limit: 1, BBox: &near}, 10); err != nil || n != 1 {
		t.Errorf("Count in a box = %d, %v, want 1", n, err)
	}
	found, err := c.Identify(t.Context(), v, layers.Place{Point: orb.Point{74.6, 42.8}, Radius: 5, Limit: 5})
	if err != nil || len(found) != 1 || found[0].Properties["name"] != "КДМ 7" {
		t.Errorf("Identify = %v, %v, want the plough there", found, err)
	}
	item, err := c.Item(t.Context(), v, found[0].ID)
	if err != nil || item.Properties["state"] != "online" {
		t.Errorf("Item = %v, %v, want a plough online", item, err)
	}
	exported := 0
	if err := c.Export(t.Context(), v, layers.Query{}, func(*layers.Record) error { exported++; return nil }); err != nil || exported != 2 {
		t.Errorf("Export = %d features, %v, want 2", exported, err)
	}
	list := layers.NewListings(c.Store, 1<<20)
	rows, err := list.Rows(t.Context(), v, layers.Query{Limit: 10, Sort: []layers.SortKey{{Property: "name", Descending: true}}}, 0)
	if err != nil || rows.Total != 2 || rows.Rows[1].ID != found[0].ID {
		t.Errorf("Rows = %v, %v, want both by name backwards", rows, err)
	}
	since := layers.Interval{Start: now.Add(-time.Minute)}
	if n, err := c.Count(t.Context(), v, layers.Query{Limit: 1, During: &since}, 10); err != nil || n != 1 {
		t.Errorf("Count of those that told something in the last minute = %d, %v, want 1", n, err)
	}
	change := kvartal.Change{Layer: "ploughs", Operation: kvartal.Delete, Feature: kvartal.Feature{ID: found[0].ID}}
	if _, err := c.tryApply(t, change); kvartal.KindOf(err) != kvartal.KindInvalid || !strings.Contains(err.Error(), "devices") {
		t.Errorf("ApplyChangeset = %v, want an error that names the register", err)
	}
}

// TestAnyReadingIsShownOrLeftOut has devices tell what arithmetic cannot hold.
func TestAnyReadingIsShownOrLeftOut(t *testing.T) {
	t.Parallel()
	c := livingCity(t)
	c.apply(
		t,
		entry("devices", map[string]any{"device": "9", "name": "Датчик", "class": "sensor", "profile": "p"}),
		entry("device_inputs", map[string]any{"profile": "p", "reading": "temperature", "input": "t", "factor": 1e140, "offset": -4.0}),
		entry("device_inputs", map[string]any{"profile": "p", "reading": "fill", "input": "t", "bit": int64(52)}),
	)
	v := view.Of("sensors", everyField(t, c, "sensors"))
	r := recorder.New(recorder.Config{Pool: c.db.Pool, Log: slog.New(slog.DiscardHandler)})
	now := time.Now().UTC()
	for i, value := range []float64{0, 1, -1, 1e308, -1e308, 5e-324, 1 << 53, -(1 << 52), 1e18, 1e-149} {
		now = now.Add(time.Millisecond)
		if err := r.Write(t.Context(), []live.Fix{{Device: "9", Source: "json", Time: now, Received: now, Flags: live.NoPosition, Inputs: []live.Input{{Name: "t", Value: value}}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Items(t.Context(), v, layers.Query{Limit: 10}); err != nil {
			t.Errorf("%d: Items with reading %v = %v", i, value, err)
		}
	}
}

func TestViewsFollowTheRegisters(t *testing.T) {
	t.Parallel()
	c := livingCity(t)
	if done, _, err := c.Sync(t.Context(), false); err != nil || len(done) > 0 {
		t.Errorf("a second Sync = %v, %v, want nothing to do", done, err)
	}
	// A register that changes takes its views with it.
	wider := living(t, map[string]string{"devices: max: 86400": "max: 99999", "devices:   - name: plate\n    type: text": "  - name: plate\n    type: text\n    personal: true"})
	store, err := layers.Open(t.Context(), c.db.Pool, wider, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	done, left, err := store.Sync(t.Context(), true)
	if err != nil || len(left) > 0 || len(done) != 3 {
		t.Errorf("Sync of another register = %v, %v, %v, want a rule and two views", done, left, err)
	}
}

func TestAbsurdLiveLayersAreRefused(t *testing.T) {
	t.Parallel()
	for change, says := range map[string]string{
		"ploughs: geometry: point":                   "are points",
		"ploughs: [plough, sweeper]":                 `has no class "tank"`,
		"ploughs: from: register.plate":              `has no field "colour"`,
		"ploughs: group: live":                       "is not for a live layer",
		"ploughs: from: speed":                       "says nothing of where it is from",
		"ploughs:   - name: speed\n    type: number": "is boolean, but speed is number or integer",
	} {
		with := map[string]string{
			"ploughs: geometry: point": "geometry: polygon", "ploughs: [plough, sweeper]": "[tank]", "ploughs: from: register.plate": "from: register.colour",
			"ploughs: group: live": "group: live\ncrs: EPSG:3857", "ploughs: from: speed": "tile: true", "ploughs:   - name: speed\n    type: number": "  - name: speed\n    type: boolean",
		}[change]
		_, err := layers.Load(livingSource(t, map[string]string{change: with}))
		if kvartal.KindOf(err) != kvartal.KindInvalid || !strings.Contains(err.Error(), says) {
			t.Errorf("Load with %q = %v, want a complaint that %s", with, err, says)
		}
	}
}
