package layers

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"kvartal"
	"kvartal/postgres"
)

// FollowerConfig says how a Follower works; the zero value is right.
type FollowerConfig struct {
	// Interval is the longest time between two looks at the log; 0 means 50 ms.
	Interval time.Duration
	// Keep is how long the log is kept for followers that were away; 0 means an
	// hour. Whoever was away longer reads all layers anew.
	Keep time.Duration
}

// The pace of a Follower.
const (
	// leastInterval is kept between two looks however often it is woken, so that
	// a thousand edits a second come in batches.
	leastInterval = 5 * time.Millisecond
	// trimInterval is how often the log is trimmed.
	trimInterval = 10 * time.Minute
	// After a failure the follower waits, twice as long after each further one.
	leastPause, mostPause = 50 * time.Millisecond, time.Second
)

// Follower brings the changes of all layers, whoever made them, to what keeps
// rows in memory. It follows the primary through Store's pool settings, on a
// connection of its own. One Run at a time; the other methods may be called
// concurrently.
//
// Its cursor is a snapshot and not a number of the log: transactions commit in
// another order than they write, and one that stays open holds up nobody.
type Follower struct {
	store *Store
	cfg   FollowerConfig
	log   *slog.Logger
	wake  chan struct{} // holds one: a look is wanted now

	mu     sync.Mutex
	cursor Cursor        // applied up to here; guarded by mu
	looked time.Time     // when all there was had been applied; guarded by mu
	moved  chan struct{} // closed when cursor moves; guarded by mu
}

// NewFollower returns a follower of the store's database, whose user must be
// App or Owner.
func NewFollower(store *Store, cfg FollowerConfig) *Follower {
	if cfg.Interval == 0 {
		cfg.Interval = 50 * time.Millisecond
	}
	if cfg.Keep == 0 {
		cfg.Keep = time.Hour
	}
	return &Follower{store: store, cfg: cfg, log: store.log, wake: make(chan struct{}, 1), moved: make(chan struct{})}
}

// Run calls apply with each batch of changes after the cursor, one after the
// other, until ctx ends; it returns ctx's error. The zero Cursor begins with a
// batch that says ReloadAll. Apply is called again, later, for the same or more
// changes if it fails or the database does: it must be idempotent, as reading
// rows by their id is.
func (f *Follower) Run(ctx context.Context, from Cursor, apply func(context.Context, Batch) error) error {
	f.advance(Cursor{}) // until a look has found that from is of this database
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return f.keepTrimmed(ctx) })
	group.Go(func() error { return f.follow(ctx, from, apply) })
	return group.Wait()
}

// follow opens a session with the database whenever the last one has failed.
func (f *Follower) follow(ctx context.Context, from Cursor, apply func(context.Context, Batch) error) error {
	pause := leastPause
	for {
		worked, err := f.session(ctx, &from, apply)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if worked {
			pause = leastPause
		}
		level := slog.LevelWarn
		if pause > leastPause { // it has been said
			level = slog.LevelDebug
		}
		f.log.Log(ctx, level, "following the change log failed, trying again", "error", err, "pause", pause)
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
		pause = min(2*pause, mostPause)
	}
}

// session polls on one connection, moving the cursor, until something fails. It
// tells whether any poll succeeded.
func (f *Follower) session(ctx context.Context, cursor *Cursor, apply func(context.Context, Batch) error) (worked bool, err error) {
	p, err := openPoller(ctx, f.store)
	if err != nil {
		return false, err
	}
	defer p.close(ctx)
	for {
		to, err := p.poll(ctx, *cursor, apply)
		if err != nil {
			return worked, postgres.Translate(err, "follow the change log")
		}
		worked = true
		*cursor = to
		f.advance(to)
		if !sleep(ctx, leastInterval) {
			return worked, ctx.Err()
		}
		select {
		case <-f.wake:
		case <-time.After(f.cfg.Interval - leastInterval):
		case <-ctx.Done():
			return worked, ctx.Err()
		}
	}
}

// Wake makes the follower look at the log now.
func (f *Follower) Wake() {
	select {
	case f.wake <- struct{}{}:
	default: // it will anyway
	}
}

// Cursor returns the place up to which changes have been applied, the zero
// Cursor before Run has looked. Stored, it lets a later Run go on from there.
func (f *Follower) Cursor() Cursor {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cursor
}

// Behind is how long ago everything committed until then had been applied: the
// interval between two looks, while all is well. It is 0 before Run has looked.
func (f *Follower) Behind() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cursor.IsZero() {
		return 0
	}
	return time.Since(f.looked)
}

func (f *Follower) advance(to Cursor) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cursor, f.looked = to, time.Now()
	close(f.moved)
	f.moved = make(chan struct{})
}

// Await returns when the changes that the token names have been applied here,
// looking for them at once. Errors are of KindUnavailable if ctx ends before,
// and of KindInvalid for a token that is none, or of another database.
func (f *Follower) Await(ctx context.Context, token Token) error {
	want, err := token.parse()
	if err != nil {
		return err
	}
	for first := true; ; first = false {
		f.mu.Lock()
		cursor, moved := f.cursor, f.moved
		f.mu.Unlock()
		if reached, err := cursor.reached(want); reached || err != nil {
			return err
		}
		if first { // a token that nobody issued must not keep the database busy
			f.Wake()
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return kvartal.Errorf(kvartal.KindUnavailable, "this server has not caught up with the change yet: try again in a moment").Because(ctx.Err())
		}
	}
}

// keepTrimmed trims the log now and then. Servers that follow the same log do it
// in turns.
func (f *Follower) keepTrimmed(ctx context.Context) error {
	for {
		if _, err := f.store.pool.Exec(ctx, "SELECT kvartal.trim_change_log($1)", f.cfg.Keep); err != nil && ctx.Err() == nil {
			f.log.WarnContext(ctx, "trimming the change log failed", "error", err)
		}
		if !sleep(ctx, trimInterval) {
			return ctx.Err()
		}
	}
}

// sleep waits and tells whether the whole time has passed.
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
