package server_test

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/planar"
)

// What the executable test suite of OGC API – Tiles 1.0 asks of a server.

type ogcTileset struct {
	Title, DataType, CRS, TileMatrixSetID, TileMatrixSetURI string
	TileMatrixSetLimits                                     []struct {
		TileMatrix                                     string
		MinTileRow, MaxTileRow, MinTileCol, MaxTileCol int
	}
	Layers []struct {
		ID, DataType string
	}
	Links []ogcLink
}

// javaAccept is what java.net.HttpURLConnection sends.
const javaAccept = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"

func TestTilesetsOfTheCityAndItsLayers(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	c.load(t)
	var landing struct{ Links []ogcLink }
	c.read(t, "/ogc", &landing)
	dataset, ok := linkTo(landing.Links, "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector", "application/json")
	if !ok || !strings.Contains(dataset.Href, "/tiles") || !strings.HasPrefix(dataset.Href, "http://") {
		t.Fatalf("landing page links %+v, want the tilesets", landing.Links)
	}
	var trees ogcCollection
	c.read(t, "/ogc/collections/trees", &trees)
	ofTrees, ok := linkTo(trees.Links, "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector", "application/json")
	if !ok || !strings.HasSuffix(ofTrees.Href, "/tiles") {
		t.Fatalf("trees link %+v, want their tilesets", trees.Links)
	}
	for _, href := range []string{dataset.Href, ofTrees.Href} {
		var list struct{ Tilesets []ogcTileset }
		c.read(t, href, &list)
		if len(list.Tilesets) != 1 {
			t.Fatalf("GET %s = %d tilesets, want 1", href, len(list.Tilesets))
		}
		c.checkTileset(t, list.Tilesets[0])
		self, _ := linkTo(list.Tilesets[0].Links, "self", "application/json")
		var alone ogcTileset
		c.read(t, self.Href, &alone)
		c.checkTileset(t, alone)
		if len(alone.Layers) == 0 {
			t.Errorf("GET %s tells no layers", self.Href)
		}
	}
}

func (c testCity) checkTileset(t *testing.T, set ogcTileset) {
	t.Helper()
	if set.TileMatrixSetID != "WebMercatorQuad" || set.TileMatrixSetURI == "" || set.DataType != "vector" || len(set.TileMatrixSetLimits) == 0 {
		t.Fatalf("tileset = %+v", set)
	}
	item, ok := linkTo(set.Links, "item", "application/vnd.mapbox-vector-tile")
	for _, variable := range []string{"{tileMatrix}", "{tileRow}", "{tileCol}"} {
		if !ok || !strings.Contains(item.Href, variable) {
			t.Fatalf("tileset links %+v, want a template with %s", set.Links, variable)
		}
	}
	tile := func(matrix string, row, col int) int {
		path := strings.NewReplacer("{tileMatrix}", matrix, "{tileRow}", strconv.Itoa(row), "{tileCol}", strconv.Itoa(col), "http://example.com", "").Replace(item.Href)
		r := get(t, c.handler, path, map[string]string{"Accept": javaAccept})
		if r.StatusCode == http.StatusOK {
			if got := r.Header.Get("Content-Type"); got != "application/vnd.mapbox-vector-tile" {
				t.Errorf("GET %s is of type %q", path, got)
			}
			if _, err := mvt.Unmarshal([]byte(body(t, r))); err != nil {
				t.Errorf("GET %s = %v", path, err)
			}
		}
		return r.StatusCode
	}
	for _, l := range set.TileMatrixSetLimits {
		if got := tile(l.TileMatrix, l.MaxTileRow, l.MaxTileCol); got != http.StatusOK {
			t.Errorf("last tile of matrix %s = %d, want 200", l.TileMatrix, got)
		}
		if got := tile(l.TileMatrix, l.MaxTileRow+1, l.MaxTileCol); got != http.StatusNotFound {
			t.Errorf("tile below the limits of matrix %s = %d, want 404", l.TileMatrix, got)
		}
		for _, far := range [][2]int{{2147483647, l.MinTileCol}, {l.MinTileRow, 2147483647}, {-1, 0}} {
			if got := tile(l.TileMatrix, far[0], far[1]); got != http.StatusNotFound {
				t.Errorf("tile %v of matrix %s = %d, want 404", far, l.TileMatrix, got)
			}
		}
	}
	for _, matrix := range []string{"23", "x", "-1"} {
		if got := tile(matrix, 0, 0); got != http.StatusNotFound {
			t.Errorf("tile of matrix %s = %d, want 404", matrix, got)
		}
	}
}

