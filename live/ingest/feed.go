package ingest

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"kvartal"
	"kvartal/live"
)

// Limits of feeds that a setting may lower, and some that none moves.
const (
	feedEvery     = 15 * time.Second
	feedTimeout   = 10 * time.Second
	feedBytes     = 16 << 20
	feedRedirects = 3
	// longestRest is the longest time between attempts at a feed that fails.
	longestRest = 5 * time.Minute
)

// Feed is a document on another server that is read again and again: what a bus
// operator publishes of its vehicles.
type Feed struct {
	// Name is what logs and metrics call it.
	Name string
	// URL is of scheme http or https.
	URL string
	// Decode reads the document; one of Forms.
	Decode func([]byte) ([]live.Fix, error)
	// Prefix is put before the names of devices, so that vehicle 7 of two
	// operators is two.
	Prefix string
	// Header is sent along, such as an API key.
	Header http.Header
	// Hosts are those to which the feed's own may send us on.
	Hosts []string
	// Every is the time between readings, Timeout that of one, MaxBytes the length
	// of the document when unpacked; 0 stands for 15 s, 10 s and 16 MB.
	Every, Timeout time.Duration
	MaxBytes       int64
}

// Check returns an error of kvartal.KindInvalid if f cannot be read.
func (f *Feed) Check() error {
	u, err := url.Parse(f.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return kvartal.Errorf(kvartal.KindInvalid, "the URL of feed %q is not understood: want http:// or https:// and a host", f.Name)
	}
	if f.Every < 0 || f.Timeout < 0 || f.MaxBytes < 0 || (f.Every > 0 && f.Every < time.Second) {
		return kvartal.Errorf(kvartal.KindInvalid, "feed %q is to be read each %v: want a second at least, and limits above 0", f.Name, f.Every)
	}
	return nil
}

// Poller reads one feed. It is used by one goroutine.
type Poller struct {
	feed    Feed
	intake  *Intake
	log     *slog.Logger
	client  *http.Client
	tag     string // ETag of the document read last
	changed string // its Last-Modified
	seen    map[live.DeviceID]live.Key
	failed  int // times in a row
}

// NewPoller returns what reads a feed that has been checked.
func NewPoller(f Feed, in *Intake, log *slog.Logger) *Poller {
	f.Every, f.Timeout, f.MaxBytes = cmp.Or(f.Every, feedEvery), cmp.Or(f.Timeout, feedTimeout), cmp.Or(f.MaxBytes, feedBytes)
	p := &Poller{feed: f, intake: in, log: log, seen: map[live.DeviceID]live.Key{}}
	p.client = &http.Client{Timeout: f.Timeout, CheckRedirect: p.mayGo}
	return p
}

// mayGo keeps redirects to the hosts that the setting names, by a way that is
// not less safe: else a feed could have us ask servers of the city for it.
func (p *Poller) mayGo(next *http.Request, before []*http.Request) error {
	first := before[0].URL
	switch {
	case len(before) > feedRedirects:
		return kvartal.Errorf(kvartal.KindInvalid, "it sends us on more than %d times", feedRedirects)
	case first.Scheme == "https" && next.URL.Scheme != "https":
		return kvartal.Errorf(kvartal.KindInvalid, "it sends us from https to %s", next.URL.Scheme)
	case next.URL.Host == first.Host:
		return nil
	case !slices.Contains(p.feed.Hosts, next.URL.Host):
		return kvartal.Errorf(kvartal.KindInvalid, "it sends us to %s: name that among its hosts if that is right", next.URL.Host)
	}
	for name := range p.feed.Header { // a key is for the host it was given for
		next.Header.Del(name)
	}
	return nil
}

// Run reads the feed until the context ends.
func (p *Poller) Run(ctx context.Context) error {
	for {
		p.tell(ctx, p.Poll(ctx))
		timer := time.NewTimer(p.rest())
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// rest is the time until the next attempt: twice as long after each failure.
func (p *Poller) rest() time.Duration {
	rest := p.feed.Every
	for range p.failed {
		if rest >= longestRest {
			break
		}
		rest = min(2*rest, longestRest)
	}
	return rest
}

// tell logs when the feed begins to fail and when it is back, not each attempt.
func (p *Poller) tell(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err == nil && p.failed > 0:
		p.log.InfoContext(ctx, "a feed is back", "feed", p.feed.Name, "failed", p.failed)
		p.failed = 0
	case err != nil:
		if p.failed == 0 {
			p.log.WarnContext(ctx, "a feed cannot be read; it is tried again and again", "feed", p.feed.Name, "error", err)
		}
		p.failed++
		p.intake.metrics.refused(p.feed.Name, reason(err), 1)
	}
}

// Poll reads the feed once and keeps what is new in it.
func (p *Poller) Poll(ctx context.Context) error {
	data, commit, err := p.fetch(ctx)
	if err != nil || data == nil {
		return err
	}
	fixes, err := p.feed.Decode(data)
	if err != nil {
		return err
	}
	fixes, seen := p.fresh(fixes)
	if err := p.intake.Take(ctx, fixes); err != nil {
		return err
	}
	p.seen = seen
	commit()
	return nil
}

// fetch returns the document, nil if it is the one read last, and what notes that
// it has been kept.
func (p *Poller) fetch(ctx context.Context) (data []byte, commit func(), err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.feed.URL, nil)
	if err != nil {
		return nil, nil, kvartal.Errorf(kvartal.KindInvalid, "the URL is not understood").Because(err)
	}
	for name, values := range p.feed.Header {
		r.Header[name] = values
	}
	conditional(r.Header, "If-None-Match", p.tag)
	conditional(r.Header, "If-Modified-Since", p.changed)
	answer, err := p.client.Do(r)
	if err != nil {
		return nil, nil, unreachable(err)
	}
	defer func() { _ = answer.Body.Close() }()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusNotModified:
		return nil, nil, nil
	default:
		return nil, nil, kvartal.Errorf(kvartal.KindUnavailable, "its server answers %s", answer.Status)
	}
	data, err = io.ReadAll(io.LimitReader(answer.Body, p.feed.MaxBytes+1))
	if err != nil {
		return nil, nil, unreachable(err)
	}
	if int64(len(data)) > p.feed.MaxBytes {
		return nil, nil, kvartal.Errorf(kvartal.KindTooLarge, "it is longer than %d bytes", p.feed.MaxBytes)
	}
	return data, func() { p.tag, p.changed = answer.Header.Get("ETag"), answer.Header.Get("Last-Modified") }, nil
}

func conditional(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	}
}

func unreachable(err error) error {
	var ours *kvartal.Error
	if errors.As(err, &ours) {
		return ours
	}
	return kvartal.Errorf(kvartal.KindUnavailable, "its server does not answer").Because(err)
}

// fresh returns the sound fixes that the last reading did not bring, and the keys
// of all: a bus that told nothing new is in every document.
func (p *Poller) fresh(fixes []live.Fix) ([]live.Fix, map[live.DeviceID]live.Key) {
	seen := make(map[live.DeviceID]live.Key, len(fixes))
	kept := fixes[:0]
	for _, f := range fixes {
		f.Device = live.DeviceID(p.feed.Prefix) + f.Device
		if f.Sound() != nil {
			p.intake.metrics.refused(p.feed.Name, "not understood", 1)
			continue
		}
		key := f.Key()
		if !f.Time.IsZero() && p.seen[f.Device] == key {
			seen[f.Device] = key
			continue
		}
		seen[f.Device] = key
		kept = append(kept, f)
	}
	return kept, seen
}
