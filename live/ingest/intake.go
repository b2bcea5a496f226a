package ingest

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/time/rate"

	"kvartal/live"
)

// Intake is where fixes go whatever way they came: it counts them and keeps
// them. It may be used concurrently.
type Intake struct {
	keep     func(context.Context, []live.Fix) error
	metrics  *Metrics
	log      *slog.Logger
	throttle *rate.Limiter // of what devices can make us log
}

// NewIntake returns an intake that makes fixes durable with keep; Batcher.Keep.
func NewIntake(keep func(context.Context, []live.Fix) error, m *Metrics, log *slog.Logger) *Intake {
	return &Intake{keep: keep, metrics: m, log: log, throttle: newThrottle()}
}

// newThrottle lets the first few lines of a kind through, then one in ten seconds.
func newThrottle() *rate.Limiter { return rate.NewLimiter(rate.Every(10*time.Second), 5) }

// Keep returns nil when the fixes, which are sound and have a time of receipt,
// are durable. After an error they may be or not.
func (in *Intake) Keep(ctx context.Context, fixes []live.Fix) error {
	if len(fixes) == 0 {
		return nil
	}
	if err := in.keep(ctx, fixes); err != nil {
		in.metrics.refused(fixes[0].Source, "not kept", len(fixes))
		return err
	}
	for i := range fixes {
		in.judge(&fixes[i])
	}
	return nil
}

// Take keeps fixes that are received now.
func (in *Intake) Take(ctx context.Context, fixes []live.Fix) error {
	received := time.Now().UTC().Truncate(time.Microsecond)
	for i := range fixes {
		fixes[i].Received = received
	}
	ctx, cancel := context.WithTimeout(ctx, keepWithin)
	defer cancel()
	return in.Keep(ctx, fixes)
}

// judge counts a fix by what is wrong with it.
func (in *Intake) judge(f *live.Fix) {
	_, mark := live.Judge(f.Time, f.Received)
	in.metrics.kept(f, mark)
	if mark == live.Absurd && in.throttle.Allow() {
		in.log.Warn("a device tells a time that cannot be believed: what it told is in quarantine",
			"protocol", f.Source, "device", string(f.Device), "time", f.Time)
	}
}
