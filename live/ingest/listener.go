package ingest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers"
)

const (
	// idle is how long a device may be silent on a connection.
	idle = 10 * time.Minute
	// answerWithin is how long it may take to take an answer.
	answerWithin = 10 * time.Second
	// keepWithin is how long fixes may take to become durable.
	keepWithin = 30 * time.Second
	// badFrames in a row end a conversation: it is not the protocol.
	badFrames = 16
	// maxDevices is how many devices one connection may speak for.
	maxDevices = 20_000
	// readAtOnce is how many bytes are read at least.
	readAtOnce = 4 << 10
)

// Guard says whether a device is who it claims to be.
type Guard interface {
	// Admit returns nil if what the device tells may be taken, and an error of
	// kvartal.KindForbidden if not. The password is "" if none was given.
	Admit(ctx context.Context, login trackers.Login) error
}

// Config is what all listeners share.
type Config struct {
	Guard Guard
	// Keep returns when fixes are durable; Intake.Keep.
	Keep func(context.Context, []live.Fix) error
	// MaxConnections of all TCP listeners together. One more is closed at once.
	MaxConnections int
	Metrics        *Metrics // nil counts for nobody
	Log            *slog.Logger
	// Now tells when a frame was received; nil is time.Now.
	Now func() time.Time
}

// Listeners receive what devices tell. A device is answered when it is durable.
type Listeners struct {
	config   Config
	places   chan struct{} // one for each connection
	throttle *rate.Limiter // of what strangers can make us log
}

// NewListeners returns listeners; none listens yet.
func NewListeners(c Config) *Listeners {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Metrics == nil {
		c.Metrics = NewMetrics(nil)
	}
	return &Listeners{config: c, places: make(chan struct{}, c.MaxConnections), throttle: newThrottle()}
}

// Serve takes connections until the context ends, then closes them.
func (l *Listeners) Serve(ctx context.Context, p Protocol, listener net.Listener) error {
	return l.accept(ctx, p, listener, l.converse)
}

// accept gives each connection to converse, in a goroutine of its own and within
// the limit of all.
func (l *Listeners) accept(ctx context.Context, p Protocol, listener net.Listener, converse func(context.Context, Protocol, net.Conn)) error {
	defer context.AfterFunc(ctx, func() { _ = listener.Close() })()
	var all sync.WaitGroup
	defer all.Wait()
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			if pause(ctx, err) {
				continue
			}
			return kvartal.Errorf(kvartal.KindUnavailable, "cannot take connections for %s on %s any more", p.Name, listener.Addr()).Because(err)
		}
		select {
		case l.places <- struct{}{}:
		default:
			l.refuse("a device was turned away: there are too many connections", p, conn.RemoteAddr(), nil, "connections")
			_ = conn.Close()
			continue
		}
		all.Go(func() {
			defer func() { <-l.places }()
			open := l.config.Metrics.connections.WithLabelValues(p.Name)
			open.Inc()
			defer open.Dec()
			converse(ctx, p, conn)
		})
	}
}

// pause waits after an error of Accept that passes, such as too many open files.
func pause(ctx context.Context, err error) bool {
	var temporary interface{ Temporary() bool }
	if !errors.As(err, &temporary) || !temporary.Temporary() {
		return false
	}
	select {
	case <-ctx.Done():
	case <-time.After(100 * time.Millisecond):
	}
	return true
}

// converse speaks with one device, or one relay of many, until either ends it.
func (l *Listeners) converse(ctx context.Context, p Protocol, conn net.Conn) {
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	defer func() { _ = conn.Close() }()
	c := &conversation{Listeners: l, session: p.Session(), admitted: map[live.DeviceID]bool{}}
	if err := c.run(ctx, conn); err != nil && ctx.Err() == nil {
		l.refuse("a conversation with a device was ended", p, conn.RemoteAddr(), err, reason(err))
	}
}

// refuse counts and logs what is not taken of strangers.
func (l *Listeners) refuse(text string, p Protocol, from net.Addr, err error, reason string) {
	l.config.Metrics.refused(p.Name, reason, 1)
	l.warn(text, p, from, err)
}

// reason names an error in metrics.
func reason(err error) string {
	switch kvartal.KindOf(err) {
	case kvartal.KindInvalid:
		return "not understood"
	case kvartal.KindForbidden:
		return "device not admitted"
	case kvartal.KindTooLarge:
		return "too much"
	default:
		return "failed"
	}
}

// warn logs what strangers cause, but not as often as they do.
func (l *Listeners) warn(text string, p Protocol, from net.Addr, err error) {
	if l.throttle.Allow() {
		l.config.Log.Warn(text, "protocol", p.Name, "from", from.String(), "error", err)
	}
}

// conversation is the state of one connection.
type conversation struct {
	*Listeners

	session  trackers.Session
	admitted map[live.DeviceID]bool
	bad      int // frames in a row that could not be read
}

func (c *conversation) run(ctx context.Context, conn net.Conn) error {
	var data []byte
	for {
		if err := conn.SetReadDeadline(time.Now().Add(idle)); err != nil {
			return err
		}
		var err error
		if data, err = read(conn, data); err != nil {
			return quiet(err)
		}
		used, replies, err := c.take(ctx, data)
		if len(replies) > 0 {
			if err := conn.SetWriteDeadline(time.Now().Add(answerWithin)); err != nil {
				return err
			}
			if _, err := conn.Write(replies); err != nil {
				return quiet(err)
			}
		}
		if err != nil {
			return err
		}
		data = append(data[:0], data[used:]...)
	}
}

// read appends what has come. Split refuses frames that never end, so data does
// not grow beyond one frame and what one read brings.
func read(conn io.Reader, data []byte) ([]byte, error) {
	if cap(data)-len(data) < readAtOnce {
		data = append(make([]byte, 0, 2*cap(data)+readAtOnce), data...)
	}
	n, err := conn.Read(data[len(data):cap(data)])
	if n > 0 {
		return data[:len(data)+n], nil
	}
	return data, err
}

// quiet drops the errors by which conversations usually end.
func quiet(err error) error {
	var timeout net.Error
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || (errors.As(err, &timeout) && timeout.Timeout()) {
		return nil
	}
	return err
}

// take reads the whole frames of data and returns how many bytes they are, and
// what is to be answered. Their fixes become durable together. An error ends the
// conversation.
func (c *conversation) take(ctx context.Context, data []byte) (used int, replies []byte, err error) {
	received := c.config.Now().UTC().Truncate(time.Microsecond)
	var messages []trackers.Message
	var fixes []live.Fix
	var ending error
	for ending == nil {
		n, err := c.session.Split(data[used:])
		if err != nil || n == 0 {
			ending = err
			break
		}
		m, err := c.session.Decode(data[used : used+n])
		used += n
		ending = c.judge(ctx, &m, err)
		for i := range m.Fixes {
			m.Fixes[i].Received = received
		}
		fixes = append(fixes, m.Fixes...)
		messages = append(messages, m)
	}
	keep, cancel := context.WithTimeout(ctx, keepWithin)
	defer cancel()
	kept := c.config.Keep(keep, fixes)
	for _, m := range messages {
		if kept == nil || len(m.Fixes) == 0 {
			replies = append(replies, m.Accepted...)
		} else {
			replies = append(replies, m.Refused...)
		}
	}
	if ending == nil {
		ending = kept
	}
	return used, replies, ending
}
