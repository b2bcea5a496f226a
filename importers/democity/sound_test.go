package democity_test

import (
	"context"
	"fmt"
	"maps"

	"github.com/jackc/pgx/v5"
)

// utility says how pipes of a layer end.
type utility struct {
	nodes   string
	sources string // SQL condition for the nodes that feed the network
}

func utilities() map[string]utility {
	return map[string]utility{
		"water":               {"water_nodes", "kind IN ('intake', 'pump_station')"},
		"sewer":               {"sewer_nodes", "kind = 'treatment'"},
		"gas":                 {"gas_nodes", "kind = 'city_gate'"},
		"heat":                {"heat_nodes", "kind = 'source'"},
		"power":               {"power_nodes", "kind = 'substation'"},
		"street_light_cables": {"street_lights", "kind = 'cabinet'"},
	}
}

// soundness are queries that find what must not be, by what must be. Half a
// square centimetre is what the rounding of coordinates may come to.
func soundness() map[string]string {
	const none = "5e-5"
	apart := func(layer string) string {
		return fmt.Sprintf(`SELECT a.id, b.id AS other, ST_Area(ST_Intersection(a.geom, b.geom)) AS area FROM layer.%[1]s a JOIN layer.%[1]s b
			ON a.id < b.id AND a.geom && b.geom AND ST_Intersects(a.geom, b.geom) WHERE ST_Area(ST_Intersection(a.geom, b.geom)) > %[2]s`, layer, none)
	}
	within := func(inner, outer string) string {
		return fmt.Sprintf(`SELECT i.id FROM layer.%s i WHERE NOT EXISTS
			(SELECT FROM layer.%s o WHERE o.geom && i.geom AND ST_Area(ST_Difference(i.geom, o.geom)) < %s)`, inner, outer, none)
	}
	queries := map[string]string{
		"parcels do not overlap":           apart("parcels"),
		"zones do not overlap":             apart("zones"),
		"burials do not overlap":           apart("burials"),
		"parcels lie within blocks":        within("parcels", "zones"),
		"buildings lie within a parcel":    within("buildings", "parcels"),
		"sites are parcels":                `SELECT s.site_number FROM layer.investment_sites s LEFT JOIN layer.parcels p USING (cadastral_number) WHERE p.geom IS NULL OR NOT ST_Equals(p.geom, s.geom)`,
		"contracts are of parcels":         `SELECT contract_number FROM layer.contracts c WHERE NOT EXISTS (SELECT FROM layer.parcels p WHERE p.cadastral_number = c.cadastral_number)`,
		"payments are of contracts":        `SELECT payment_number FROM layer.payments p WHERE NOT EXISTS (SELECT FROM layer.contracts c WHERE c.contract_number = p.contract_number)`,
		"debts are charges less payments":  `SELECT contract_number FROM layer.contracts WHERE debt <> charged - paid OR debt < 0`,
		"contracts add up their payments":  sumsSQL,
		"contracts end after they start":   `SELECT contract_number FROM layer.contracts WHERE ends_on <= starts_on OR (status = 'in_force' AND ends_on < balance_on) OR (status = 'expired' AND ends_on >= balance_on)`,
		"nobody pays before the contract":  `SELECT payment_number FROM layer.payments p JOIN layer.contracts c USING (contract_number) WHERE p.booked_on < c.signed_on - 30 OR p.booked_on > c.balance_on`,
		"addresses are near their street":  `SELECT a.register_number FROM layer.addresses a WHERE register_number NOT LIKE 'АДР-OSM-%' AND NOT EXISTS (SELECT FROM layer.base_street_labels s WHERE s.name = a.street AND ST_DWithin(s.geom, ST_Transform(a.geom, 3857), 240))`,
		"addresses are given once":         `SELECT address FROM layer.addresses WHERE register_number NOT LIKE 'АДР-OSM-%' GROUP BY address HAVING count(*) > 1`,
		"addresses lie in their building":  `SELECT a.register_number FROM layer.addresses a JOIN layer.buildings b ON b.cadastral_number = a.object_number WHERE NOT ST_DWithin(a.geom, b.geom, 20)`,
		"unsafe houses are buildings":      `SELECT e.register_number FROM layer.emergency_houses e LEFT JOIN layer.buildings b ON b.cadastral_number = e.building_number WHERE b.condition IS DISTINCT FROM 'emergency' OR b.purpose <> 'residential'`,
		"burials lie in cemeteries":        `SELECT b.id FROM layer.burials b WHERE NOT EXISTS (SELECT FROM layer.base_land l WHERE l.kind IN ('cemetery', 'grave_yard') AND ST_Contains(ST_Buffer(l.geom, 0.01), ST_Transform(b.geom, 3857)))`,
		"the dead were born before":        `SELECT id FROM layer.burials WHERE born_on >= died_on OR died_on > buried_on`,
		"finished works have ended":        `SELECT id FROM layer.road_works WHERE (status = 'finished') <> (finished_on IS NOT NULL) OR ends_on < starts_on`,
		"real buildings keep their shape":  `SELECT count(*) FROM layer.buildings b WHERE EXISTS (SELECT FROM layer.base_buildings r WHERE ST_DWithin(r.geom, ST_Transform(b.geom, 3857), 0) AND ST_HausdorffDistance(r.geom, ST_Transform(b.geom, 3857)) < 0.01) HAVING count(*) = 0 AND (SELECT count(*) FROM layer.buildings) > 200`,
		"districts name what lies in them": `SELECT a.register_number FROM layer.addresses a LEFT JOIN layer.districts d ON d.name = a.district AND ST_Intersects(d.geom, a.geom) WHERE d.id IS NULL AND a.district IS NOT NULL`,
	}
	queries["house numbers run along their street"] = numbersSQL
	maps.Copy(queries, endsSQL())
	return queries
}

