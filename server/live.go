package server

import (
	"bytes"
	"math"
	"net/http"
	"strconv"
	"time"

	"kvartal"
	"kvartal/layers"
	"kvartal/live"
	"kvartal/live/index"
	"kvartal/live/trackers/bustime"
	"kvartal/live/trackers/gtfsrt"
	"kvartal/view"
)

// liveSummary is what a dispatcher's screen begins with.
type liveSummary struct {
	Layers []liveLayer `json:"layers"`
	// Unknown is how many devices were heard of that no register has; absent for
	// those who may not see the register.
	Unknown *int      `json:"unknown,omitempty"`
	Now     time.Time `json:"now"`
}

type liveLayer struct {
	ID     kvartal.LayerID       `json:"id"`
	Title  string                `json:"title"`
	Count  int                   `json:"count"`
	States map[live.Presence]int `json:"states"`
	Delay  float64               `json:"delay"` // seconds by which the reader sees the past, at least
}

// live answers /live.json: the live layers that the reader may see, and in which
// state their objects are.
func (s *Server) live(w http.ResponseWriter, r *http.Request, city *City) error {
	language, err := lang(r)
	if err != nil {
		return err
	}
	summary := liveSummary{Layers: []liveLayer{}, Now: time.Now().UTC()}
	if city.Live == nil {
		return respondJSON(w, r, "application/json", summary)
	}
	for _, d := range city.Store.Registry().Layers() {
		l, ok := city.Live.Layer(d.ID)
		v := viewOf(r, d)
		if !ok || !v.May(view.See) {
			continue
		}
		tally := l.Sight(v, view.See).Tally()
		summary.Layers = append(summary.Layers, liveLayer{
			ID: d.ID, Title: d.Title.In(language), Count: tally.Objects, States: tally.States, Delay: delayOf(v.For(view.See)).Seconds(),
		})
	}
	if d, err := city.Store.Registry().Layer(index.DevicesLayer); err == nil && viewOf(r, d).May(view.Query) {
		unknown := city.Live.Unknown()
		summary.Unknown = &unknown
	}
	return respondJSON(w, r, "application/json", summary)
}

// delayOf is by how much a view shows the past at least.
func delayOf(v view.View) time.Duration {
	least := time.Duration(math.MaxInt64)
	for _, r := range v.Rules {
		least = min(least, r.Delay)
	}
	if len(v.Rules) == 0 {
		return 0
	}
	return least
}

// sightOf returns what the reader may see of a live layer.
func sightOf(r *http.Request, city *City, name string, a view.Action) (*index.Layer, *layers.Definition, view.View, error) {
	notFound := noLiveLayer(name)
	d, err := city.Store.Registry().Layer(kvartal.LayerID(name))
	if err != nil || city.Live == nil {
		return nil, nil, view.View{}, notFound
	}
	l, ok := city.Live.Layer(d.ID)
	v := viewOf(r, d)
	if err := v.Require(a); err != nil {
		return nil, nil, view.View{}, hiddenLive(err, name)
	}
	if !ok {
		return nil, nil, view.View{}, notFound
	}
	return l, d, v, nil
}

func noLiveLayer(name string) error {
	return kvartal.Errorf(kvartal.KindNotFound, "there is no live layer %.60q", name)
}

// hiddenLive is what is said of a live layer that may not be used: of one that may
// not be known to exist, what is said of one that does not.
func hiddenLive(err error, name string) error {
	if kvartal.KindOf(err) == kvartal.KindNotFound {
		return noLiveLayer(name)
	}
	return err
}

// newestOnly is how old the last word of an object may be in feeds for other
// systems (best practices of GTFS Realtime).
const newestOnly = 90 * time.Second

// feed returns the objects of a live layer as other systems may have them. A feed
// is for taking away, so the right to export is asked for.
func (s *Server) feed(r *http.Request, city *City) ([]live.Fix, time.Time, error) {
	name, err := variable(r, "layer")
	if err != nil {
		return nil, time.Time{}, err
	}
	l, _, v, err := sightOf(r, city, name, view.Export)
	if err != nil {
		return nil, time.Time{}, err
	}
	now := time.Now().UTC()
	oldest := now.Add(-newestOnly - delayOf(v.For(view.Export)))
	objects, _ := l.Sight(v, view.Export).Objects(nil, math.MaxInt)
	var fixes []live.Fix
	for _, o := range objects {
		if f := o.Fix(); o.Head.Newest != nil && o.Head.Newest.At.After(oldest) {
			fixes = append(fixes, f)
		}
	}
	return fixes, now, nil
}

// vehiclePositions answers with a GTFS Realtime feed of VehiclePositions.
func (s *Server) vehiclePositions(w http.ResponseWriter, r *http.Request, city *City) error {
	fixes, now, err := s.feed(r, city)
	if err != nil {
		return err
	}
	data, err := gtfsrt.Encode(now, fixes)
	if err != nil {
		return err
	}
	return respondFeed(w, r, "application/x-protobuf", now, data)
}

// bustime answers with the table of vehicles that Bustime reads.
func (s *Server) bustime(w http.ResponseWriter, r *http.Request, city *City) error {
	fixes, now, err := s.feed(r, city)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := bustime.Encode(&b, fixes); err != nil {
		return err
	}
	return respondFeed(w, r, "text/csv; charset=utf-8", now, b.Bytes())
}

func respondFeed(w http.ResponseWriter, r *http.Request, contentType string, now time.Time, data []byte) error {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "max-age=5")
	h.Set("Last-Modified", now.Format(http.TimeFormat))
	h.Set("Content-Length", strconv.Itoa(len(data)))
	writeBody(w, r, data)
	return nil
}
