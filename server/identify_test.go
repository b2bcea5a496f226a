package server_test

import (
	"fmt"
	"strings"
	"testing"
)

// identify returns the layers found at a place, in order, and those that failed.
func (c testCity) identify(t *testing.T, names string) (found, failed []string) {
	t.Helper()
	answer := c.document(t, "/identify?lon=-75.52&lat=39.16&zoom=16&lang=ru&layers="+names)
	for _, r := range answer["results"].([]any) {
		found = append(found, r.(map[string]any)["layer"].(string))
	}
	for _, e := range answer["errors"].([]any) {
		failure := e.(map[string]any)
		failed = append(failed, fmt.Sprintf("%s (%s): %s", failure["layer"], failure["title"], failure["detail"]))
	}
	return found, failed
}

// putHere puts one feature of several layers at the place that identify asks for.
func (c testCity) putHere(t *testing.T) {
	t.Helper()
	for layer, radius := range map[string]int{"trees": 0, "parcels": 50, "buildings": 10} {
		shape := "ST_SetSRID(ST_MakePoint(-75.52, 39.16), 4326)"
		if radius > 0 {
			shape = fmt.Sprintf("ST_Multi(ST_Buffer(%s::geography, %d)::geometry)", shape, radius)
		}
		c.exec(t, fmt.Sprintf("UPDATE layer.%[1]s SET geom = ST_Transform(%[2]s, 32618) WHERE id = (SELECT min(id) FROM layer.%[1]s)", layer, shape))
	}
}

func (c testCity) exec(t testing.TB, sql string) {
	t.Helper()
	if _, err := c.db.Pool.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s = %v", sql, err)
	}
}

func TestIdentifyPutsWhatIsSmallFirst(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	c.putHere(t)
	found, failed := c.identify(t, "parcels,trees,buildings")
	if got := strings.Join(found, " "); got != "trees buildings parcels" || len(failed) > 0 {
		t.Errorf("identify = %s, failed %v, want trees buildings parcels", got, failed)
	}
}

func TestIdentifyNamesTheLayerThatFails(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	c.putHere(t)
	c.exec(t, "ALTER TABLE layer.buildings RENAME COLUMN storeys TO floors")
	found, failed := c.identify(t, "parcels,trees,buildings")
	if strings.Join(found, " ") != "trees parcels" || len(failed) != 1 ||
		failed[0] != "buildings (Здания и сооружения): Слой не удалось прочитать: повторите; если не поможет, сообщите администратору." {
		t.Errorf("identify = %v, failed %v, want the other layers, and buildings named", found, failed)
	}
}

func TestASlowLayerDoesNotHoldTheAnswer(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	c.putHere(t)
	tx, err := c.db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	if _, err := tx.Exec(t.Context(), "LOCK TABLE layer.buildings IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	found, failed := c.identify(t, "parcels,trees,buildings")
	if strings.Join(found, " ") != "trees parcels" || len(failed) != 1 || !strings.Contains(failed[0], "не ответил вовремя") {
		t.Errorf("identify = %v, failed %v, want the other layers, and buildings named as slow", found, failed)
	}
}

func TestSearchNamesTheLayerThatFails(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	c.awaitSearch(t)
	c.exec(t, "ALTER TABLE layer.buildings RENAME COLUMN address TO place")
	var address string
	if err := c.db.Pool.QueryRow(t.Context(), "SELECT place FROM layer.buildings WHERE place IS NOT NULL LIMIT 1").Scan(&address); err != nil {
		t.Fatal(err)
	}
	results, failed := c.search(t, address, "&limit=50&layers=buildings")
	if len(failed) != 1 || failed[0] != "buildings" || len(results) > 0 {
		t.Errorf("search for %q = %v, failed %v, want the layer named", address, results, failed)
	}
}
