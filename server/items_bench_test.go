package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal/server"
)

// fillBuildings puts so many buildings of seven vertices into a grid over the city.
func (c testCity) fillBuildings(b testing.TB, n int) {
	b.Helper()
	if _, err := c.db.Pool.Exec(b.Context(), `SET statement_timeout = 0;
		INSERT INTO layer.buildings (inventory_number, cadastral_number, address, purpose, storeys, height, floor_area, built_in, condition, geom)
		SELECT 'I-' || n, '77:01:0001001:' || n, 'улица Ленина, ' || n, 'residential', 1 + n % 12, 3.1 * (1 + n % 12), 100.5 + n % 900, 1950 + n % 70, 'good',
		  ST_Multi(ST_Transform(ST_SetSRID(ST_MakePolygon(ST_MakeLine(ARRAY[
		    ST_MakePoint(x, y), ST_MakePoint(x + 2e-4, y), ST_MakePoint(x + 2e-4, y + 1e-4), ST_MakePoint(x + 1e-4, y + 1e-4),
		    ST_MakePoint(x + 1e-4, y + 2e-4), ST_MakePoint(x, y + 2e-4), ST_MakePoint(x, y)])), 4326), 32618))
		FROM (SELECT n, -75.6 + 3e-4 * (n % 100) AS x, 39.0 + 3e-4 * (n / 100) AS y FROM generate_series(1, `+strconv.Itoa(n)+`) AS n) AS place`); err != nil {
		b.Fatal(err)
	}
	if _, err := c.db.Pool.Exec(b.Context(), "ANALYZE layer.buildings"); err != nil {
		b.Fatal(err)
	}
}

// manyBuildings is how many lie in the layer of the benchmarks.
const manyBuildings = 20_000

// A window of about a thousand buildings.
const windowWest, windowSouth, windowEast, windowNorth = -75.59, 39.02, -75.5806, 39.0295

// BenchmarkItems answers a thousand buildings in a box as GeoJSON; its first
// part is the design of pg_featureserv as the baseline: one statement put together for
// each request, ST_AsGeoJSON for each row, joined by encoding/json.
func BenchmarkItems(b *testing.B) {
	c := openCity(b)
	c.fillBuildings(b, manyBuildings)
	b.Run("design=row_by_row", func(b *testing.B) {
		before := c.cpu(b)
		for b.Loop() {
			if n := c.rowByRow(b); n < 900 || n > 1100 {
				b.Fatalf("the box has %d buildings, want about 1000", n)
			}
		}
		c.reportCPU(b, before)
	})
	b.Run("design=ours", func(b *testing.B) {
		path := fmt.Sprintf("/ogc/collections/buildings/items?limit=10000&bbox=%v,%v,%v,%v", windowWest, windowSouth, windowEast, windowNorth)
		before := c.cpu(b)
		for b.Loop() {
			b.SetBytes(int64(c.drain(b, path)))
		}
		c.reportCPU(b, before)
	})
}

// reportCPU reports the processor time of an operation, ours and the database's:
// on a machine that others use too it is what can be compared.
func (c testCity) reportCPU(b *testing.B, before time.Duration) {
	b.Helper()
	b.ReportMetric(float64((c.cpu(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

// cpu is the processor time that this process and the database's sessions have used.
func (c testCity) cpu(b *testing.B) time.Duration {
	b.Helper()
	pids := []int{os.Getpid()}
	rows, err := c.db.Pool.Query(b.Context(), "SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
	if err != nil {
		b.Fatal(err)
	}
	more, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		b.Fatal(err)
	}
	const tick = 10 * time.Millisecond // of the kernel's accounts
	var all time.Duration
	for _, pid := range append(pids, more...) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // it has ended, or the system has no such accounts
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		for _, field := range fields[11:13] { // in user mode, in the kernel
			ticks, _ := strconv.Atoi(field)
			all += time.Duration(ticks) * tick
		}
	}
	return all
}

// drain asks for a path and returns the size of the answer.
func (c testCity) drain(b testing.TB, path string) int {
	b.Helper()
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		b.Fatalf("GET %s = %d %.300s", path, w.Code, w.Body)
	}
	return w.Body.Len()
}

type rowFeature struct {
	Type       string          `json:"type"`
	ID         string          `json:"id"`
	Geometry   json.RawMessage `json:"geometry"`
	Properties map[string]any  `json:"properties"`
}

// rowByRow answers as pg_featureserv is designed to.
func (c testCity) rowByRow(b testing.TB) int {
	b.Helper()
	columns := []string{"inventory_number", "cadastral_number", "address", "purpose", "storeys", "height", "floor_area", "built_in", "condition"}
	sql := `SELECT ST_AsGeoJSON(ST_Transform(geom, 4326)), id::text`
	for _, column := range columns {
		sql += ", to_jsonb(" + column + ")"
	}
	sql += fmt.Sprintf(` FROM layer.buildings WHERE ST_Intersects(geom, ST_Transform(ST_MakeEnvelope(%v, %v, %v, %v, 4326), 32618)) LIMIT 10000`,
		windowWest, windowSouth, windowEast, windowNorth)
	rows, err := c.db.Pool.Query(b.Context(), sql, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		b.Fatal(err)
	}
	var features []rowFeature
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			b.Fatal(err)
		}
		f := rowFeature{Type: "Feature", Geometry: json.RawMessage(values[0].(string)), ID: values[1].(string), Properties: map[string]any{}}
		for i, column := range columns {
			f.Properties[column] = values[2+i]
		}
		features = append(features, f)
	}
	if rows.Err() != nil {
		b.Fatal(rows.Err())
	}
	var out bytes.Buffer
	if err := json.NewEncoder(&out).Encode(map[string]any{"type": "FeatureCollection", "numberReturned": len(features), "features": features}); err != nil {
		b.Fatal(err)
	}
	return len(features)
}

// BenchmarkPages reads the first page and one far back.
func BenchmarkPages(b *testing.B) {
	c := openCity(b)
	c.fillBuildings(b, manyBuildings)
	for name, query := range map[string]string{
		"page=1": "limit=2", "page=10000": "limit=2&next=19998",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				c.drain(b, "/ogc/collections/buildings/items?f=csv&"+query)
			}
		})
	}
}

// BenchmarkFilterBudget answers filtered requests with and without a look at what
// the filter costs: the first needs no question to the database, the second one.
func BenchmarkFilterBudget(b *testing.B) {
	for _, budget := range []time.Duration{0, 10 * time.Second} {
		c := openCity(b, func(config *server.Config) { config.FilterBudget = budget })
		c.fillBuildings(b, manyBuildings)
		box := fmt.Sprintf("S_INTERSECTS(geometry, BBOX(%v, %v, %v, %v))", windowWest, windowSouth, windowEast, windowNorth)
		for name, filter := range map[string]string{"plain": box, "dear": box + " AND (area(geometry) > 0 OR length(geometry) > 0)"} {
			b.Run(fmt.Sprintf("filter=%s/budget=%v", name, budget), func(b *testing.B) {
				before := c.cpu(b)
				for b.Loop() {
					c.drain(b, "/ogc/collections/buildings/items?limit=100&filter="+url.QueryEscape(filter))
				}
				c.reportCPU(b, before)
			})
		}
	}
}
