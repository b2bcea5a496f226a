// Package ingest receives what devices tell: listeners for the protocols of
// live/trackers, and the batcher through which everything received becomes
// durable before anybody is told so.
package ingest

import (
	"context"
	"time"

	"kvartal"
	"kvartal/live"
	"kvartal/live/bus"
)

const (
	// linger is how long the first fix of a batch waits for others. Syncing to
	// disk costs about the same for one fix and for hundreds.
	linger = 10 * time.Millisecond
	// publishing is how many batches may be on their way to disk at once.
	publishing = 4
)

// Batcher joins the fixes of many connections, so that they are made durable
// together. It may be used concurrently.
type Batcher struct {
	publish func(context.Context, []live.Fix) error
	come    chan lot
	slots   chan struct{}
}

// lot is what one message brought.
type lot struct {
	fixes []live.Fix
	done  chan<- error // buffered
}

// NewBatcher returns a batcher that makes batches of at most bus.MaxBatch fixes
// durable with publish, several at once.
func NewBatcher(publish func(context.Context, []live.Fix) error) *Batcher {
	return &Batcher{publish: publish, come: make(chan lot), slots: make(chan struct{}, publishing)}
}

// Keep returns nil when the fixes are durable. After an error they may be or
// not: whoever told them has to tell them again.
func (b *Batcher) Keep(ctx context.Context, fixes []live.Fix) error {
	for len(fixes) > 0 {
		part := fixes[:min(len(fixes), bus.MaxBatch)]
		if err := b.keep(ctx, part); err != nil {
			return err
		}
		fixes = fixes[len(part):]
	}
	return nil
}

func (b *Batcher) keep(ctx context.Context, fixes []live.Fix) error {
	done := make(chan error, 1)
	select {
	case b.come <- lot{fixes, done}:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run joins and publishes until the context ends. Whoever waits then is told.
func (b *Batcher) Run(ctx context.Context) error {
	var held []lot // of the next batch
	size := 0
	timer := time.NewTimer(0)
	<-timer.C
	flush := func() {
		timer.Stop()
		b.send(ctx, held)
		held, size = nil, 0
	}
	for {
		select {
		case l := <-b.come:
			if size+len(l.fixes) > bus.MaxBatch {
				flush()
			}
			if len(held) == 0 {
				timer.Reset(linger)
			}
			held, size = append(held, l), size+len(l.fixes)
			if size == bus.MaxBatch {
				flush()
			}
		case <-timer.C:
			flush()
		case <-ctx.Done():
			tell(held, kvartal.Errorf(kvartal.KindUnavailable, "the server is ending"))
			return nil
		}
	}
}

// send publishes lots as one batch, in a goroutine of its own as soon as one of
// the slots is free. While all are taken nothing is received: devices wait,
// memory does not grow.
func (b *Batcher) send(ctx context.Context, lots []lot) {
	b.slots <- struct{}{}
	go func() {
		defer func() { <-b.slots }()
		var batch []live.Fix
		for _, l := range lots {
			batch = append(batch, l.fixes...)
		}
		tell(lots, b.publish(ctx, batch))
	}()
}

func tell(lots []lot, err error) {
	for _, l := range lots {
		l.done <- err
	}
}
