package server

import (
	"net/http"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/layers"
	"kvartal/live"
	"kvartal/live/index"
	"kvartal/live/recorded"
)

const (
	// longestPlayback bounds the period of one.
	longestPlayback = 24 * time.Hour
	// maxPlayed is the most places of all objects of a playback, of some 35 bytes.
	maxPlayed = 120_000
	// maxPlayers is the most objects of a playback.
	maxPlayers = 5000
)

// playback is where the objects of a layer were, step by step.
type playback struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Step    float64   `json:"step_s"`
	Objects []*player `json:"objects"`
}

// player is one object of a playback.
type player struct {
	ID          kvartal.FeatureID `json:"id"`
	Name        string            `json:"name"`
	Times       []int64           `json:"times"`
	Coordinates [][2]float64      `json:"coordinates"`
	Working     [][2]int64        `json:"working"` // from, to

	device *index.Device
	works  func(*live.Fix) bool
	gap    time.Duration // after which nobody knows whether it still worked
	inside bool
}

// liveTracks answers /live/{layer}/tracks: all objects of a layer, to be played
// back. Of each step the last place is told, so that the answer stays small.
func (s *Server) liveTracks(w http.ResponseWriter, r *http.Request, city *City) error {
	p, err := s.livePast(r, city, longestPlayback)
	if err != nil {
		return err
	}
	var box *orb.Bound
	if text := r.URL.Query().Get("bbox"); text != "" {
		b, err := parseBBox(text)
		if err != nil {
			return err
		}
		box = &b
	}
	select {
	case s.tracks <- struct{}{}:
		defer func() { <-s.tracks }()
	case <-r.Context().Done():
		return kvartal.Errorf(kvartal.KindUnavailable, "too many tracks are asked for just now: try again in a few seconds")
	}
	players, err := city.players(r, p)
	if err != nil {
		return err
	}
	answer := playback{From: p.from, To: p.to, Objects: []*player{}}
	step := max(time.Second, (p.to.Sub(p.from)*time.Duration(len(players))/maxPlayed).Truncate(time.Second)+time.Second)
	answer.Step = step.Seconds()
	if err := city.play(r, p, players, step, box); err != nil {
		return err
	}
	for _, one := range players {
		if one.inside {
			answer.Objects = append(answer.Objects, one)
		}
	}
	return respondJSON(w, r, "application/json", answer)
}

// players are the objects whose past the reader may see.
func (c *City) players(r *http.Request, p livePast) ([]*player, error) {
	language, err := lang(r)
	if err != nil {
		return nil, err
	}
	var ids []kvartal.FeatureID
	_, err = c.Store.Scan(r.Context(), p.past, layers.Query{Limit: maxPlayers, WithoutGeometry: true, Properties: []string{}}, func(f *layers.Record) error {
		ids = append(ids, f.ID)
		return nil
	})
	if err != nil {
		return nil, err
	}
	names := map[kvartal.FeatureID]string{}
	briefs, err := c.Store.Briefs(r.Context(), p.whole, ids, p.def.NameFields())
	if err != nil {
		return nil, err
	}
	for _, b := range briefs { // who may not query an object is not told of it
		names[b.ID] = p.def.NameOf(b.Values, language)
	}
	devices, err := index.ReadDevices(r.Context(), c.Fixes, ids)
	if err != nil {
		return nil, err
	}
	var players []*player
	for _, d := range devices {
		if name, may := names[d.ID]; may {
			o := p.options(d)
			players = append(players, &player{
				ID: d.ID, Name: name, device: d, works: o.Legs.Working, gap: o.Legs.MaxGap,
				Times: []int64{}, Coordinates: [][2]float64{}, Working: [][2]int64{},
			})
		}
	}
	return players, nil
}

// play fills in where players were.
func (c *City) play(r *http.Request, p livePast, players []*player, step time.Duration, box *orb.Bound) error {
	byDevice := make(map[live.DeviceID]*player, len(players))
	names := make([]live.DeviceID, len(players))
	for i, one := range players {
		byDevice[one.device.Name], names[i] = one, one.device.Name
	}
	return recorded.Fleet(r.Context(), c.Fixes, names, p.from, p.to, step, func(p recorded.Place) error {
		byDevice[p.Device].add(p, step, box)
		return nil
	})
}

func (o *player) add(p recorded.Place, step time.Duration, box *orb.Bound) {
	at := p.At.Unix()
	if o.works(&live.Fix{Device: p.Device, Point: p.Point, Inputs: p.Inputs}) {
		last := len(o.Working) - 1
		if last >= 0 && len(o.Times) > 0 && o.Working[last][1] == o.Times[len(o.Times)-1] && at-o.Working[last][1] <= int64(max(o.gap, 2*step)/time.Second) {
			o.Working[last][1] = at
		} else {
			o.Working = append(o.Working, [2]int64{at, at})
		}
	}
	o.Times, o.Coordinates = append(o.Times, at), append(o.Coordinates, [2]float64{round(p.Point[0], 1e5), round(p.Point[1], 1e5)})
	o.inside = o.inside || box == nil || inBox(*box, p.Point)
}

// inBox reports whether a place is in a box, which may cross the antimeridian.
func inBox(b orb.Bound, p orb.Point) bool {
	if b.Min[0] > b.Max[0] {
		return p[1] >= b.Min[1] && p[1] <= b.Max[1] && (p[0] >= b.Min[0] || p[0] <= b.Max[0])
	}
	return b.Contains(p)
}
