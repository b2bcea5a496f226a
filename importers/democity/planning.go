package democity

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/planar"

	"kvartal/importers/democity/plane"
)

// district is a part of the city, made of whole faces between streets.
type district struct {
	name  string
	shape orb.MultiPolygon
}

// districtDistance is how far the middles of districts are apart at least, in
// metres.
const districtDistance = 1500

// readDistricts parts the area among the places of the base map: each face
// between streets goes to the nearest, and what then lies apart from the bulk of
// its district to the neighbour with the longest common border.
func (c *city) readDistricts(ctx context.Context, tx pgx.Tx, b *base) error {
	names, xs, ys := c.districtSeeds(b)
	rows, err := tx.Query(ctx, `
		WITH part AS (
		  SELECT n, (ST_Dump(ST_Union(geom ORDER BY ST_XMin(geom), ST_YMin(geom), ST_Area(geom)))).geom FROM (
		    SELECT f.geom, (SELECT n FROM unnest($1::float8[], $2::float8[]) WITH ORDINALITY AS seed (x, y, n)
		                    ORDER BY (x - ST_X(p.geom))^2 + (y - ST_Y(p.geom))^2, n LIMIT 1) AS n
		    FROM demo_face f, LATERAL (SELECT ST_PointOnSurface(f.geom) AS geom) p) AS of_seed
		  GROUP BY n),
		ranked AS (
		  SELECT *, row_number() OVER (PARTITION BY n ORDER BY ST_Area(geom) DESC, ST_XMin(geom), ST_YMin(geom)) AS rank FROM part)
		SELECT n, ST_AsBinary(ST_Multi(ST_Union(geom ORDER BY ST_XMin(geom), ST_YMin(geom), ST_Area(geom)))) FROM (
		  SELECT geom, CASE WHEN rank = 1 THEN n ELSE coalesce((
		    SELECT m.n FROM ranked m WHERE m.rank = 1 AND m.geom && r.geom AND ST_Intersects(m.geom, r.geom)
		    ORDER BY ST_Length(ST_CollectionExtract(ST_Intersection(m.geom, ST_Boundary(r.geom)), 2)) DESC, m.n LIMIT 1), n) END AS n
		  FROM ranked r) AS joined
		GROUP BY n ORDER BY n`, xs, ys)
	if err != nil {
		return err
	}
	var n int
	var d district
	_, err = pgx.ForEachRow(rows, []any{&n, wkb.Scanner(&d.shape)}, func() error {
		d.name = names[n-1]
		b.districts = append(b.districts, d)
		d.shape = nil
		return nil
	})
	return err
}

// districtSeeds returns names and middles of the districts, the centre first.
func (c *city) districtSeeds(b *base) (names []string, xs, ys []float64) {
	names, xs, ys = []string{"Центральный"}, []float64{c.center[0]}, []float64{c.center[1]}
	for _, p := range b.places {
		far := true
		for i := range xs {
			far = far && plane.Distance(p.at, orb.Point{xs[i], ys[i]}) >= districtDistance
		}
		if far && len(xs) < 500 {
			names, xs, ys = append(names, p.name), append(xs, p.at[0]), append(ys, p.at[1])
		}
	}
	return names, xs, ys
}

// districtAt returns the name of the district of a place, or "".
func (c *city) districtAt(p orb.Point) string {
	for _, i := range c.districtIndex.Near(p.Bound()) {
		if d := c.base.districts[i]; d.shape.Bound().Contains(p) && planar.MultiPolygonContains(d.shape, p) {
			return d.name
		}
	}
	return ""
}

// districtOf returns the name of the district of a parcel, which is that of its
// block: districts are made of whole blocks.
func (c *city) districtOf(parcel int) string { return c.base.blocks[c.parcels[parcel].block].district }

func (c *city) districtRows(yield func(row) bool) {
	residents := map[string]int{}
	for _, a := range c.addresses {
		if a.building >= 0 {
			residents[c.districtOf(a.parcel)] += c.residents(a.building)
		}
	}
	for i, d := range c.base.districts {
		if !yield(row{d.shape, fields{
			"code":           fmt.Sprintf("Р-%02d", i+1),
			"name":           d.name,
			"name_en":        d.name,
			"kind":           "neighbourhood",
			"population":     residents[d.name],
			"population_on":  day(2026, 1),
			"area":           round(planar.Area(d.shape)/1e6, 3),
			"administration": fmt.Sprintf("Территориальное управление № %d (демо)", i+1),
		}}) {
			return
		}
	}
}

// residents guesses how many people live in a building.
func (c *city) residents(i int) int {
	b := c.buildings[i]
	switch b.purpose {
	case "house":
		return c.dice("residents", int64(i)).between(1, 5)
	case "residential":
		return int(b.area * float64(b.storeys) * 0.7 / 28)
	}
	return 0
}

// zone is the regulation of a kind of zone.
type zone struct {
	index, name, permitted string
	storeys                int
	height, coverage       float64
	smallest, largest      float64 // parcels, square metres
	setback                float64
}

