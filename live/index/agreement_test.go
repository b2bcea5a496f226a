package index_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"kvartal"
	"kvartal/layers"
	"kvartal/live"
	"kvartal/live/index"
	"kvartal/live/recorder"
	"kvartal/postgres/pgtest"
	"kvartal/view"
)

// posts is a live layer that shows what those that come with the program do not.
const posts = `
id: posts
title: &t {ru: Посты, en: Posts, ky: Посттор}
group: live
geometry: point
live: {classes: [sensor, plough], interval: 10, stale: 600, lost: 3600, public: {delay: 30, every: 15}}
fields:
  - {name: device, type: text, from: device, title: *t}
  - {name: interval, type: integer, from: register.interval, title: *t}
  - {name: lon, type: number, from: register.lon, title: *t}
  - {name: clock, type: text, from: clock, title: *t}
  - {name: late, type: boolean, from: late, title: *t}
  - {name: received, type: timestamp, from: received, title: *t}
  - {name: speed, type: integer, from: speed, title: *t}
  - {name: temperature, type: number, from: reading.temperature, title: *t}
  - {name: ignition, type: integer, from: reading.ignition, title: *t}
rights: {public: [see]}
`

// city has the registers and live layers that come with the program and the posts,
// two ploughs and a sensor that stands still.
func city(t *testing.T) (*layers.Store, *pgtest.DB) {
	t.Helper()
	registry, err := layers.Load(layers.Builtin(), layers.Source{Name: "test", FS: fstest.MapFS{
		"posts/layer.yaml": {Data: []byte(posts)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.New(t)
	store, err := layers.Open(t.Context(), db.Pool, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Sync(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Pool.Exec(t.Context(), `
		INSERT INTO layer.device_inputs (profile, reading, input, bit, factor, "offset", above, inverted) VALUES
			('kdm', 'blade', 'din', 0, NULL, NULL, NULL, NULL), ('kdm', 'spreader', 'din', 1, NULL, NULL, NULL, true),
			('kdm', 'ignition', 'adc1', NULL, 0.5, 1, 3, NULL), ('air', 'temperature', 't1', NULL, 0.1, -40, NULL, NULL);
		INSERT INTO layer.devices (device, name, class, profile, plate, interval, lon, lat) VALUES
			('7', 'КДМ 7', 'plough', 'kdm', '01 777', 20, NULL, NULL), ('8', 'КДМ 8', 'sweeper', NULL, NULL, NULL, NULL, NULL),
			('9', 'Датчик', 'sensor', 'air', NULL, 600, 74.5, 42.5)`); err != nil {
		t.Fatal(err)
	}
	return store, db
}

// drawTold draws a fix of the last day, its age never near one at which the state changes.
func drawTold(now time.Time) func(*rapid.T) live.Fix {
	return func(t *rapid.T) live.Fix {
		age := rapid.SampledFrom([]int{3, 12, 45, 75, 100, 300, 1000, 1500, 5000, 80000, 100000}).Draw(t, "age")
		at := now.Add(-time.Duration(age) * time.Second)
		f := live.Fix{
			Device: live.DeviceID(rapid.SampledFrom([]string{"7", "8", "9", "unknown"}).Draw(t, "device")), Source: "egts", Time: at, Received: at.Add(time.Second),
			Point: orb.Point{74 + float64(rapid.IntRange(1, 9).Draw(t, "lon"))/10, 42.5}, Speed: live.Some(float64(rapid.IntRange(0, 60).Draw(t, "speed"))),
			Inputs: []live.Input{{Name: "din", Value: float64(rapid.IntRange(0, 3).Draw(t, "din"))}, {Name: "adc1", Value: float64(rapid.IntRange(0, 8).Draw(t, "adc"))}, {Name: "t1", Value: 425}},
		}
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			f.Time = time.Time{}
		case 1:
			f.Time = at.AddDate(0, 0, -1024*7)
		case 2, 3:
			f.Flags = live.NoPosition
		case 4:
			f.Flags = live.Late
		case 5:
			f.Inputs = nil
		}
		return f
	}
}

// TestMemoryAndDatabaseAgree: what the index says of a live layer is what the
// database says, for whoever asks, whether it was loaded or told.
func TestMemoryAndDatabaseAgree(t *testing.T) {
	t.Parallel()
	store, db := city(t)
	rapid.Check(t, func(rt *rapid.T) {
		if _, err := db.Pool.Exec(t.Context(), "DELETE FROM live.fix; DELETE FROM live.latest; DELETE FROM live.quarantine"); err != nil {
			rt.Fatal(err)
		}
		now := time.Now().UTC().Truncate(time.Microsecond)
		fixes := rapid.SliceOfN(rapid.Custom(drawTold(now)), 0, 25).Draw(rt, "fixes")
		recorded := recorder.New(recorder.Config{Pool: db.Pool, Log: slog.New(slog.DiscardHandler)})
		if err := recorded.Write(t.Context(), fixes); err != nil {
			rt.Fatal(err)
		}
		loaded, told := newIndex(rt, store, db), newIndex(rt, store, db)
		rand.Shuffle(len(fixes), func(i, j int) { fixes[i], fixes[j] = fixes[j], fixes[i] })
		told.Apply(fixes)
		for _, layer := range []kvartal.LayerID{"ploughs", "sensors", "posts"} {
			d, err := store.Registry().Layer(layer)
			if err != nil {
				rt.Fatal(err)
			}
			everything := view.Rule{Actions: []view.Action{view.Query}}
			for _, f := range d.Fields {
				everything.Attributes = append(everything.Attributes, f.Name)
			}
			lagging := everything
			lagging.Delay, lagging.Every = d.Live.Public.Delay, d.Live.Public.Every
			for name, v := range map[string]view.View{"present": view.Of(layer, everything), "past": view.Of(layer, lagging)} {
				for how, x := range map[string]*index.Index{"loaded": loaded, "told": told} {
					want, at := recordedBy(rt, store, v)
					x.Advance(at)
					if diff := cmp.Diff(want, knownBy(rt, x, v)); diff != "" {
						rt.Errorf("%s of %s, %s (-database +memory):\n%s", name, layer, how, diff)
					}
				}
			}
		}
	})
}

func newIndex(t *rapid.T, store *layers.Store, db *pgtest.DB) *index.Index {
	x, err := index.New(store.Registry())
	if err != nil {
		t.Fatal(err)
	}
	c := index.Config{Pool: db.Pool, Store: store}
	if _, err := x.Load(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if err := x.Recall(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return x
}

// recordedBy returns what the database shows, and when it was asked: at a moment
// that is in the middle of no step of what the public is shown.
func recordedBy(t *rapid.T, store *layers.Store, v view.View) (map[kvartal.FeatureID]string, time.Time) {
	for {
		before := time.Now()
		page, err := store.Items(t.Context(), v, layers.Query{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		after := time.Now()
		if before.Unix() != after.Unix() {
			continue // a step may have ended meanwhile
		}
		out := map[kvartal.FeatureID]string{}
		for _, f := range page.Features {
			for name, value := range f.Properties {
				if at, ok := value.(time.Time); ok {
					f.Properties[name] = at.UTC()
				}
				if value == nil {
					delete(f.Properties, name)
				}
			}
			out[f.ID] = text(t, f.Geometry, f.Properties)
		}
		return out, after
	}
}

func knownBy(t *rapid.T, x *index.Index, v view.View) map[kvartal.FeatureID]string {
	l, ok := x.Layer(v.Layer)
	if !ok {
		t.Fatalf("%s is no live layer", v.Layer)
	}
	objects, _ := l.Sight(v, view.Query).Objects(nil, 10)
	out := map[kvartal.FeatureID]string{}
	for _, o := range objects {
		var f struct{ Properties map[string]any }
		if err := json.Unmarshal(o.AppendJSON(nil), &f); err != nil {
			t.Fatal(err)
		}
		var place orb.Geometry
		if o.Somewhere {
			place = o.Point
		}
		out[o.ID] = text(t, place, f.Properties)
	}
	return out
}

// text is a feature with its properties in order.
func text(t *rapid.T, place orb.Geometry, properties map[string]any) string {
	b, err := json.Marshal(properties)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%v %s", place, b)
}
