package index

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"pgregory.net/rapid"

	"kvartal"
	"kvartal/cql2"
	"kvartal/layers"
	"kvartal/live"
	"kvartal/tiles/mvt"
	"kvartal/view"
)

const definition = `
id: machines
title: {ru: Машины, en: Ploughs, ky: Машиналар}
group: live
geometry: point
live: {classes: [waste_truck], interval: 10, stale: 600, lost: 3600, public: {delay: 60, every: 30}}
fields:
  - {name: device, type: text, from: device, title: &t {ru: a, en: a, ky: a}}
  - {name: name, type: text, from: register.name, title: *t}
  - {name: state, type: text, from: state, title: *t}
  - {name: at, type: timestamp, from: at, title: *t}
  - {name: speed, type: number, from: speed, title: *t}
  - {name: blade, type: boolean, from: reading.blade, title: *t}
  - {name: temperature, type: number, from: reading.temperature, title: *t}
rights: {public: [see], dispatcher: [see, query]}
`

var start = time.Date(2026, 1, 20, 8, 0, 0, 0, time.UTC)

// registry is read once: definitions do not change.
var registry = sync.OnceValues(func() (*layers.Registry, error) {
	return layers.Load(layers.Builtin(), layers.Source{Name: "test", FS: fstest.MapFS{
		"machines/layer.yaml": {Data: []byte(definition)},
	}})
})

// newTestIndex is an index of one live layer with so many ploughs, from id 1, at start.
func newTestIndex(t testing.TB, ploughs int) (*Index, *Layer) {
	t.Helper()
	reg, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	x, err := New(reg)
	if err != nil {
		t.Fatal(err)
	}
	x.Advance(start)
	x.SetRegister(registerOf(x, ploughs))
	l, ok := x.Layer("machines")
	if !ok {
		t.Fatal("there is no layer machines")
	}
	return x, l
}

// registerOf is a register of ploughs, with what the layers of x want of it.
func registerOf(x *Index, ploughs int) *Register {
	bit, scale, freezing := 0, 0.1, -40.0
	p := newProfile(map[string]*meaning{"blade": {input: "din", bit: &bit}, "temperature": {input: "t1", factor: &scale, offset: &freezing}}, x.wanted)
	known := newTexts()
	r := &Register{devices: map[live.DeviceID]*Device{}}
	for i := 1; i <= ploughs; i++ {
		name := live.DeviceID(fmt.Sprint("plough-", i))
		row := map[string]string{"device": string(name), "name": fmt.Sprint("КДМ ", i)}
		values := make([]any, len(x.wanted.fields))
		for j, f := range x.wanted.fields {
			if s := row[f.name]; s != "" {
				values[j] = known.of([]byte(s))
			}
		}
		r.devices[name] = &Device{ID: kvartal.FeatureID(i), Name: name, Class: "waste_truck", profile: p, values: values}
	}
	return r
}

// fixOf is what a plough told at a second after start.
func fixOf(plough, second int, lon, lat float64) live.Fix {
	at := start.Add(time.Duration(second) * time.Second)
	return live.Fix{
		Device: live.DeviceID(fmt.Sprint("plough-", plough)), Source: "egts", Time: at, Received: at,
		Point: orb.Point{lon, lat}, Speed: live.Some(float64(second)),
		Inputs: []live.Input{{Name: "din", Value: 1}, {Name: "t1", Value: 425}},
	}
}

// hear takes in fixes and shows them.
func hear(x *Index, fixes ...live.Fix) {
	x.Apply(fixes)
	x.Advance(x.now)
}

func viewFor(t testing.TB, l *Layer, roles ...string) view.View {
	t.Helper()
	return l.Definition.View(kvartal.Principal{Roles: roles})
}

// properties of the objects that a view shows, by id.
func properties(l *Layer, v view.View) map[kvartal.FeatureID]map[string]any {
	out := map[kvartal.FeatureID]map[string]any{}
	objects, _ := l.Sight(v, view.See).Objects(nil, 1000)
	for _, o := range objects {
		var f struct{ Properties map[string]any }
		if err := json.Unmarshal(o.AppendJSON(nil), &f); err != nil {
			panic(err)
		}
		out[o.ID] = f.Properties
	}
	return out
}

