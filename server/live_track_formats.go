package server

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"math"
	"slices"
	"strconv"
	"time"

	"kvartal/live/track"
)

func round(x, parts float64) float64 { return math.Round(x*parts) / parts }

// trackDocument is a track as GeoJSON with foreign members.
type trackDocument struct {
	Type     string         `json:"type"`
	Features []trackFeature `json:"features"`
	Name     string         `json:"name,omitempty"`
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Mileage  trackMileage   `json:"mileage"`
	Stops    int            `json:"stops"`
	Idling   float64        `json:"idling_s"`
	Gaps     int            `json:"gaps"`
	Fixes    int            `json:"fixes"`
}

type trackMileage struct {
	Total   float64 `json:"total_km"`
	Working float64 `json:"working_km"`
}

type trackFeature struct {
	Type       string         `json:"type"`
	Geometry   trackGeometry  `json:"geometry"`
	Properties map[string]any `json:"properties"`
}

type trackGeometry struct {
	Type        string `json:"type"`
	Coordinates any    `json:"coordinates"`
}

func (t trackOf) geoJSON() ([]byte, error) {
	doc := trackDocument{
		Type: "FeatureCollection", Features: []trackFeature{}, Name: t.name, From: t.from, To: t.to,
		Mileage: trackMileage{t.Mileage.Total.Kilometres(), t.Mileage.Working.Kilometres()},
		Stops:   len(t.Stops), Idling: t.Idle.Seconds(), Gaps: t.Gaps, Fixes: t.Fixes,
	}
	next := 0 // of the moments
	for _, run := range t.Runs {
		properties := map[string]any{"kind": "gap", "from": run.From(), "to": run.To()}
		if !run.Gap {
			var readings map[string]bool
			readings, next = t.readings(run, next)
			properties = wayProperties(run, readings)
		}
		doc.Features = append(doc.Features, trackFeature{"Feature", trackGeometry{"LineString", lineOf(run)}, properties})
	}
	for _, s := range t.Stops {
		properties := map[string]any{"kind": "stop", "from": s.From, "to": s.To, "idling": s.Idling()}
		doc.Features = append(doc.Features, trackFeature{"Feature", trackGeometry{"Point", decimetres(s.Point)}, properties})
	}
	return json.Marshal(doc)
}

func lineOf(run track.Run) [][2]float64 {
	line := make([][2]float64, len(run.Vertices))
	for i, v := range run.Vertices {
		line[i] = decimetres(v.Point)
	}
	return line
}

func wayProperties(run track.Run, readings map[string]bool) map[string]any {
	times, speeds := make([]float64, len(run.Vertices)), make([]*float64, len(run.Vertices))
	for i, v := range run.Vertices {
		times[i] = round(float64(v.At.UnixMilli())/1000, 1000)
		if v.Speed.Known {
			speeds[i] = &v.Speed.Value
		}
	}
	properties := map[string]any{
		"kind": "way", "action": run.Action, "from": run.From(), "to": run.To(), "length_km": run.Length.Kilometres(),
		"times": times, "readings": readings,
	}
	if most := run.MaxSpeed(); most.Known {
		properties["speed_max"], properties["speeds"] = most.Value, speeds
	}
	return properties
}

// readings tells which readings were on at any time of a run, and from which
// moment on those of the next run are.
func (t trackOf) readings(run track.Run, next int) (map[string]bool, int) {
	on := map[string]bool{}
	from, to := run.From(), run.To()
	for next < len(t.moments) && t.moments[next].At.Before(from) {
		next++
	}
	for _, m := range t.moments[next:] {
		if m.At.After(to) {
			break
		}
		for _, name := range t.on {
			if v, told := t.device.Reading(name, &m.Fix); told {
				on[name] = on[name] || v != 0
			}
		}
	}
	return on, next
}

// gpx is the track as GPX 1.1 (topografix.com/GPX/1/1): a segment for each
// stretch without a gap, stops as waypoints.
func (t trackOf) gpx() ([]byte, error) {
	type point struct {
		Lat  float64   `xml:"lat,attr"`
		Lon  float64   `xml:"lon,attr"`
		Time time.Time `xml:"time"`
		Name string    `xml:"name,omitempty"`
		Type string    `xml:"type,omitempty"`
	}
	type segment struct {
		Points []point `xml:"trkpt"`
	}
	doc := struct {
		XMLName  xml.Name  `xml:"http://www.topografix.com/GPX/1/1 gpx"`
		Version  string    `xml:"version,attr"`
		Creator  string    `xml:"creator,attr"`
		Name     string    `xml:"metadata>name"`
		Stops    []point   `xml:"wpt"`
		Title    string    `xml:"trk>name"`
		Segments []segment `xml:"trk>trkseg"`
	}{Version: "1.1", Creator: "Kvartal", Name: printable(t.name), Title: printable(t.name)}
	for _, s := range t.Stops {
		p := decimetres(s.Point)
		doc.Stops = append(doc.Stops, point{Lat: p[1], Lon: p[0], Time: s.From, Name: s.To.Sub(s.From).Round(time.Second).String(), Type: "stop"})
	}
	for _, vertices := range t.segments() {
		var out segment
		for _, v := range vertices {
			p := decimetres(v.Point)
			out.Points = append(out.Points, point{Lat: p[1], Lon: p[0], Time: v.At})
		}
		doc.Segments = append(doc.Segments, out)
	}
	body, err := xml.MarshalIndent(doc, "", " ")
	return append([]byte(xml.Header), body...), err
}

// printable leaves out what XML cannot hold.
func printable(text string) string {
	return string(slices.DeleteFunc([]rune(text), func(r rune) bool { return !strconv.IsPrint(r) }))
}

// csv is a table of the fixes of the track that have a position.
func (t trackOf) csv() ([]byte, error) {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	_ = out.Write([]string{"segment", "time", "lon", "lat", "speed", "action"}) // a buffer takes all
	for i, vertices := range t.segments() {
		for _, v := range vertices {
			p, speed := decimetres(v.Point), ""
			if v.Speed.Known {
				speed = number64(v.Speed.Value)
			}
			_ = out.Write([]string{strconv.Itoa(i + 1), v.At.Format(time.RFC3339Nano), number64(p[0]), number64(p[1]), speed, string(v.action)})
		}
	}
	out.Flush()
	return b.Bytes(), out.Error()
}

func number64(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
