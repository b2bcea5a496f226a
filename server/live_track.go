package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/layers"
	"kvartal/live"
	"kvartal/live/index"
	"kvartal/live/recorded"
	"kvartal/live/track"
	"kvartal/view"
)

const (
	// longestTrack bounds the period of one.
	longestTrack = 31 * 24 * time.Hour
	// tracksAtOnce bounds those under way: each may hold a hundred megabytes.
	tracksAtOnce = 4
)

// trackOf is the track of one object.
type trackOf struct {
	track.Track
	livePast

	name    string
	device  *index.Device
	moments []live.Moment
}

// liveTrack answers /live/{layer}/items/{id}/track: what an object did from one
// time to another.
func (s *Server) liveTrack(w http.ResponseWriter, r *http.Request, city *City) error {
	p, err := s.livePast(r, city, longestTrack)
	if err != nil {
		return err
	}
	write, ok := trackFormats()[r.URL.Query().Get("f")]
	if !ok {
		return kvartal.Errorf(kvartal.KindInvalid, "f is %.40q: want geojson, gpx or csv", r.URL.Query().Get("f")).In("f")
	}
	if write.file {
		if err := p.whole.Require(view.Export); err != nil {
			return err
		}
	}
	language, err := lang(r)
	if err != nil {
		return err
	}
	id, err := liveFeatureID(r, p.def)
	if err != nil {
		return err
	}
	select {
	case s.tracks <- struct{}{}:
		defer func() { <-s.tracks }()
	case <-r.Context().Done():
		return kvartal.Errorf(kvartal.KindUnavailable, "too many tracks are asked for just now: try again in a few seconds")
	}
	t, err := city.trackOf(r, p, id, language)
	if err != nil {
		return err
	}
	body, err := write.encode(t)
	if err != nil {
		return err
	}
	if write.file {
		w.Header().Set("Content-Disposition", `attachment; filename="`+string(p.def.ID)+"-"+strconv.FormatInt(int64(id), 10)+"-"+p.from.Format("20060102T1504")+"."+r.URL.Query().Get("f")+`"`)
	}
	return respond(w, r, write.media, body)
}

func liveFeatureID(r *http.Request, d *layers.Definition) (kvartal.FeatureID, error) {
	text, err := variable(r, "id")
	if err != nil {
		return 0, err
	}
	return parseFeatureID(d, text)
}

// trackOf reads the track of an object that the reader may see, and whose past.
func (c *City) trackOf(r *http.Request, p livePast, id kvartal.FeatureID, language string) (trackOf, error) {
	t := trackOf{livePast: p}
	for _, v := range []view.View{p.whole, p.past} {
		if err := c.Store.ScanItem(r.Context(), v, id, layers.Query{}, func(*layers.Record) error { return nil }); err != nil {
			return t, err
		}
	}
	briefs, err := c.Store.Briefs(r.Context(), p.past, []kvartal.FeatureID{id}, p.def.NameFields())
	if err != nil {
		return t, err
	}
	for _, b := range briefs {
		t.name = p.def.NameOf(b.Values, language)
	}
	devices, err := index.ReadDevices(r.Context(), c.Fixes, []kvartal.FeatureID{id})
	if err != nil {
		return t, err
	}
	if len(devices) == 0 {
		return t, kvartal.Errorf(kvartal.KindNotFound, "layer %q has no feature %d", p.def.ID, id)
	}
	t.device = devices[0]
	if t.moments, err = recorded.Moments(r.Context(), c.Fixes, t.device.Name, p.from, p.to); err != nil {
		return t, err
	}
	if !p.shows("speed") {
		for i := range t.moments {
			t.moments[i].Speed = live.Number{}
		}
	}
	t.Track = track.Of(t.moments, p.options(t.device))
	return t, nil
}

// trackFormat is one in which tracks are told.
type trackFormat struct {
	media  string
	file   bool // to take away
	encode func(trackOf) ([]byte, error)
}

func trackFormats() map[string]trackFormat {
	geojson := trackFormat{"application/geo+json", false, trackOf.geoJSON}
	return map[string]trackFormat{
		"": geojson, "geojson": geojson,
		"gpx": {"application/gpx+xml", true, trackOf.gpx},
		"csv": {"text/csv; charset=utf-8", true, trackOf.csv},
	}
}

// segments are the stretches without a gap, each fix once.
func (t trackOf) segments() [][]segmentVertex {
	var out [][]segmentVertex
	for i, run := range t.Runs {
		if run.Gap {
			continue
		}
		vertices := run.Vertices
		if i > 0 && !t.Runs[i-1].Gap {
			vertices = vertices[1:]
		} else {
			out = append(out, nil)
		}
		last := &out[len(out)-1]
		for _, v := range vertices {
			*last = append(*last, segmentVertex{v, run.Action})
		}
	}
	return out
}

type segmentVertex struct {
	track.Vertex

	action track.Action
}

// decimetres is a place to a decimetre.
func decimetres(p orb.Point) [2]float64 { return [2]float64{round(p[0], 1e6), round(p[1], 1e6)} }
