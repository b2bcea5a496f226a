package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"kvartal"
)

// The catalogue by OGC API – Records (20-004r1): record-core and its query
// parameters.

type ogcRecords struct {
	Type          string
	NumberMatched int
	Features      []ogcRecord
	Links         []ogcLink
}

type ogcRecord struct {
	ID, Type   string
	ConformsTo []string
	Geometry   *struct{ Type string }
	Properties struct {
		Type, Title, License, Lineage, Quality, UpdateFrequency string
		Contacts                                                []struct {
			Organization string
			Roles        []string
		}
		ExternalIDs []struct{ Scheme, Value string }
	}
	Links []ogcLink
}

func TestRecordsDescribeLayers(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	var all ogcRecords
	c.read(t, "/ogc/records", &all)
	var collections ogcCollections
	c.read(t, "/ogc/collections", &collections)
	if all.Type != "FeatureCollection" || all.NumberMatched != len(collections.Collections) || len(all.Features) != all.NumberMatched {
		t.Fatalf("records, matched = %d, %d, want one for each of %d collections", len(all.Features), all.NumberMatched, len(collections.Collections))
	}
	var water ogcRecord
	c.read(t, "/ogc/records/base_water_lines", &water)
	p := water.Properties
	if water.Type != "Feature" || p.Type != "dataset" || p.License != "ODbL-1.0" || p.Lineage == "" || p.Quality == "" ||
		p.UpdateFrequency != "asNeeded" || len(p.Contacts) != 1 || p.Contacts[0].Organization != "OpenStreetMap contributors" || len(p.ExternalIDs) != 1 {
		t.Errorf("record of base_water_lines = %+v, want what its group says", water)
	}
	if !slices.Contains(water.ConformsTo, "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core") {
		t.Errorf("conformsTo = %v, want record-core", water.ConformsTo)
	}
	wantLinks(t, "record", water.Links, map[string]string{"self": "application/geo+json", "alternate": "text/html", "collection": "application/geo+json", "license": "text/html"})
	for _, language := range []string{"ru", "en", "ky"} {
		text := body(t, c.get(t, "/ogc/records/base_water_lines?f=html&lang="+language))
		if !strings.Contains(text, "ODbL-1.0") || !strings.Contains(text, "OpenStreetMap") || strings.Contains(text, "frequency ") {
			t.Errorf("page in %s lacks the licence, the owner or the words of the frequency", language)
		}
	}
}

func TestRecordsAreFound(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	for query, wanted := range map[string][]string{
		"ids=parcels,trees":                  {"parcels", "trees"},
		"externalIds=kvartal:layer:trees":    {"trees"},
		"externalIds=trees":                  {"trees"},
		"q=Деревья":                          {"trees"},
		"q=land%20parcels,%20land-use%20zon": {"zones", "parcels"},
		"q=nothingatall":                     nil,
		"type=service":                       nil,
		"ids=trees&type=dataset":             {"trees"},
		"ids=trees&bbox=-76,39,-75,40":       {"trees"},
		"ids=trees&bbox=170,39,-170,40":      nil,
		"ids=trees&datetime=2020-01-01":      {"trees"},
	} {
		var found ogcRecords
		c.read(t, "/ogc/records?"+query, &found)
		var got []string
		for _, r := range found.Features {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, wanted) {
			t.Errorf("%s finds %v, want %v", query, got, wanted)
		}
	}
	seen, path := 0, "/ogc/records?limit=7"
	for path != "" {
		var page ogcRecords
		c.read(t, path, &page)
		seen += len(page.Features)
		next, _ := linkTo(page.Links, "next", "")
		path = next.Href
		if seen >= page.NumberMatched && path != "" {
			t.Fatalf("after %d of %d records there is a next page", seen, page.NumberMatched)
		}
	}
	if got := c.get(t, "/ogc/records?limit=x").StatusCode; got != http.StatusBadRequest {
		t.Errorf("limit=x = %d, want 400", got)
	}
}

func TestHiddenLayersHaveNoRecords(t *testing.T) {
	t.Parallel()
	c := openGuarded(t)
	var all ogcRecords
	c.read(t, "/ogc/records", &all)
	if slices.ContainsFunc(all.Features, func(r ogcRecord) bool { return r.ID == "contracts" }) {
		t.Error("a hidden layer has a record")
	}
	hidden, absent := c.get(t, "/ogc/records/contracts"), c.get(t, "/ogc/records/kontrakts")
	if got, none := strings.ReplaceAll(withoutID(body(t, hidden)), "contracts", "kontrakts"), withoutID(body(t, absent)); hidden.StatusCode != http.StatusNotFound || got != none {
		t.Errorf("record of a hidden layer = %d %s, want as of none: %s", hidden.StatusCode, got, none)
	}
}

func TestMadeUpDataIsCalledSo(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	d, err := c.store.Registry().Layer("trees")
	if err != nil {
		t.Fatal(err)
	}
	sample, err := d.SampleChangeset(kvartal.System("test"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.store.ApplyChangeset(t.Context(), "demo", sample); err != nil {
		t.Fatal(err)
	}
	var trees, parcels ogcRecord
	c.read(t, "/ogc/records/trees", &trees)
	c.read(t, "/ogc/records/parcels", &parcels)
	if !strings.Contains(trees.Properties.Lineage, "Invented") || parcels.Properties.Lineage != "" {
		t.Errorf("lineage of generated trees, of parcels = %q, %q, want Invented …, none", trees.Properties.Lineage, parcels.Properties.Lineage)
	}
}