const sumsSQL = `
SELECT contract_number FROM layer.contracts c LEFT JOIN (
  SELECT contract_number, sum(amount) FILTER (WHERE kind = 'charge') AS charged, sum(amount) FILTER (WHERE kind = 'receipt') AS paid,
         sum(amount) FILTER (WHERE kind = 'penalty_charge') AS penalty
  FROM layer.payments GROUP BY contract_number) p USING (contract_number)
WHERE c.charged <> coalesce(p.charged, 0) OR c.paid <> coalesce(p.paid, 0) OR c.penalty <> coalesce(p.penalty, 0)`

// numbersSQL looks for the next house on the same side: nearly all have it near.
const numbersSQL = `
SELECT count(*) AS houses, count(*) FILTER (WHERE near) AS with_neighbour FROM (
  SELECT ST_DWithin(a.geom, b.geom, 400) AS near FROM
    (SELECT street, split_part(address, ',', 1) AS place, substring(house_number FROM '^[0-9]+')::int AS n, geom FROM layer.addresses WHERE register_number NOT LIKE 'АДР-OSM-%') a
    JOIN (SELECT street, split_part(address, ',', 1) AS place, substring(house_number FROM '^[0-9]+')::int AS n, geom FROM layer.addresses WHERE register_number NOT LIKE 'АДР-OSM-%') b
    ON a.street = b.street AND a.place = b.place AND b.n = a.n + 2) AS pairs
HAVING count(*) FILTER (WHERE NOT near) > 0.1 * count(*)`

// endsSQL finds pipes that do not end in a node exactly.
func endsSQL() map[string]string {
	out := map[string]string{}
	for pipes, u := range utilities() {
		out[pipes+" end in nodes"] = fmt.Sprintf(`SELECT p.id FROM layer.%[1]s p
			WHERE NOT EXISTS (SELECT FROM layer.%[2]s n WHERE n.geom = ST_StartPoint(p.geom))
			   OR NOT EXISTS (SELECT FROM layer.%[2]s n WHERE n.geom = ST_EndPoint(p.geom))`, pipes, u.nodes)
		out[u.nodes+" are nodes of something"] = fmt.Sprintf(`SELECT n.id FROM layer.%[2]s n
			WHERE NOT EXISTS (SELECT FROM layer.%[1]s p WHERE p.geom && n.geom AND (ST_StartPoint(p.geom) = n.geom OR ST_EndPoint(p.geom) = n.geom))
			AND EXISTS (SELECT FROM layer.%[1]s)`, pipes, u.nodes)
	}
	return out
}

// connected returns an error if a pipe hangs together with no source.
func (w town) connected(ctx context.Context, pipes string, u utility) error {
	parent := map[string]string{}
	var find func(string) string
	find = func(p string) string {
		if up, ok := parent[p]; ok && up != p {
			parent[p] = find(up)
			return parent[p]
		}
		return p
	}
	place := func(point string) string { return "encode(ST_AsEWKB(" + point + "), 'hex')" }
	var ends [][2]string
	rows, err := w.db.Pool.Query(ctx, fmt.Sprintf("SELECT %s, %s FROM layer.%s", place("ST_StartPoint(geom)"), place("ST_EndPoint(geom)"), pipes))
	if err != nil {
		return err
	}
	var a, b string
	if _, err := pgx.ForEachRow(rows, []any{&a, &b}, func() error {
		parent[find(a)] = find(b)
		ends = append(ends, [2]string{a, b})
		return nil
	}); err != nil {
		return err
	}
	fed := map[string]bool{}
	rows, err = w.db.Pool.Query(ctx, fmt.Sprintf("SELECT %s FROM layer.%s WHERE %s", place("geom"), u.nodes, u.sources))
	if err != nil {
		return err
	}
	if _, err := pgx.ForEachRow(rows, []any{&a}, func() error {
		fed[find(a)] = true
		return nil
	}); err != nil {
		return err
	}
	for _, e := range ends {
		if !fed[find(e[0])] {
			return fmt.Errorf("%s: the pipe at %s hangs together with no source", pipes, e[0])
		}
	}
	return nil
}
