// Package recorded reads what devices told as the database keeps it: the fixes
// of a device over a period, a thinned playback of many, devices that no register
// has. It packs days that are over.
package recorded

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal/live"
)

// Querier is a pool, a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// DB is a pool or a connection.
type DB interface {
	Querier
	BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error)
}

// Columns are what of a row a moment is made of.
const Columns = `device, hash, told, received, source, lon, lat, altitude, speed, course, hdop, satellites, odometer, flags, inputs`

// Each calls take with the moment of each row that a query for Columns returns. An error of
// take ends it.
func Each(ctx context.Context, db Querier, sql string, args []any, take func(live.Moment) error) error {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	r := row{words: words{}}
	_, err = pgx.ForEachRow(rows, r.targets(), func() error {
		f, err := r.fix()
		if err != nil {
			return err
		}
		return take(live.RecordedMoment(f, live.HashOf(r.hash)))
	})
	return err
}

// row is Columns as they are scanned.
type row struct {
	device, source string
	hash           int64
	told           *time.Time
	received       time.Time
	numbers        [8]*float64
	flags          int16
	inputs         []byte
	words          words
}

// words are texts that many fixes have: the names of protocols and readings.
type words map[string]string

// mostWords bounds them: devices may invent names.
const mostWords = 1000

// same returns s, in memory that it shares with others.
func (w words) same(s string) string {
	if known, ok := w[s]; ok {
		return known
	}
	if len(w) < mostWords {
		w[s] = s
	}
	return s
}

func (r *row) targets() []any {
	targets := []any{&r.device, &r.hash, &r.told, &r.received, &r.source}
	for i := range r.numbers {
		targets = append(targets, &r.numbers[i])
	}
	return append(targets, &r.flags, &r.inputs)
}

func (r *row) fix() (live.Fix, error) {
	f := live.Fix{Device: live.DeviceID(r.device), Source: r.words.same(r.source), Received: r.received.UTC(), Flags: live.Flags(r.flags)} //nolint:gosec // four bits
	if r.told != nil {
		f.Time = r.told.UTC()
	}
	if r.numbers[0] != nil && r.numbers[1] != nil {
		f.Point[0], f.Point[1] = *r.numbers[0], *r.numbers[1]
	} else {
		f.Flags |= live.NoPosition
	}
	for i, n := range []*live.Number{&f.Altitude, &f.Speed, &f.Course, &f.HDOP, &f.Satellites, &f.Odometer} {
		if v := r.numbers[i+2]; v != nil {
			*n = live.Some(*v)
		}
	}
	if len(r.inputs) == 0 {
		return f, nil
	}
	if err := json.Unmarshal(r.inputs, &f.Inputs); err != nil {
		return f, err
	}
	f.Inputs = append(make([]live.Input, 0, len(f.Inputs)), f.Inputs...) // many are kept
	for i := range f.Inputs {
		f.Inputs[i].Name = r.words.same(f.Inputs[i].Name)
	}
	return f, nil
}
