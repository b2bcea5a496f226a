package layers

import (
	"fmt"
	"strings"
	"time"

	"kvartal"
)

// The registers that live layers are made of.
const (
	DevicesLayer      kvartal.LayerID = "devices"
	DeviceInputsLayer kvartal.LayerID = "device_inputs"
)

// liveSQL is the query that gives the features of a live layer as they were at a
// moment, an SQL expression; "" stands for now. Beside id, geom and the fields it
// has valid_from: when the object told what it shows.
//
// p is the newest fix that says where the object was, u the newest that does
// not; what is of the newest fix at all is of the later of the two.
func liveSQL(d *Definition, moment string) string {
	p := "LEFT JOIN live.latest AS p ON p.device = r.device AND p.placed"
	u := "LEFT JOIN live.latest AS u ON u.device = r.device AND NOT u.placed"
	if moment != "" {
		p = "LEFT JOIN LATERAL live.placed_at(r.device, " + moment + ") AS p ON true"
		u = "LEFT JOIN LATERAL live.unplaced_at(r.device, " + moment + ", p.at, p.hash) AS u ON true"
	} else {
		moment = "now()"
	}
	const geom = `CASE WHEN p.device IS NOT NULL THEN ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326)
		ELSE ST_SetSRID(ST_MakePoint(r.lon, r.lat), 4326) END::geometry(Point,4326)`
	columns := []string{"r.id", geom + " AS geom", newest("at") + " AS valid_from"}
	for _, f := range d.Fields {
		columns = append(columns, d.Live.valueSQL(f, moment)+" AS "+quote(f.Name))
	}
	return "SELECT " + strings.Join(columns, ",\n  ") + "\nFROM layer.devices AS r\n" + p + "\n" + u +
		"\nWHERE r.class IN (" + d.Live.classesSQL() + ")"
}

func (l *Live) classesSQL() string {
	classes := make([]string, len(l.Classes))
	for i, c := range l.Classes {
		classes[i] = literal(c)
	}
	return strings.Join(classes, ", ")
}

// newest is a column of the newest fix.
func newest(column string) string {
	return "CASE WHEN coalesce((u.at, u.hash) > (p.at, p.hash), p.device IS NULL) THEN u." + column + " ELSE p." + column + " END"
}

// valueSQL is the value of a field, in its type.
func (l *Live) valueSQL(f Field, moment string) string {
	source, name, _ := strings.Cut(f.From, ".")
	switch source {
	case "register":
		return "r." + quote(name)
	case "reading":
		return readingSQL(f, name)
	case "device":
		return "r.device"
	case "state":
		return l.stateSQL(moment)
	case "clock":
		return "(ARRAY['right', 'timeless', 'ahead', 'rolled over'])[1 + " + newest("mark") + "]"
	case "late":
		return "(" + newest("flags") + ") & 1 = 1"
	case "at", "received":
		return newest(source)
	case "odometer":
		return f.fitted(newest(source))
	}
	return f.fitted("p." + source) // speed, course, altitude, satellites: as the geometry
}

// stateSQL is live.Presence at a moment.
func (l *Live) stateSQL(moment string) string {
	slow := fmt.Sprintf("3 * coalesce(r.interval, %d)", whole(l.Interval))
	stale := fmt.Sprintf("greatest(%d, %s)", whole(l.Stale), slow)
	lost := fmt.Sprintf("greatest(%d, %s)", whole(l.Lost), stale)
	younger := func(seconds string) string {
		return fmt.Sprintf("%s - (%s) < (%s) * interval '1 second'", moment, newest("at"), seconds)
	}
	return "CASE WHEN " + younger(slow) + " THEN 'online' WHEN " + younger(stale) + " THEN 'late' WHEN " + younger(lost) + " THEN 'stale' ELSE 'lost' END"
}

func whole(d time.Duration) int64 { return int64(d / time.Second) }

// readingSQL is what device_inputs makes of the newest fix's last input of the
// name that a reading has in the profile of the device. Devices may tell any
// number: what arithmetic could not hold is no reading.
func readingSQL(f Field, reading string) string {
	value := "e.told"
	switch f.Type {
	case TypeText:
	case TypeBoolean:
		value = "y.value <> 0"
	default:
		value = f.fitted("y.value")
	}
	return fmt.Sprintf(`(SELECT %s FROM layer.device_inputs AS i
    CROSS JOIN LATERAL (SELECT (t.input ->> 'value')::float8 AS value, nullif(t.input ->> 'text', '') AS told
      FROM jsonb_array_elements(%s) WITH ORDINALITY AS t (input, place) WHERE t.input ->> 'name' = i.input ORDER BY t.place LIMIT 1) AS e
    CROSS JOIN LATERAL (SELECT CASE WHEN e.told IS NOT NULL THEN NULL WHEN i.bit IS NULL THEN e.value
      WHEN i.bit BETWEEN 0 AND 52 AND e.value >= 0 AND e.value < 9007199254740992 THEN ((trunc(e.value)::bigint >> i.bit::integer) & 1)::float8 ELSE 0 END AS value) AS b
    CROSS JOIN LATERAL (SELECT CASE WHEN (b.value = 0 OR abs(b.value) BETWEEN 1e-150 AND 1e150) AND (i.factor IS NULL OR i.factor = 0 OR abs(i.factor) BETWEEN 1e-150 AND 1e150)
      AND abs(coalesce(i."offset", 0)) <= 1e300 THEN b.value * coalesce(i.factor, 1) + coalesce(i."offset", 0) END AS value) AS x
    CROSS JOIN LATERAL (SELECT CASE WHEN i.above IS NULL THEN x.value ELSE (x.value > i.above)::integer END AS value) AS c
    CROSS JOIN LATERAL (SELECT CASE WHEN i.inverted THEN (c.value = 0)::integer ELSE c.value END AS value) AS y
    WHERE i.profile = r.profile AND i.reading = %s)`, value, newest("inputs"), literal(reading))
}

// fitted is a number in the type of the field; one too large for it is none.
func (f Field) fitted(number string) string {
	if f.Type != TypeInteger {
		return number
	}
	const beyond = "9223372036854775808"
	return "CASE WHEN " + number + " >= -" + beyond + " AND " + number + " < " + beyond + " THEN round(" + number + ")::bigint END"
}
