package recorder

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"kvartal/live"
)

// packedCopies finds which of some fixes are packed already, in which row, and
// whether they change what is there, as insertFixes has it.
const packedCopies = `
	SELECT t.place, p.first, f.received > t.received OR f.flags & t.flags <> f.flags
	FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::timestamptz[], $5::smallint[]) WITH ORDINALITY AS t (device, keyed, hash, received, flags, place)
	CROSS JOIN LATERAL (
		SELECT p.* FROM live.packed AS p WHERE p.device = t.device AND p.first <= t.keyed AND p.first > t.keyed - interval '1 day'
		ORDER BY p.first DESC LIMIT 1) AS p
	CROSS JOIN LATERAL unnest(array_positions(p.hash, t.hash)) AS h (place)
	CROSS JOIN LATERAL live.unpacked(ROW (p.*)::live.packed, h.place) AS f
	WHERE f.keyed = t.keyed`

// copied is a fix of a lot that is packed already.
type copied struct {
	place   int       // among the fixes asked for, from 1
	first   time.Time // names the row, with the device
	changes bool
}

// hold keeps the days of l from being packed until tx ends. What is packed of them
// already stays so and is taken out of l, but for rows that a copy changes: these are
// unpacked, and written as if they had never been packed.
func (l *lot) hold(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, "SELECT live.hold_days($1::date[])", l.days())
	if err != nil {
		return err
	}
	packed, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	if err != nil || len(packed) == 0 {
		return err
	}
	fixes := slices.DeleteFunc(inOrder(l.fixes), func(r row) bool { return !slices.ContainsFunc(packed, r.day().Equal) })
	copies, err := findCopies(ctx, tx, fixes)
	if err != nil {
		return err
	}
	var devices []string
	var firsts []time.Time
	for _, c := range copies {
		r := fixes[c.place-1]
		if c.changes {
			devices, firsts = append(devices, string(r.Device)), append(firsts, c.first)
			continue
		}
		delete(l.fixes, live.Key{Device: r.Device, Time: r.keyed, Hash: r.hash})
	}
	if len(devices) == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, "SELECT live.unpack($1, $2)", devices, firsts)
	return err
}

func findCopies(ctx context.Context, tx pgx.Tx, fixes []row) ([]copied, error) {
	n := len(fixes)
	device, hash, flags := make([]string, n), make([]int64, n), make([]int16, n)
	keyed, received := make([]time.Time, n), make([]time.Time, n)
	for i, r := range fixes {
		device[i], hash[i], flags[i] = string(r.Device), r.hash.Int64(), int16(r.Flags)
		keyed[i], received[i] = r.keyed, r.Received
	}
	rows, err := tx.Query(ctx, packedCopies, device, keyed, hash, received, flags)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c copied, err error) {
		err = row.Scan(&c.place, &c.first, &c.changes)
		return c, err
	})
}

// day is the day in whose partition r lies.
func (r row) day() time.Time { return r.keyed.UTC().Truncate(24 * time.Hour) }

// days returns the days of the fixes of l, in order.
func (l *lot) days() []time.Time {
	days := []time.Time{} // not nil: NULL is no array
	for _, r := range l.fixes {
		if day := r.day(); !slices.ContainsFunc(days, day.Equal) {
			days = append(days, day)
		}
	}
	slices.SortFunc(days, time.Time.Compare)
	return days
}