func TestTilesOfSomeCollections(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	c.load(t)
	var set ogcTileset
	c.read(t, "/ogc/tiles/WebMercatorQuad?collections=trees,buildings", &set)
	if len(set.Layers) != 2 {
		t.Errorf("tileset of two collections has layers %+v", set.Layers)
	}
	c.checkTileset(t, set)
	for path, want := range map[string]int{
		"/ogc/tiles/WebMercatorQuad?collections=shrubs": 404, "/ogc/tiles/Other": 404, "/ogc/collections/shrubs/tiles": 404,
		"/ogc/tiles?x=1": 400, "/ogc/tiles/WebMercatorQuad?f=png": 400, "/ogc/styles/neon": 404, "/ogc/collections/payments/tiles": 404,
	} {
		if r := c.get(t, path); r.StatusCode != want {
			t.Errorf("GET %s = %d, want %d", path, r.StatusCode, want)
		}
	}
}

func TestTileMatrixSet(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	var set struct {
		ID, URI, CRS string
		TileMatrices []struct {
			ID                                               string
			ScaleDenominator, CellSize                       float64
			PointOfOrigin                                    []float64
			TileWidth, TileHeight, MatrixWidth, MatrixHeight int
		}
	}
	c.read(t, "/ogc/tileMatrixSets/WebMercatorQuad", &set)
	first, last := set.TileMatrices[0], set.TileMatrices[18]
	if set.URI != "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad" || first.ScaleDenominator < 559082264.02 || first.ScaleDenominator > 559082264.03 ||
		last.MatrixWidth != 262144 || !slices.Equal(first.PointOfOrigin, []float64{-20037508.342789244, 20037508.342789244}) {
		t.Errorf("tile matrix set = %+v", set)
	}
}

func TestStylesOfTheCity(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	var list struct {
		Default string
		Styles  []struct {
			ID, Title string
			Links     []ogcLink
		}
	}
	c.read(t, "/ogc/styles", &list)
	if len(list.Styles) < 2 || list.Default != "day" {
		t.Fatalf("styles = %+v", list)
	}
	for _, style := range list.Styles {
		about, _ := linkTo(style.Links, "describedby", "application/json")
		var metadata struct {
			ID          string
			Stylesheets []struct{ Link ogcLink }
		}
		if c.read(t, about.Href, &metadata); metadata.ID != style.ID || len(metadata.Stylesheets) != 1 {
			t.Errorf("metadata of style %s = %+v", style.ID, metadata)
		}
		sheet, _ := linkTo(style.Links, "stylesheet", "application/vnd.mapbox.style+json")
		var document struct {
			Version int
			Layers  []any
		}
		if c.read(t, sheet.Href, &document); document.Version != 8 || len(document.Layers) == 0 {
			t.Errorf("style %s = version %d with %d layers", style.ID, document.Version, len(document.Layers))
		}
	}
}

