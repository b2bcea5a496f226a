package postgres

import (
	"context"
	"syscall"
	"time"
)

// Waits between attempts to bring a dead database back.
const (
	firstBackoff = 100 * time.Millisecond
	lastBackoff  = 30 * time.Second
	// steady is how long the database must live for its next death to be
	// answered quickly again.
	steady = time.Minute
)

// supervise restarts the database whenever it dies, until Stop.
func (c *Cluster) supervise() {
	defer close(c.finished)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-c.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	backoff := firstBackoff
	for {
		started := time.Now()
		select {
		case <-c.stop:
			c.shutDown()
			return
		case <-c.process.done:
		}
		if time.Since(started) > steady {
			backoff = firstBackoff
		}
		c.log.Error("the database died; starting it again", "pid", c.process.pid, "in", backoff)
		if !sleep(ctx, backoff) {
			return
		}
		backoff = min(2*backoff, lastBackoff)
		if err := c.launch(ctx); err != nil && ctx.Err() == nil {
			c.log.Error("the database did not start", "err", err)
		}
	}
}

// shutDown ends the process, in order if it does so before kill.
func (c *Cluster) shutDown() {
	_ = c.process.signal(syscall.SIGINT) // fast shutdown; it may have ended just now
	select {
	case <-c.process.done:
	case <-c.kill:
		_ = c.process.signal(syscall.SIGQUIT) // immediate shutdown
		<-c.process.done
	}
}

// sleep waits for d and tells whether ctx let it.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
