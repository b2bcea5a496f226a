package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"kvartal"
)

func TestAReportTellsWhatATileLeavesOut(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	c.load(t)
	for _, test := range []struct {
		layer kvartal.LayerID
		zoom  maptile.Zoom
		lang  string
	}{
		{"trees", 16, "en"},
		{"green_areas", 10, "ru"},
	} {
		at := maptile.At(orb.Point{-75.53, 39.1598}, test.zoom)
		path := fmt.Sprintf("/tiles/%s/%d/%d/%d.json?lang=%s", test.layer, at.Z, at.X, at.Y, test.lang)
		response := c.get(t, path)
		var got struct {
			Tile   string
			Layers []struct {
				ID, Title       string
				Features, Shown int
				Resident        bool
				LeftOut         []struct {
					Count  int
					Reason string
				} `json:"left_out"`
			}
		}
		if err := json.NewDecoder(response.Body).Decode(&got); err != nil || response.StatusCode != http.StatusOK || len(got.Layers) != 1 {
			t.Fatalf("GET %s = %d, %+v (%v)", path, response.StatusCode, got, err)
		}
		l := got.Layers[0]
		total := l.Shown
		for _, r := range l.LeftOut {
			total += r.Count
		}
		if l.Features == 0 || total != l.Features || !l.Resident || l.Title == "" {
			t.Errorf("GET %s accounts for %d features of %d: %+v", path, total, l.Features, l)
		}
	}
	for path, want := range map[string]int{
		"/tiles/buildings/40/1/1.json":        400,
		"/tiles/shrubs/2/1/1.json":            404,
		"/tiles/buildings/2/1/1.json?x=1":     400,
		"/tiles/buildings/2/1/1.json?lang=de": 400,
	} {
		if got := c.get(t, path).StatusCode; got != want {
			t.Errorf("GET %s = %d, want %d", path, got, want)
		}
	}
}