// A tile as GeoJSON has the features of the vector tile, in the same places.
func TestTilesAsGeoJSON(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	c.load(t)
	place := c.pages(t, "/ogc/collections/trees/items?limit=1")[0].Features[0].Geometry.(orb.Point)
	at := maptile.At(place, 16)
	path := fmt.Sprintf("/ogc/tiles/WebMercatorQuad/%d/%d/%d?collections=trees,buildings", at.Z, at.Y, at.X)
	vector, err := mvt.Unmarshal([]byte(body(t, c.get(t, path))))
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range []map[string]string{{"Accept": "application/geo+json"}, {"Accept": "application/json"}} {
		r := get(t, c.handler, path, header)
		if got := r.Header.Get("Content-Type"); got != "application/geo+json" {
			t.Fatalf("GET %s with %v is of type %q", path, header, got)
		}
		collection, err := geojson.UnmarshalFeatureCollection([]byte(body(t, r)))
		if err != nil {
			t.Fatal(err)
		}
		count, there := map[string]int{}, false
		unit := 360 / math.Exp2(float64(at.Z)) / 4096
		for _, f := range collection.Features {
			count[f.ExtraMembers.MustString("featureType")]++
			if p, ok := f.Geometry.(orb.Point); ok && planar.Distance(p, place) < unit {
				there = true
			}
			if !at.Bound().Pad(65 * unit).Intersects(f.Geometry.Bound()) {
				t.Errorf("feature %v lies in %v, outside of its tile", f.ID, f.Geometry.Bound())
			}
		}
		for _, l := range vector {
			if count[l.Name] != len(l.Features) {
				t.Errorf("GeoJSON has %d features of %s, the vector tile %d", count[l.Name], l.Name, len(l.Features))
			}
		}
		if !there {
			t.Errorf("GET %s = %v, want a tree at %v", path, count, place)
		}
	}
}

// Tiles of the past show former rows to who may read history, to others only
// what is still as it was; items do the same.
func TestTilesOfThePast(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	w := c.addWriter(t, "editors", everything())
	path, tag := w.create(t, "50:01:0000001:1")
	var then time.Time
	if err := c.db.Pool.QueryRow(t.Context(), "SELECT clock_timestamp()").Scan(&then); err != nil {
		t.Fatal(err)
	}
	want(t, w.do(t, http.MethodPut, path, parcel("50:01:0000001:1", -75.49, ""), "If-Match", tag), http.StatusOK)
	c.load(t)
	when := "datetime=" + url.QueryEscape(then.UTC().Format(time.RFC3339Nano))
	at := func(lon float64) string {
		tile := maptile.At(orb.Point{lon - 0.0005, 39.1002}, 15)
		return fmt.Sprintf("/ogc/collections/parcels/tiles/WebMercatorQuad/%d/%d/%d?f=geojson&", tile.Z, tile.Y, tile.X)
	}
	for name, test := range map[string]struct {
		by         writer
		path       string
		query      string
		wantParcel bool
	}{
		"now, where it was":            {w, at(-75.5), "", false},
		"now, where it is":             {w, at(-75.49), "", true},
		"then, where it was":           {w, at(-75.5), when, true},
		"then, where it is now":        {w, at(-75.49), when, false},
		"then, by the public":          {writer{handler: c.handler}, at(-75.5), when, false},
		"since, by the public":         {writer{handler: c.handler}, at(-75.49), "datetime=2020-01-01/..", true},
		"before, by the public":        {writer{handler: c.handler}, at(-75.49), "datetime=../2020-01-01", false},
		"its items then":               {w, parcelItems + "?", when + "&bbox=-75.5005,39.1,-75.4995,39.101", true},
		"its items then, elsewhere":    {w, parcelItems + "?", when + "&bbox=-75.4905,39.1,-75.4895,39.101", false},
		"its items then by the public": {writer{handler: c.handler}, parcelItems + "?", when, false},
	} {
		header := map[string]string{"Accept": "application/geo+json"}
		if test.by.key != "" {
			header["Authorization"] = "Bearer " + test.by.key
		}
		r := get(t, c.handler, test.path+test.query, header)
		text := body(t, r)
		if r.StatusCode != http.StatusOK && r.StatusCode != http.StatusNotFound || strings.Contains(text, "50:01:0000001:1") != test.wantParcel {
			t.Errorf("%s: %s%s = %d %.200s, want the parcel there: %v", name, test.path, test.query, r.StatusCode, text, test.wantParcel)
		}
	}
	for _, path := range []string{"/ogc/tiles/WebMercatorQuad/0/0/0", "/ogc/tiles/WebMercatorQuad", "/ogc/collections/parcels/tiles"} {
		if r := c.get(t, path+"?datetime=yesterday"); r.StatusCode != http.StatusBadRequest {
			t.Errorf("GET %s?datetime=yesterday = %d, want 400", path, r.StatusCode)
		}
	}
}
