package server_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb/encoding/mvt"
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
