package index

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"kvartal"
	"kvartal/layers"
	"kvartal/live"
	"kvartal/live/bus"
	"kvartal/live/recorded"
	"kvartal/postgres"
)

// beat is how often readers hear of what has changed.
const beat = 100 * time.Millisecond

// Config says what an index is filled from.
type Config struct {
	Pool  *pgxpool.Pool
	Store *layers.Store
	Bus   *bus.Bus // nil: nothing comes but what is recorded already
	// Recorder is the name by which the recorder consumes the bus.
	Recorder string
}

// Place is up to where an index knows all: on the bus, and in the log of what
// changed in the registers.
type Place struct {
	fixes     uint64
	registers layers.Cursor
}

// Load fills the index with the latest that the database has recorded, and returns
// the place from which it is to go on.
func (x *Index) Load(ctx context.Context, c Config) (after Place, err error) {
	// Found out before the rows are read, so that what comes meanwhile comes again.
	if c.Bus != nil {
		if after.fixes, err = c.Bus.Passed(ctx, c.Recorder); err != nil {
			return Place{}, err
		}
	}
	begun, err := layers.NewFollower(c.Store, layers.FollowerConfig{}).Begin(ctx, nil)
	if err != nil {
		return Place{}, err
	}
	begun.Done()
	after.registers = begun.Cursor
	x.Advance(time.Now())
	// At once: which of them is the older state does not matter, and people wait.
	var register *Register
	group, at := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		register, err = x.readRegister(at, c.Pool)
		return err
	})
	group.Go(func() error {
		return eachMoment(at, c.Pool, "SELECT "+fixColumns+" FROM live.latest", nil, x.remember)
	})
	if err := group.Wait(); err != nil {
		return Place{}, postgres.Translate(err, "read the latest of all devices")
	}
	x.SetRegister(register)
	return after, nil
}

// remember takes in a moment of a device before the register is known.
func (x *Index) remember(device live.DeviceID, m *live.Moment) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.take(device, m)
}

// Recall fills what is shown of the past, and what is to be shown of it soon. It
// takes longer than Load, and may go on while the index is in use.
func (x *Index) Recall(ctx context.Context, c Config) error {
	for _, l := range x.layers {
		if l.delayed == nil {
			continue
		}
		at := asOf(time.Now(), l.delayed.delay, l.delayed.every)
		take := func(device live.DeviceID, m *live.Moment) { x.recall(l, device, m) }
		err := pgx.BeginTxFunc(ctx, c.Pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
			if err := eachMoment(ctx, tx, stateThen, []any{at}, take); err != nil {
				return err
			}
			return eachMoment(ctx, tx, "SELECT "+fixColumns+" FROM live.fix WHERE keyed > $1 AND at > $1", []any{at}, take)
		})
		if err != nil {
			return postgres.Translate(err, "read what devices told before")
		}
	}
	return nil
}

func (x *Index) recall(l *Layer, device live.DeviceID, m *live.Moment) {
	x.mu.Lock()
	defer x.mu.Unlock()
	t := x.track(device)
	for _, known := range []*live.Moment{t.head.Newest, t.head.Placed} {
		if known != nil && known.Compare(m) == 0 {
			m = known // what stands still tells nothing new: it need not be kept twice
		}
	}
	for _, p := range t.places {
		if p.layer == l {
			l.delayed.take(p.past, m)
		}
	}
}

// stateThen is the newest fix of each device until $1, with a position and
// without.
const stateThen = `
	WITH devices AS (SELECT DISTINCT device FROM live.latest),
	placed AS (SELECT f.* FROM devices AS d CROSS JOIN LATERAL live.placed_at(d.device, $1) AS f)
	SELECT ` + fixColumns + ` FROM placed
	UNION ALL
	SELECT ` + fixColumns + ` FROM (
		SELECT f.* FROM devices AS d LEFT JOIN placed AS p ON p.device = d.device
		CROSS JOIN LATERAL live.unplaced_at(d.device, $1, p.at, p.hash) AS f) AS unplaced`

const fixColumns = recorded.Columns

// eachMoment calls take with each fix that a query with fixColumns returns.
func eachMoment(ctx context.Context, db recorded.Querier, sql string, args []any, take func(live.DeviceID, *live.Moment)) error {
	return recorded.Each(ctx, db, sql, args, func(m live.Moment) error {
		if m.Mark != live.Absurd {
			take(m.Device, &m)
		}
		return nil
	})
}

// Run keeps the index true until the context ends: it follows the bus from a
// place and the registers, and moves the clock.
func (x *Index) Run(ctx context.Context, c Config, after Place) error {
	group, ctx := errgroup.WithContext(ctx)
	if c.Bus != nil {
		group.Go(func() error {
			return c.Bus.Follow(ctx, after.fixes, func(_ context.Context, b bus.Batch) error {
				x.Apply(b.Fixes)
				return nil
			})
		})
	}
	group.Go(func() error { return x.Recall(ctx, c) })
	group.Go(func() error { return x.followRegister(ctx, c, after.registers) })
	group.Go(func() error {
		tick := time.NewTicker(beat)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case now := <-tick.C:
				x.Advance(now)
			}
		}
	})
	return group.Wait()
}

// followRegister reads the registers anew when they have changed. They are small,
// and devices come and go rarely.
func (x *Index) followRegister(ctx context.Context, c Config, after layers.Cursor) error {
	follower := layers.NewFollower(c.Store, layers.FollowerConfig{Interval: time.Second})
	return follower.Run(ctx, after, func(ctx context.Context, b layers.Batch) error {
		if !b.ReloadAll && !touches(b, DevicesLayer) && !touches(b, InputsLayer) {
			return nil
		}
		register, err := x.readRegister(ctx, b.Tx)
		if err != nil {
			return err
		}
		x.SetRegister(register)
		return nil
	})
}

func touches(b layers.Batch, id kvartal.LayerID) bool {
	for _, c := range b.Changes {
		if c.Layer == id {
			return true
		}
	}
	return false
}
