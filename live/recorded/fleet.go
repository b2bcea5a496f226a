package recorded

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"kvartal/live"
	"kvartal/postgres"
)

// Place is where a device was, and what else it told with that.
type Place struct {
	Device live.DeviceID
	At     time.Time
	Point  orb.Point // longitude and latitude in degrees
	Inputs []live.Input
}

// Fleet calls take with where devices were from one time to another: of each
// device the last place of each step, in the order of device and time.
//
// What is packed is read by the columns that decide which fix is the last of a
// step, and only of those fixes the rest: unpacking all in SQL takes many times as
// long.
func Fleet(ctx context.Context, db DB, devices []live.DeviceID, from, to time.Time, step time.Duration, take func(Place) error) error {
	f := fleet{
		from: from.Truncate(time.Microsecond), to: to.Truncate(time.Microsecond), step: max(step.Truncate(time.Microsecond), time.Microsecond),
		devices: devices, spots: make([][]spot, len(devices)),
	}
	// One snapshot, so that what is packed meanwhile is neither missed nor there twice.
	err := pgx.BeginTxFunc(ctx, db, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if err := f.readPlain(ctx, tx); err != nil {
			return err
		}
		if err := f.readPacked(ctx, tx); err != nil {
			return err
		}
		return f.readInputs(ctx, tx)
	})
	if err != nil {
		return postgres.Translate(err, "read where devices were")
	}
	return f.tell(take)
}

// fleet is what is being found out of many devices.
type fleet struct {
	from, to time.Time
	step     time.Duration
	devices  []live.DeviceID
	spots    [][]spot // of each device, one of each step, in the order of steps
}

// spot is the last place of a device in one step.
type spot struct {
	step   int64
	at     time.Time
	hash   int64
	point  orb.Point
	inputs []byte
	// Where the inputs are to be read if the fix is packed: in which row, and its
	// place there, counted from 1; 0 if it is not packed.
	first time.Time
	place int32
}

// The steps are looked up one by one: a day of all fixes would be a hundred times
// as many as are wanted. A device of which all is packed is passed over at once.
const plainPlaces = `
	SELECT d.place - 1, s.place - 1, n.at, n.hash, n.lon, n.lat, n.inputs
	FROM (
		SELECT d.* FROM unnest($1::text[]) WITH ORDINALITY AS d (device, place)
		WHERE (SELECT true FROM live.fix AS f WHERE f.device = d.device AND f.keyed >= $2 AND f.keyed < $3::timestamptz + interval '25 hours' LIMIT 1)) AS d
	CROSS JOIN generate_series($2::timestamptz, $3::timestamptz, $4::interval) WITH ORDINALITY AS s (since, place)
	CROSS JOIN LATERAL (SELECT least(s.since + $4::interval, $3::timestamptz) AS until) AS u
	CROSS JOIN LATERAL (
		SELECT at, hash, lon, lat, inputs FROM (
			(SELECT * FROM live.fix AS f WHERE f.device = d.device AND f.keyed >= s.since AND f.keyed < u.until
				AND f.mark <> 2 AND live.has_place(f.flags, f.lon, f.lat) ORDER BY f.keyed DESC, f.hash DESC LIMIT 1)
			UNION ALL
			(SELECT * FROM live.fix AS f WHERE f.device = d.device AND f.mark = 2 AND f.at >= s.since AND f.at < u.until
				AND f.keyed >= s.since AND f.keyed < u.until + interval '25 hours'
				AND live.has_place(f.flags, f.lon, f.lat) ORDER BY f.at DESC, f.hash DESC LIMIT 1)
		) AS either ORDER BY at DESC, hash DESC LIMIT 1) AS n
	ORDER BY 1, 2`

func (f *fleet) readPlain(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, plainPlaces, f.devices, f.from, f.to, f.step)
	if err != nil {
		return err
	}
	var device int
	var s spot
	_, err = pgx.ForEachRow(rows, []any{&device, &s.step, &s.at, &s.hash, &s.point[0], &s.point[1], &s.inputs}, func() error {
		f.spots[device] = append(f.spots[device], s)
		return nil
	})
	return err
}

// Of rows of devices that have plain places too, the hashes decide between fixes of
// one time.
const packedPlaces = `
	SELECT d.place - 1, p.first, p.step, p.keyed, p.flags, p.lon, p.lat, p.hash
	FROM unnest($1::text[], $2::boolean[]) WITH ORDINALITY AS d (device, mixed, place)
	CROSS JOIN LATERAL (
		SELECT first, step, keyed, flags, lon, lat, CASE WHEN d.mixed THEN hash END AS hash
		FROM live.packed AS p WHERE p.device = d.device AND p.placed < $4 AND p.first > $3::timestamptz - interval '1 day' AND p.first < $4 AND p.last >= $3) AS p
	ORDER BY 1, 2`

func (f *fleet) readPacked(ctx context.Context, tx pgx.Tx) error {
	mixed := make([]bool, len(f.devices))
	for i, spots := range f.spots {
		mixed[i] = len(spots) > 0
	}
	rows, err := tx.Query(ctx, packedPlaces, f.devices, mixed, f.from, f.to)
	if err != nil {
		return err
	}
	packed := make([][]spot, len(f.devices))
	var device int
	var r packedRow
	_, err = pgx.ForEachRow(rows, []any{&device, &r.first, &r.step, &r.keyed, &r.flags, &r.lon, &r.lat, &r.hash}, func() error {
		packed[device] = r.places(packed[device], f.from, f.to, f.step)
		return nil
	})
	for i := range packed {
		f.spots[i] = later(f.spots[i], packed[i])
	}
	return err
}

// later merges two lists of spots in the order of steps; of one step the later stays.
func later(a, b []spot) []spot {
	if len(a) == 0 {
		return b
	}
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(s, t spot) int {
		return cmp.Or(cmp.Compare(s.step, t.step), t.at.Compare(s.at), cmp.Compare(t.hash, s.hash))
	})
	return slices.CompactFunc(all, func(s, t spot) bool { return s.step == t.step })
}

const packedInputs = `
	SELECT p.inputs[s.place] FROM unnest($1::text[], $2::timestamptz[], $3::integer[]) WITH ORDINALITY AS s (device, first, place, n)
	JOIN live.packed AS p USING (device, first) ORDER BY s.n`

func (f *fleet) readInputs(ctx context.Context, tx pgx.Tx) error {
	var wanted []*spot
	var devices []live.DeviceID
	var firsts []time.Time
	var places []int32
	for i, spots := range f.spots {
		for j := range spots {
			if s := &spots[j]; s.place > 0 {
				wanted, devices, firsts, places = append(wanted, s), append(devices, f.devices[i]), append(firsts, s.first), append(places, s.place)
			}
		}
	}
	rows, err := tx.Query(ctx, packedInputs, devices, firsts, places)
	if err != nil {
		return err
	}
	var inputs []byte
	n := 0
	_, err = pgx.ForEachRow(rows, []any{&inputs}, func() error {
		wanted[n].inputs = inputs
		n++
		return nil
	})
	return err
}

func (f *fleet) tell(take func(Place) error) error {
	for i, spots := range f.spots {
		for _, s := range spots {
			p := Place{Device: f.devices[i], At: s.at.UTC(), Point: s.point}
			if len(s.inputs) > 0 {
				if err := json.Unmarshal(s.inputs, &p.Inputs); err != nil {
					return postgres.Translate(err, "read what a device told")
				}
			}
			if err := take(p); err != nil {
				return err
			}
		}
	}
	return nil
}
