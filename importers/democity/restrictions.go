package democity

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"kvartal/postgres"
)

// restriction is a zone with special conditions of land use.
type restriction struct {
	kind, name, object, rule string
	shape                    orb.MultiPolygon
}

// restrictionsSQL derives the zones from what they protect or protect from:
// water by its size (Water Code, article 65), cemeteries, and the networks that
// have just been written, street by street.
const restrictionsSQL = `
WITH area AS (SELECT ST_Buffer(ST_SetSRID(ST_MakePoint(@x, @y), @srid::int), @radius, 24) AS geom),
box AS (SELECT ST_Transform(geom, 3857) AS geom FROM area),
zone AS (
  SELECT 'water_protection' AS kind, 'Водоохранная зона водоёма' AS name, 'Водный объект' AS object,
         'Запрещены свалки, стоянка машин вне дорог и распашка у воды' AS rule, w.id AS ord, ST_Buffer(ST_Transform(w.geom, @srid::int), 50, 6) AS geom
  FROM layer.base_water_polygons w, box WHERE w.geom && box.geom AND ST_Area(w.geom) > 4000
  UNION ALL
  SELECT 'shore_belt', 'Прибрежная защитная полоса', 'Водный объект', 'Запрещены распашка земель и отвалы грунта', w.id, ST_Buffer(ST_Transform(w.geom, @srid::int), 20, 6)
  FROM layer.base_water_polygons w, box WHERE w.geom && box.geom AND ST_Area(w.geom) > 20000
  UNION ALL
  SELECT 'water_protection', 'Водоохранная зона водотока', 'Водоток', 'Запрещены свалки, стоянка машин вне дорог и распашка у воды', w.id,
         ST_Buffer(ST_Transform(w.geom, @srid::int), CASE w.kind WHEN 'river' THEN 100 ELSE 50 END, 6)
  FROM layer.base_water_lines w, box WHERE w.geom && box.geom AND w.kind IN ('river', 'stream')
  UNION ALL
  SELECT 'sanitary', 'Санитарно-защитная зона кладбища', 'Кладбище', 'Запрещены жильё, детские и лечебные учреждения', l.id, ST_Buffer(ST_Transform(l.geom, @srid::int), 50, 6)
  FROM layer.base_land l, box WHERE l.geom && box.geom AND l.kind IN ('cemetery', 'grave_yard')
  UNION ALL
  SELECT 'pipelines', 'Охранная зона газопровода', 'Газопровод ' || coalesce(note, ''), 'Земляные работы только по согласованию с газовой службой', min(id),
         ST_Buffer(ST_Union(geom ORDER BY id), 3, 3) FROM layer.gas WHERE kind = 'main' AND pressure IN ('high_2', 'high_1') GROUP BY note
  UNION ALL
  SELECT 'heat', 'Охранная зона тепловой сети', 'Теплосеть ' || coalesce(note, ''), 'Не ближе 3 м: постройки, деревья, склады', min(id),
         ST_Buffer(ST_Union(geom ORDER BY id), 3, 3) FROM layer.heat WHERE kind IN ('main', 'distribution') GROUP BY note
  UNION ALL
  SELECT 'power', 'Охранная зона линии ' || voltage || ' кВ', 'Линия ' || coalesce(note, ''), 'Строительство и посадки только по согласованию с сетевой организацией', min(id),
         ST_Buffer(ST_Union(geom ORDER BY id), CASE WHEN kind = 'cable' THEN 1 ELSE 10 END, 3) FROM layer.power WHERE voltage >= 10 GROUP BY note, voltage, kind
)
SELECT z.kind, z.name, z.object, z.rule, ST_AsBinary(ST_Multi(ST_MakeValid(z.geom)))
FROM zone z, area WHERE ST_Intersects(z.geom, area.geom) AND ST_Area(z.geom) > 1
ORDER BY z.kind, z.name, z.object, z.ord`

// readRestrictions reads the zones; the networks must have been written.
func (c *city) readRestrictions(ctx context.Context) (out []restriction, err error) {
	rows, err := c.pool.Query(ctx, restrictionsSQL, pgx.NamedArgs{"x": c.center[0], "y": c.center[1], "srid": int(c.srid), "radius": c.radius})
	if err != nil {
		return nil, postgres.Translate(err, "make the restriction zones")
	}
	var r restriction
	_, err = pgx.ForEachRow(rows, []any{&r.kind, &r.name, &r.object, &r.rule, wkb.Scanner(&r.shape)}, func() error {
		out = append(out, r)
		r.shape = nil
		return nil
	})
	return out, postgres.Translate(err, "make the restriction zones")
}

// restrictionRegister is the register of these zones.
func (c *city) restrictionRegister(zones []restriction) register {
	return register{"restriction_zones", func(yield func(row) bool) {
		for i, z := range zones {
			d := c.dice("restriction", int64(i))
			if !yield(row{z.shape, fields{
				"registry_number":  fmt.Sprintf("%s-6.%d", cadastralDistrict, i+1),
				"kind":             z.kind,
				"name":             z.name,
				"restrictions":     z.rule,
				"protected_object": truncate(z.object, 500),
				"document":         fmt.Sprintf("Решение об установлении зоны № %d (демо)", i+1),
				"established_on":   day(d.between(2015, 2025), d.between(1, 365)),
			}}) {
				return
			}
		}
	}}
}
