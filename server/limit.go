package server

import (
	"math"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"kvartal"
)

// Limits bound how often is asked, so that nobody keeps the server from others
// nor tries passwords at leisure. A zero Rate is no limit.
type Limits struct {
	Address   Rate // requests of one address, behind which a whole office may be
	Principal Rate // requests of one account or key, wherever from
	SignIn    Rate // attempts to sign in from one address
}

// Rate is so many requests a second, and so many at once after a rest.
type Rate struct {
	PerSecond float64
	Burst     int
}

// limiter is a token bucket for each of many callers.
type limiter struct {
	rate Rate

	mu sync.Mutex
	// Buckets in use of late, and those before them: when recent is full it takes
	// the place of older, whose buckets have filled up again by then or are few.
	recent, older map[string]*rate.Limiter // guarded by mu
}

// mostBuckets bounds the buckets of each of the two maps of a limiter.
const mostBuckets = 20_000

func newLimiter(r Rate) *limiter { return &limiter{rate: r, recent: map[string]*rate.Limiter{}} }

// take takes a token from the bucket of a caller, or says how long there is none.
func (l *limiter) take(caller string) (wait time.Duration) {
	if l.rate.PerSecond <= 0 || caller == "" {
		return 0
	}
	reserved := l.bucket(caller).Reserve()
	wait = reserved.Delay()
	if wait > 0 {
		reserved.Cancel()
	}
	return wait
}

func (l *limiter) bucket(caller string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.recent[caller]
	if b != nil {
		return b
	}
	if len(l.recent) >= mostBuckets {
		l.recent, l.older = map[string]*rate.Limiter{}, l.recent
	}
	if b = l.older[caller]; b == nil {
		b = rate.NewLimiter(rate.Limit(l.rate.PerSecond), max(1, l.rate.Burst))
	}
	l.recent[caller] = b
	return b
}

// tooOften refuses who has to wait.
func tooOften(wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	return protocolError{
		code: http.StatusTooManyRequests, retry: int(math.Ceil(wait.Seconds())),
		err: kvartal.Errorf(kvartal.KindUnavailable, "you ask too often: try again in a moment"),
	}
}

// network names the network that a request comes from: an address, or of IPv6 the
// 64 bits that one household has; "" is this machine, where a proxy may stand
// that nobody has told of, and which has no need to ask over the network.
func network(r *http.Request) string {
	host := peerOf(r).address
	address, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	address = address.Unmap().WithZone("")
	switch {
	case address.IsLoopback():
		return ""
	case address.Is6():
		prefix, _ := address.Prefix(64) // of an address of 128 bits
		return prefix.String()
	}
	return address.String()
}

// sparingly bounds how often somebody may try to sign in.
func (s *Server) sparingly(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request, city *City) error {
		if err := tooOften(s.signIns.take(network(r))); err != nil {
			return err
		}
		return h(w, r, city)
	}
}
