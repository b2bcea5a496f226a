package server_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	table := c.document(t, "/table/buildings?sortby=-storeys,address&columns=address,storeys&limit=2&lang=ru")
	columns, _ := table["columns"].([]any)
	rows, _ := table["rows"].([]any)
	if len(columns) != 2 || columns[0] != "address" || len(rows) != 2 {
		t.Fatalf("table = %v, want two rows of address and storeys", table)
	}
	first, _ := rows[0].([]any)
	if len(first) != 3 {
		t.Fatalf("row = %v, want id, address, storeys", first)
	}
	id := first[0].(float64)
	position := c.document(t, "/table/buildings/position?sortby=-storeys,address&id="+strconv.Itoa(int(id)))
	if position["offset"] != 0.0 {
		t.Errorf("position of the first row = %v, want 0", position)
	}
	some := c.document(t, "/table/buildings?columns=address&ids="+strconv.Itoa(int(id))+",4711")
	if rows, _ := some["rows"].([]any); some["total"] != 1.0 || len(rows) != 1 {
		t.Errorf("table of one id = %v, want its row", some)
	}
	filtered := c.document(t, "/table/buildings?filter="+url.QueryEscape("storeys > 1000"))
	if filtered["total"] != 0.0 {
		t.Errorf("table of nothing = %v, want total 0", filtered)
	}
	away := c.document(t, "/table/buildings?bbox=10,10,11,11")
	if rows, _ := away["rows"].([]any); away["total"] != 0.0 || rows == nil {
		t.Errorf("table of nowhere = %v, want an empty list of rows", away)
	}
}

func TestTableMistakes(t *testing.T) {
	t.Parallel()
	c := openSampledCity(t)
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/table/shrubs":                                         {404, "shrubs"},
		"/table/contracts":                                      {404, "contracts"},
		"/table/contracts/position?id=1":                        {404, "contracts"},
		"/table/parcels?sortby=holder":                          {400, "holder"},
		"/table/parcels?columns=holder":                         {400, "holder"},
		"/table/parcels?columns=area,area":                      {400, "twice"},
		"/table/parcels?filter=holder%20IS%20NULL":              {400, "holder"},
		"/table/parcels?filter=area%20%3E":                      {400, "filter"},
		"/table/parcels?sortby=--area":                          {400, "sortby"},
		"/table/parcels?limit=501":                              {400, "1 to 500"},
		"/table/parcels?offset=-1":                              {400, "offset"},
		"/table/parcels?page=2":                                 {400, "there is no parameter"},
		"/table/parcels?bbox=1,2,3":                             {400, "bbox"},
		"/table/parcels?ids=1,x":                                {400, "ids"},
		"/table/parcels?ids=" + strings.Repeat("1,", 600) + "1": {400, "up to 500"},
		"/table/parcels/position":                               {400, "id"},
		"/table/parcels/position?id=4711":                       {404, "4711"},
		"/table/parcels/position?id=1&offset=3":                 {400, "there is no parameter"},
	} {
		r := c.get(t, path)
		if text := body(t, r); r.StatusCode != want.status || !strings.Contains(text, want.says) {
			t.Errorf("GET %.60s = %d %s, want %d with %q", path, r.StatusCode, text, want.status, want.says)
		}
	}
	if r := c.get(t, "/table/parcels?offset=1000"); r.StatusCode != http.StatusOK {
		t.Errorf("a table beyond its end = %d, want an empty part", r.StatusCode)
	}
}

// Tables are kept by what is asked for: other numbers are another table.
func TestTablesAreToldApartByLargeNumbers(t *testing.T) {
	t.Parallel()
	c := openLeakCity(t)
	total := func(least int) (n struct{ Total int }) {
		decode(t, want(t, c.get(t, fmt.Sprintf("/table/poles?filter=poles_sum%%3E%d", least)), http.StatusOK), &n)
		return n
	}
	if all, none := total(7_000_000).Total, total(9_000_000).Total; all == 0 || none != 0 {
		t.Errorf("rows above 7000000, above 9000000 = %d, %d, want some and none", all, none)
	}
}