func TestObjectHasWhatTheFixTheRegisterAndTheReadingsSay(t *testing.T) {
	x, l := newTestIndex(t, 2)
	hear(x, fixOf(1, 5, 74.6, 42.87))
	objects, _ := l.Sight(viewFor(t, l, "dispatcher"), view.See).Objects(&orb.Bound{Min: orb.Point{74, 42}, Max: orb.Point{75, 43}}, 10)
	if len(objects) != 1 {
		t.Fatalf("objects in the box = %d, want 1", len(objects))
	}
	const want = `{"type":"Feature","id":1,"geometry":{"type":"Point","coordinates":[74.6000000,42.8700000]},"properties":{` +
		`"device":"plough-1","name":"КДМ 1","state":"online","at":"2026-01-20T08:00:05Z","speed":5,"blade":true,"temperature":2.5}}`
	if got := string(objects[0].AppendJSON(nil)); got != want {
		t.Errorf("feature =\n%s, want\n%s", got, want)
	}
	if got := properties(l, viewFor(t, l, "dispatcher"))[2]; got["state"] != "lost" || got["at"] != nil {
		t.Errorf("a device never heard of = %v, want it lost", got)
	}
}

func TestStateChangesByTimeAlone(t *testing.T) {
	x, l := newTestIndex(t, 1)
	hear(x, fixOf(1, 0, 74.6, 42.87))
	for _, step := range []struct {
		second int
		want   string
	}{{29, "online"}, {30, "late"}, {599, "late"}, {600, "stale"}, {3600, "lost"}, {9999, "lost"}} {
		x.Advance(start.Add(time.Duration(step.second) * time.Second))
		if got := properties(l, viewFor(t, l, "dispatcher"))[1]["state"]; got != step.want {
			t.Errorf("state after %d s = %v, want %v", step.second, got, step.want)
		}
	}
	hear(x, fixOf(1, 9990, 74.6, 42.87))
	if got := properties(l, viewFor(t, l, "dispatcher"))[1]["state"]; got != "online" {
		t.Errorf("state when heard of again = %v, want online", got)
	}
}

func TestPublicSeesThePastInSteps(t *testing.T) {
	x, l := newTestIndex(t, 1)
	public := viewFor(t, l, "public")
	for second := 0; second <= 200; second += 10 {
		x.Advance(start.Add(time.Duration(second) * time.Second))
		x.Apply([]live.Fix{fixOf(1, second, 74.6, 42.87)})
	}
	for _, step := range []struct{ second, speed int }{{200, 120}, {209, 120}, {210, 150}, {239, 150}, {240, 180}} {
		x.Advance(start.Add(time.Duration(step.second) * time.Second))
		if got := properties(l, public)[1]["speed"]; got != float64(step.speed) {
			t.Errorf("speed that the public sees at %d s = %v, want that of %d s", step.second, got, step.speed)
		}
	}
	// Whoever has a right of his own sees it as it is, the right of the public notwithstanding.
	if got := properties(l, viewFor(t, l, "public", "dispatcher"))[1]["speed"]; got != 200.0 {
		t.Errorf("speed that a dispatcher sees = %v, want 200", got)
	}
}

func TestDevicesComeAndGoWithTheRegister(t *testing.T) {
	x, l := newTestIndex(t, 0)
	hear(x, fixOf(1, 0, 74.6, 42.87))
	if got := x.Unknown(); got != 1 {
		t.Errorf("unknown devices = %d, want 1", got)
	}
	x.SetRegister(registerOf(x, 2))
	if got := properties(l, viewFor(t, l, "dispatcher")); len(got) != 2 || got[1]["speed"] != 0.0 {
		t.Errorf("objects = %v, want 2, the first as it told before it was registered", got)
	}
	x.SetRegister(registerOf(x, 1))
	if got := properties(l, viewFor(t, l, "dispatcher")); len(got) != 1 || x.Unknown() != 0 {
		t.Errorf("objects = %v, want the first alone", got)
	}
}

