package index

import (
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/layers"
	"kvartal/live"
)

// deviceRow is a row of the register of devices as it is scanned. Hundreds of
// thousands are read while people wait, so nothing is kept twice and what is not
// kept is not allocated.
type deviceRow struct {
	id                int64
	name, class, kind pgtype.DriverBytes
	interval          pgtype.Int8
	lon, lat          pgtype.Float8
	wanted            []cell
	texts             texts
}

func newDeviceRow(w wanted) *deviceRow {
	r := &deviceRow{texts: newTexts()}
	for _, f := range w.fields {
		r.wanted = append(r.wanted, cell{wantedField: f})
	}
	return r
}

// columns are what is scanned, as a list of SQL.
func (r *deviceRow) columns() string {
	names := []string{"id", "device", "class", "profile", "interval", "lon", "lat"}
	for _, c := range r.wanted {
		names = append(names, pgx.Identifier{c.name}.Sanitize())
	}
	return strings.Join(names, ", ")
}

func (r *deviceRow) targets() []any {
	targets := []any{&r.id, &r.name, &r.class, &r.kind, &r.interval, &r.lon, &r.lat}
	for i := range r.wanted {
		targets = append(targets, r.wanted[i].target())
	}
	return targets
}

// device is what the row says.
func (r *deviceRow) device(profiles map[string]*profile) *Device {
	var values []any
	if len(r.wanted) > 0 {
		values = make([]any, len(r.wanted))
	}
	for i := range r.wanted {
		values[i] = r.wanted[i].value(r.texts)
	}
	d := &Device{
		ID: kvartal.FeatureID(r.id), Name: live.DeviceID(r.texts.same(r.name)), Class: r.texts.same(r.class),
		Interval: time.Duration(r.interval.Int64) * time.Second, profile: profiles[string(r.kind)], values: values,
	}
	if r.lon.Valid && r.lat.Valid {
		d.Home = &orb.Point{r.lon.Float64, r.lat.Float64}
	}
	return d
}

// cell is a column of a row, whose type is that of its field.
type cell struct {
	wantedField

	text    pgtype.DriverBytes
	boolean pgtype.Bool
	integer pgtype.Int8
	number  pgtype.Float8
	at      pgtype.Timestamptz
}

func (c *cell) target() any {
	switch c.typ {
	case layers.TypeText:
		return &c.text
	case layers.TypeBoolean:
		return &c.boolean
	case layers.TypeInteger:
		return &c.integer
	case layers.TypeTimestamp:
		return &c.at
	case layers.TypeNumber, layers.TypeDecimal, layers.TypeDate: // of which live layers take the first
	}
	return &c.number
}

// value is what the column has, as Device.values keep it.
func (c *cell) value(t texts) any {
	switch {
	case c.typ == layers.TypeText && c.text != nil:
		return t.of(c.text)
	case c.boolean.Valid:
		return c.boolean.Bool
	case c.integer.Valid:
		return c.integer.Int64
	case c.number.Valid:
		return c.number.Float64
	case c.at.Valid:
		return c.at.Time.UnixMicro()
	}
	return nil
}
