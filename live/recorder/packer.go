package recorder

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"kvartal/postgres"
)

const (
	// packLock is the advisory lock of who packs ("pack").
	packLock = 0x7061636b
	// packEvery is how often it is looked for what is to be packed. The room of what
	// was packed is given back a round later, when nobody reads the state before.
	packEvery = time.Hour
	// quiet is how long nothing may have come of a device's day before it is packed.
	quiet = time.Hour
	// packRate is how many fixes are packed in a second, so that those who read and
	// record notice nothing.
	packRate = 10_000
)

// PackerConfig of a Packer.
type PackerConfig struct {
	Pool *pgxpool.Pool
	// Days is how many days are left as they are, today not counted; 0 packs none.
	Days     int
	Registry prometheus.Registerer
	Log      *slog.Logger
}

// Packer packs the fixes of days that are over (live.packed) in transactions of
// one device's day each, which may be cut off anywhere. Of several that run on one
// database one works at a time.
type Packer struct {
	config PackerConfig
	fixes  prometheus.Counter
	open   prometheus.Gauge
	done   map[time.Time]bool // days of which the round before found nothing to pack
}

// NewPacker returns a packer over a migrated database.
func NewPacker(c PackerConfig) *Packer {
	counted := promauto.With(c.Registry)
	return &Packer{
		config: c, done: map[time.Time]bool{},
		fixes: counted.NewCounter(prometheus.CounterOpts{Name: "kvartal_live_packed_fixes_total", Help: "Fixes of days that are over that were packed."}),
		open:  counted.NewGauge(prometheus.GaugeOpts{Name: "kvartal_live_unpacked_days", Help: "Days that are over and are yet to be looked through for what to pack; 0 between two rounds."}),
	}
}

// Run packs until the context ends.
func (p *Packer) Run(ctx context.Context) error {
	if p.config.Days == 0 {
		return nil
	}
	ticker := time.NewTicker(packEvery)
	defer ticker.Stop()
	for {
		if err := p.Pack(ctx, time.Now()); err != nil && ctx.Err() == nil {
			p.config.Log.WarnContext(ctx, "days that are over were not packed; they will be later", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Pack packs what is to be packed at a moment, unless another does.
func (p *Packer) Pack(ctx context.Context, now time.Time) error {
	conn, err := p.config.Pool.Acquire(ctx)
	if err != nil {
		return postgres.Translate(err, "pack fixes")
	}
	defer conn.Release()
	var alone bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", packLock).Scan(&alone); err != nil || !alone {
		return postgres.Translate(err, "see who packs fixes")
	}
	defer func() {
		after := context.WithoutCancel(ctx)
		if _, err := conn.Exec(after, "SELECT pg_advisory_unlock($1)", packLock); err != nil {
			_ = conn.Conn().Close(after) // which lets go of it, too
		}
	}()
	return postgres.Translate(p.pack(ctx, conn.Conn(), now), "pack fixes")
}

const closedDays = `
	SELECT to_date(right(c.relname, 8), 'YYYYMMDD') AS day FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
	WHERE i.inhparent = 'live.fix'::regclass AND to_date(right(c.relname, 8), 'YYYYMMDD') < $1::date ORDER BY day`

func (p *Packer) pack(ctx context.Context, conn *pgx.Conn, now time.Time) error {
	rows, err := conn.Query(ctx, closedDays, now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -p.config.Days))
	if err != nil {
		return err
	}
	days, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	if err != nil {
		return err
	}
	done := map[time.Time]bool{}
	for i, day := range days {
		p.open.Set(float64(len(days) - i))
		n, err := p.packDay(ctx, conn, day, now)
		if err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		done[day] = true
		if p.done[day] {
			if _, err := conn.Exec(ctx, "SELECT live.free_day($1)", day); err != nil {
				return err
			}
		}
	}
	p.open.Set(0)
	p.done = done
	return nil
}

// What packing leaves alone, the clocks that were ahead, is not looked for.
const quietDevices = `
	SELECT device FROM live.fix WHERE keyed >= $1 AND keyed < $1 + interval '1 day'
	GROUP BY device HAVING max(received) < $2 AND bool_or(mark <> 2 AND at = keyed) ORDER BY device`

// packDay packs what quiet devices told on a day, and says how many fixes.
func (p *Packer) packDay(ctx context.Context, conn *pgx.Conn, day, now time.Time) (int, error) {
	rows, err := conn.Query(ctx, quietDevices, day, now.Add(-quiet))
	if err != nil {
		return 0, err
	}
	devices, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(devices) == 0 {
		return 0, err
	}
	begun, fixes := time.Now(), 0
	for _, device := range devices {
		var n int
		next := time.Now()
		if err := conn.QueryRow(ctx, "SELECT live.pack($1, $2::date)", device, day).Scan(&n); err != nil {
			return fixes, err
		}
		fixes += n
		p.fixes.Add(float64(n))
		if err := waitUntil(ctx, next.Add(time.Duration(n)*time.Second/packRate)); err != nil {
			return fixes, err
		}
	}
	p.config.Log.InfoContext(ctx, "a day is packed", "day", day.Format(time.DateOnly), "devices", len(devices), "fixes", fixes, "took", time.Since(begun).Round(time.Millisecond))
	return fixes, nil
}

func waitUntil(ctx context.Context, t time.Time) error {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