// TestWatchTellsWhatASnapshotSays: whatever happens, a reader that applies what it
// is told knows what a new reader would be told.
func TestWatchTellsWhatASnapshotSays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x, l := newTestIndex(t, 6)
		roles := rapid.SampledFrom([][]string{{"public"}, {"dispatcher"}, {"public", "dispatcher"}}).Draw(rt, "roles")
		sight := l.Sight(viewFor(t, l, roles...), view.See)
		box := &orb.Bound{Min: orb.Point{74, 42}, Max: orb.Point{75, 43}}
		if rapid.Bool().Draw(rt, "everywhere") {
			box = nil
		}
		watch := x.Watch(sight, box, nil, "")
		known := map[kvartal.FeatureID]string{}
		tell := func(d Difference) {
			if d.Whole {
				clear(known)
			}
			for _, o := range d.Objects {
				known[o.ID] = string(o.AppendJSON(nil))
			}
			for _, id := range d.Gone {
				delete(known, id)
			}
		}
		begun, err := watch.Begin("", 100)
		if err != nil {
			rt.Fatal(err)
		}
		tell(begun)
		place, now := watch.Place(), start
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			switch rapid.IntRange(0, 4).Draw(rt, "kind") {
			case 0:
				now = now.Add(time.Duration(rapid.IntRange(1, 700).Draw(rt, "seconds")) * time.Second)
			case 1:
				x.SetRegister(registerOf(x, rapid.IntRange(0, 6).Draw(rt, "ploughs")))
			default:
				second := int(now.Sub(start).Seconds()) - rapid.IntRange(0, 200).Draw(rt, "age")
				f := fixOf(rapid.IntRange(1, 6).Draw(rt, "plough"), second, rapid.Float64Range(73.5, 75.5).Draw(rt, "lon"), 42.5)
				f.Received = now
				x.Apply([]live.Fix{f})
			}
			x.Advance(now)
			if rapid.IntRange(0, 9).Draw(rt, "away") == 0 { // comes back as another reader that knows a place
				watch = x.Watch(sight, box, nil, "")
				d, err := watch.Begin(place, 100)
				if err != nil {
					rt.Fatal(err)
				}
				tell(d)
				place = watch.Place()
				continue
			}
			d, ok := watch.Next()
			if !ok {
				rt.Fatal("a reader that was never away is told to begin anew")
			}
			tell(d)
			place = watch.Place()
		}
		want := map[kvartal.FeatureID]string{}
		objects, _ := sight.Objects(box, 100)
		for _, o := range objects {
			want[o.ID] = string(o.AppendJSON(nil))
		}
		if fmt.Sprint(known) != fmt.Sprint(want) {
			rt.Errorf("the reader knows\n%v, want\n%v", known, want)
		}
	})
}

// TestOrderOfArrivalDoesNotMatter: any order and repetition of fixes shows the same.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	var fixes []live.Fix
	for i := range 60 {
		f := fixOf(i%3+1, i*7%120, 74+float64(i)/100, 42.5)
		f.Received = start.Add(2 * time.Minute)
		fixes = append(fixes, f, f)
	}
	var want string
	for seed := range uint64(20) {
		x, l := newTestIndex(t, 3)
		x.Advance(start.Add(2 * time.Minute))
		rand.New(rand.NewPCG(seed, 7)).Shuffle(len(fixes), func(i, j int) { fixes[i], fixes[j] = fixes[j], fixes[i] }) //nolint:gosec // a test
		x.Apply(fixes[:50])
		x.Apply(fixes[50:])
		x.Advance(start.Add(3 * time.Minute))
		got := fmt.Sprint(properties(l, viewFor(t, l, "dispatcher")), properties(l, viewFor(t, l, "public")))
		if want == "" {
			want = got
		}
		if got != want {
			t.Fatalf("order %d shows\n%s, want\n%s", seed, got, want)
		}
	}
}

func TestTileHasTheObjectsThatTheViewShows(t *testing.T) {
	x, l := newTestIndex(t, 3)
	hear(x, fixOf(1, 5, 74.6, 42.87), fixOf(2, 5, 10, 50))
	here := maptile.At(orb.Point{74.6, 42.87}, 14)
	data, report, err := l.encode(t.Context(), viewFor(t, l, "dispatcher"), here)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := mvt.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(decoded) != 1 || len(decoded[0].Features) != 1 || report.Written != 1 {
		t.Fatalf("tile = %+v, report %+v, want one layer with one object", decoded, report)
	}
	f := decoded[0].Features[0]
	if f.ID != 1 || f.Properties["speed"] != 5.0 || f.Properties["blade"] != true || f.Properties["at"] != "2026-01-20T08:00:05Z" {
		t.Errorf("object in the tile = %+v", f)
	}
	if data, _, err = l.encode(t.Context(), viewFor(t, l, "public"), here); err != nil || data != nil {
		t.Errorf("tile of the public before its time = %d bytes, %v, want none", len(data), err)
	}
}

func TestFilterSeesNoMoreThanItsReader(t *testing.T) {
	x, l := newTestIndex(t, 1)
	hear(x, fixOf(1, 5, 74.6, 42.87))
	v := view.Of("machines", view.Rule{Actions: []view.Action{view.See}, Attributes: []string{"name"}})
	expr, err := cql2.ParseText("speed > 1", cql2.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	filter, err := cql2.Check(expr, cql2.Scope{Schema: cql2.Schema{"speed": {Type: cql2.TypeNumber}}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Compile(filter)
	if err != nil {
		t.Fatal(err)
	}
	objects, _ := l.Sight(v, view.See).Objects(nil, 10)
	if len(objects) != 1 || objects[0].matches(p) {
		t.Error("a filter on a hidden attribute is true of the object: it tells what is hidden")
	}
	if got := string(objects[0].AppendJSON(nil)); got != `{"type":"Feature","id":1,"geometry":{"type":"Point","coordinates":[74.6000000,42.8700000]},"properties":{"name":"КДМ 1"}}` {
		t.Errorf("feature = %s, want its name alone", got)
	}
}
