package layers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/layers"
	"kvartal/view"
)

// A filter that takes long for many rows is refused, unless what indexes know
// about leaves few.
func TestFiltersThatWorkForLongAreRefused(t *testing.T) {
	t.Parallel()
	c := openBenches(t)
	if _, err := c.db.Pool.Exec(t.Context(), `INSERT INTO layer.benches (number, seats, geom)
		SELECT 'B-' || n, 1 + n % 7, ST_Transform(ST_SetSRID(ST_MakePoint(-75.6 + n * 1e-5, 39.1), 4326), 32618) FROM generate_series(1, 5000) AS n`); err != nil {
		t.Fatal(err)
	}
	if _, err := c.db.Pool.Exec(t.Context(), "ANALYZE layer.benches"); err != nil {
		t.Fatal(err)
	}
	dear := "(" + strings.TrimSuffix(strings.Repeat("area(geometry) > 1 OR ", 50), " OR ") + ")" // 0.4 ms a row
	near := &layers.Box{Bound: orb.Bound{Min: orb.Point{-75.6, 39.05}, Max: orb.Point{-75.5999, 39.15}}}
	listings := layers.NewListings(c.Store, 1<<20)
	for name, test := range map[string]struct {
		filter  string
		box     *layers.Box
		refused bool
	}{
		"few parts":                   {filter: "seats + 0 = seats OR number LIKE '%7'"},
		"many rows":                   {filter: dear, refused: true},
		"a small box":                 {filter: dear, box: near},
		"a comparison":                {filter: dear + " AND number = 'B-7'"},
		"a small geometry":            {filter: dear + " AND S_INTERSECTS(geometry, BBOX(-75.6, 39.05, -75.5999, 39.15))"},
		"what looks like a condition": {filter: dear + " AND seats + 0 = seats", refused: true},
		"an alternative":              {filter: dear + " OR number = 'B-7'", refused: true},
	} {
		filter, err := c.filter(t, "benches", kvartal.Public, test.filter)
		if err != nil {
			t.Fatal(err)
		}
		q := layers.Query{Limit: 10, Filter: filter, BBox: test.box, Budget: 100 * time.Millisecond}
		v := c.all(t, "benches")
		exported := view.New("benches", view.Actions(), []string{"number"})
		_, scanned := c.Items(t.Context(), v, q)
		_, listed := listings.Rows(t.Context(), v, q, 0)
		for way, err := range map[string]error{
			"Items": scanned, "Rows": listed, "Export": c.Export(t.Context(), exported, q, func(*layers.Record) error { return nil }),
		} {
			if (kvartal.KindOf(err) == kvartal.KindInvalid) != test.refused || !test.refused && err != nil {
				t.Errorf("%s with %s = %v, want refused %v", way, name, err, test.refused)
			}
		}
		q.Budget = 0
		if _, err := c.Items(t.Context(), v, q); err != nil {
			t.Errorf("Items with %s and any budget = %v", name, err)
		}
	}
}
