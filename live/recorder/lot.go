package recorder

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/live"
)

// row is a fix with the judgement of its clock.
type row struct {
	*live.Fix

	hash  live.Hash
	keyed time.Time // the time that tells it apart from others
	at    time.Time // when it was
	mark  live.Mark
}

// judged returns the row of a fix. Copies of one fix, whenever received, have
// one key: the time told, or what the repair of a miscounted week makes of it.
// A fix without a time is told apart by its receipt.
func judged(f *live.Fix) row {
	r := row{Fix: f, hash: f.Hash(), keyed: f.Time}
	r.at, r.mark = live.Judge(f.Time, f.Received)
	switch r.mark {
	case live.Timeless:
		r.keyed = f.Received
	case live.RolledOver:
		r.keyed = r.at
	case live.Absurd:
		r.at = f.Time
	case live.Right, live.Ahead:
	}
	return r
}

// newer reports whether r is after s: by time, then by content, never by arrival.
func (r row) newer(s row) bool {
	if !r.at.Equal(s.at) {
		return r.at.After(s.at)
	}
	return r.hash > s.hash
}

// lot is what is written at once: each fix once, as its first copy was received.
type lot struct {
	fixes      map[live.Key]row
	quarantine map[live.Key]row
}

// whose tells what the newest fix is of: a device, with a position or without.
type whose struct {
	device live.DeviceID
	placed bool
}

func newLot() *lot {
	return &lot{fixes: map[live.Key]row{}, quarantine: map[live.Key]row{}}
}

func (l *lot) add(f *live.Fix) {
	r := judged(f)
	key := live.Key{Device: f.Device, Time: r.keyed, Hash: r.hash}
	rows := l.fixes
	if r.mark == live.Absurd {
		rows = l.quarantine
	}
	if before, again := rows[key]; again {
		r = first(before, r)
	}
	rows[key] = r
}

// latest returns the newest rows of each device, with a position and without.
func (l *lot) latest() map[whose]row {
	newest := map[whose]row{}
	for _, r := range l.fixes {
		of := whose{r.Device, r.HasPosition()}
		if before, known := newest[of]; !known || r.newer(before) {
			newest[of] = r
		}
	}
	return newest
}

// first returns the copy that was received first, marked as late only if both are.
func first(a, b row) row {
	if b.Received.Before(a.Received) {
		a, b = b, a
	}
	if both := a.Flags & (b.Flags | ^live.Late); both != a.Flags {
		f := *a.Fix
		f.Flags = both
		a.Fix = &f
	}
	return a
}

const columns = `device, keyed, hash, at, mark, told, received, source, lon, lat, altitude, speed, course, hdop, satellites, odometer, flags, inputs`

const values = `SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::timestamptz[], $5::smallint[], $6::timestamptz[],
	$7::timestamptz[], $8::text[], $9::float8[], $10::float8[], $11::float8[], $12::float8[], $13::float8[], $14::float8[], $15::float8[],
	$16::float8[], $17::smallint[], $18::jsonb[])`

// A copy of what is there changes it only if it was received earlier, or in time
// where the other was late. The rest of a copy is the same: its hash is.
const insertFixes = `INSERT INTO live.fix AS f (` + columns + `) ` + values + `
	ON CONFLICT (device, keyed, hash) DO UPDATE SET
		at = CASE WHEN excluded.received < f.received THEN excluded.at ELSE f.at END,
		mark = CASE WHEN excluded.received < f.received THEN excluded.mark ELSE f.mark END,
		received = least(excluded.received, f.received), flags = f.flags & excluded.flags
	WHERE excluded.received < f.received OR f.flags & excluded.flags <> f.flags`

const insertQuarantine = `INSERT INTO live.quarantine (` + columns + `) ` + values + ` ON CONFLICT DO NOTHING`

// placed is live.Fix.HasPosition in SQL.
const placed = `flags & 6 = 0 AND abs(lon) <= 180 AND abs(lat) <= 90 AND (lon <> 0 OR lat <> 0)`

const replaceLatest = `ON CONFLICT (device, placed) DO UPDATE SET (` + columns + `, placed) = ROW (excluded.*)`

const upsertLatest = `INSERT INTO live.latest AS l (` + columns + `, placed)
	SELECT ` + columns + `, coalesce(` + placed + `, false) FROM (` + values + `) AS told (` + columns + `) ` + replaceLatest + `
	WHERE (excluded.at, excluded.hash) > (l.at, l.hash)`

// A fix whose clock was ahead lies where its first copy was received. Which one
// that is, and what is newest then, only the table knows.
const movedDevices = `SELECT DISTINCT f.device FROM live.fix AS f
	JOIN unnest($1::text[], $2::timestamptz[], $3::bigint[]) AS told (device, keyed, hash)
	ON (f.device, f.keyed, f.hash) = (told.device, told.keyed, told.hash)`