func zoneKinds() map[string]zone {
	return map[string]zone{
		"residential_house": {"Ж-1", "Зона застройки индивидуальными жилыми домами", "Для индивидуального жилищного строительства (2.1); коммунальное обслуживание (3.1)", 3, 12, 40, 400, 2500, 3},
		"residential_low":   {"Ж-2", "Зона застройки малоэтажными жилыми домами", "Малоэтажная многоквартирная жилая застройка (2.1.1)", 4, 16, 40, 800, 5000, 3},
		"residential_mid":   {"Ж-3", "Зона застройки среднеэтажными жилыми домами", "Среднеэтажная жилая застройка (2.5)", 8, 28, 40, 1500, 20000, 3},
		"business":          {"О-1", "Общественно-деловая зона", "Деловое управление (4.1); магазины (4.4); общественное питание (4.6)", 9, 35, 60, 300, 50000, 1},
		"social":            {"О-2", "Зона размещения социальных объектов", "Образование и просвещение (3.5); здравоохранение (3.4)", 5, 22, 50, 1000, 100000, 3},
		"industrial":        {"П-1", "Производственная и коммунально-складская зона", "Производственная деятельность (6.0); склад (6.9)", 5, 30, 70, 1000, 500000, 3},
		"transport":         {"Т-1", "Зона транспортной инфраструктуры", "Транспорт (7.0)", 3, 15, 60, 300, 500000, 1},
		"recreation":        {"Р-1", "Зона рекреационного назначения", "Отдых (рекреация) (5.0)", 2, 10, 10, 1000, 1000000, 3},
		"special":           {"С-1", "Зона специального назначения (кладбища)", "Ритуальная деятельность (12.1)", 1, 8, 10, 1000, 400000, 3},
		"agriculture":       {"Сх-1", "Зона сельскохозяйственного использования", "Сельскохозяйственное использование (1.0)", 2, 10, 10, 1000, 5000000, 3},
	}
}

// zoneBlocks gives each block its land use: that of most of its parcels, or of
// the ground where it has none.
func (c *city) zoneBlocks() {
	areas := make([]map[use]float64, len(c.base.blocks))
	for _, p := range c.parcels {
		if areas[p.block] == nil {
			areas[p.block] = map[use]float64{}
		}
		areas[p.block][p.use] += p.shape.Area()
	}
	for i := range c.base.blocks {
		b := &c.base.blocks[i]
		b.kind, b.district = c.zoneKind(*b, areas[i]), c.districtAt(b.inner)
	}
}

func (c *city) zoneKind(b block, areas map[use]float64) string {
	kinds := map[use]string{
		houseUse: "residential_house", apartmentUse: "residential_low", tradeUse: "business",
		publicUse: "social", industrialUse: "industrial",
	}
	most, kind, sum := 0.0, "", 0.0
	for _, u := range []use{houseUse, apartmentUse, tradeUse, publicUse, industrialUse} {
		sum += areas[u]
		if areas[u] > most {
			most, kind = areas[u], kinds[u]
		}
	}
	area := planar.Area(b.shape)
	if sum > 0.15*area {
		return kind
	}
	switch c.siteAt(b.inner) {
	case "cemetery", "grave_yard":
		return "special"
	case "school", "university", "college", "hospital":
		return "social"
	case "industrial", "landfill":
		return "industrial"
	case "parking", "railway":
		return "transport"
	case "retail", "commercial":
		return "business"
	case "":
		if area > 250000 {
			return "agriculture"
		}
		if kind != "" {
			return kind
		}
		if area < 4000 {
			return "transport"
		}
	}
	return "recreation"
}

func (c *city) zoneRows(yield func(row) bool) {
	kinds := zoneKinds()
	for i, b := range c.base.blocks {
		z := kinds[b.kind]
		if !yield(row{b.shape, fields{
			"registry_number": fmt.Sprintf("%s-7.%d", cadastralDistrict, i+1),
			"index":           z.index,
			"kind":            b.kind,
			"name":            z.name,
			"storeys_max":     z.storeys,
			"height_max":      z.height,
			"coverage_max":    z.coverage,
			"parcel_min":      z.smallest,
			"parcel_max":      z.largest,
			"setback_min":     z.setback,
			"permitted_use":   z.permitted,
			"document":        "Правила землепользования и застройки (демо)",
			"approved_on":     day(2024, 60),
		}}) {
			return
		}
	}
}

// redLineRows are the edges of the blocks.
func (c *city) redLineRows(yield func(row) bool) {
	n := 0
	for i, b := range c.base.blocks {
		d := c.dice("red line", int64(i))
		kind := pick(d, "existing", "existing", "existing", "existing", "existing", "established", "cancelled")
		for _, ring := range b.shape {
			n++
			if !yield(row{orb.LineString(ring), fields{
				"number":      fmt.Sprintf("КЛ-%05d", n),
				"kind":        kind,
				"document":    fmt.Sprintf("Проект планировки территории № %d (демо)", i/12+1),
				"approved_on": day(d.between(2010, 2025), d.between(1, 365)),
			}}) {
				return
			}
		}
	}
}