// No clock is taken that is ahead by more than a day.
const findLatest = `INSERT INTO live.latest (` + columns + `, placed)
	SELECT DISTINCT ON (device, placed) ` + columns + `, coalesce(` + placed + `, false) AS placed FROM (
		SELECT d.device AS who, min(l.keyed) - interval '2 days' AS since FROM unnest($1::text[]) AS d (device) JOIN live.latest AS l ON l.device = d.device GROUP BY d.device
	) AS w CROSS JOIN LATERAL (
		SELECT f.* FROM live.fix AS f WHERE f.device = who AND f.keyed > since
		UNION ALL
		SELECT f.* FROM live.packed AS p CROSS JOIN LATERAL live.unpacked(p) AS f WHERE p.device = who AND p.first > since - interval '1 day'
	) AS f
	ORDER BY device, placed, at DESC, hash DESC ` + replaceLatest

func (l *lot) write(ctx context.Context, tx pgx.Tx) error {
	moved, err := l.moved(ctx, tx)
	if err != nil {
		return err
	}
	for _, w := range []struct {
		statement string
		rows      []row
	}{
		{insertFixes, inOrder(l.fixes)},
		{insertQuarantine, inOrder(l.quarantine)},
		{upsertLatest, inOrder(l.latest())},
	} {
		if err := write(ctx, tx, w.statement, w.rows); err != nil {
			return err
		}
	}
	if len(moved) == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, findLatest, moved)
	return err
}

// moved returns the devices of which copies have come of fixes that are recorded
// with clocks ahead.
func (l *lot) moved(ctx context.Context, tx pgx.Tx) ([]string, error) {
	var device []string
	var keyed []time.Time
	var hash []int64
	for _, r := range inOrder(l.fixes) {
		if r.mark == live.Ahead {
			device, keyed, hash = append(device, string(r.Device)), append(keyed, r.keyed), append(hash, r.hash.Int64())
		}
	}
	if len(device) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, movedDevices, device, keyed, hash)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func write(ctx context.Context, tx pgx.Tx, statement string, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	args, err := arrays(rows)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, statement, args...)
	return err
}

// inOrder returns rows in the order of their keys, so that those who write at
// once lock rows in one order.
func inOrder[K comparable](rows map[K]row) []row {
	return slices.SortedFunc(maps.Values(rows), func(a, b row) int {
		return cmp.Or(cmp.Compare(a.Device, b.Device), a.keyed.Compare(b.keyed), cmp.Compare(a.hash, b.hash))
	})
}

// arrays turns rows into one array a column, in the order of columns.
func arrays(rows []row) ([]any, error) {
	n := len(rows)
	device, source, inputs := make([]string, n), make([]string, n), make([]*string, n)
	keyed, at, received, told := make([]time.Time, n), make([]time.Time, n), make([]time.Time, n), make([]*time.Time, n)
	hash, mark, flags := make([]int64, n), make([]int16, n), make([]int16, n)
	var numbers [8][]*float64
	for i := range numbers {
		numbers[i] = make([]*float64, n)
	}
	for i, r := range rows {
		readings, err := encodeInputs(r.Inputs)
		if err != nil {
			return nil, err
		}
		device[i], source[i], inputs[i] = string(r.Device), r.Source, readings
		keyed[i], at[i], received[i], told[i] = r.keyed, r.at, r.Received, moment(r.Time)
		hash[i], mark[i], flags[i] = r.hash.Int64(), int16(r.mark), int16(r.Flags)
		placed := r.Flags&live.NoPosition == 0
		for c, v := range [...]live.Number{
			{Value: r.Point[0], Known: placed},
			{Value: r.Point[1], Known: placed},
			r.Altitude, r.Speed, r.Course, r.HDOP, r.Satellites, r.Odometer,
		} {
			if v.Known {
				numbers[c][i] = &v.Value
			}
		}
	}
	return []any{
		device, keyed, hash, at, mark, told, received, source, numbers[0], numbers[1], numbers[2],
		numbers[3], numbers[4], numbers[5], numbers[6], numbers[7], flags, inputs,
	}, nil
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// reading is an input as the column inputs holds it.
type reading struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Text  string  `json:"text,omitempty"`
}

func encodeInputs(inputs []live.Input) (*string, error) {
	if len(inputs) == 0 {
		return nil, nil
	}
	readings := make([]reading, len(inputs))
	for i, in := range inputs {
		readings[i] = reading(in)
	}
	data, err := json.Marshal(readings)
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "a reading is no number").Because(err)
	}
	text := string(data)
	return &text, nil
}
