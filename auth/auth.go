// Package auth knows who asks and what they are granted: local accounts with
// passwords, sessions, keys of other systems, roles and grants, and the audit
// log. It does not know what layers are: a grant meets the definition of its
// layer in package layers and becomes a view.Rule there.
//
// What it decides is kept in memory and holds as long as the version in the
// database, which every change of a right raises, whoever makes it. Follow
// keeps the two in step, so that rights change for open sessions too.
package auth

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"kvartal"
	"kvartal/postgres"
)

// Roles that always exist.
const (
	RolePublic        = "public"        // everybody, signed in or not
	RoleAdministrator = "administrator" // accounts, roles, grants and the audit log; no layers
)

// RoleMonitor is told by /metrics which layers there are and how much is in them.
// It exists if an administrator adds it.
const RoleMonitor = "monitor"

// followEvery is how long a change of rights made elsewhere may take to hold.
const followEvery = 200 * time.Millisecond

// Service answers who asks and what they may do. It may be used concurrently.
type Service struct {
	pool     *pgxpool.Pool
	policy   atomic.Pointer[Policy]
	hashing  chan struct{} // bounds the memory that passwords take
	mu       sync.Mutex
	sessions map[[32]byte]Session // of the policy's version; guarded by mu
	keys     map[[32]byte]known   // guarded by mu
	changed  chan struct{}        // closed when the policy is another; guarded by mu
}

// known is a principal until its key expires.
type known struct {
	principal kvartal.Principal
	expires   time.Time
}

// maxKept bounds the sessions and keys in memory. More are read anew.
const maxKept = 10_000

// Open returns a service over a migrated database.
func Open(ctx context.Context, pool *pgxpool.Pool) (*Service, error) {
	s := &Service{pool: pool, hashing: make(chan struct{}, 2)}
	s.forget()
	return s, s.Refresh(ctx)
}

// Follow refreshes the policy until the context ends. It outlives failures of
// the database: what was granted last holds until it is back.
func (s *Service) Follow(ctx context.Context) error {
	ticker := time.NewTicker(followEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			_ = s.Refresh(ctx)
		}
	}
}

// Refresh reads the policy if it has changed.
func (s *Service) Refresh(ctx context.Context) error {
	var version int64
	if err := s.pool.QueryRow(ctx, "SELECT version FROM auth.version").Scan(&version); err != nil {
		return postgres.Translate(err, "read the version of rights")
	}
	if current := s.policy.Load(); current != nil && current.version == version {
		return nil
	}
	policy, err := readPolicy(ctx, s.pool, version)
	if err != nil {
		return postgres.Translate(err, "read rights")
	}
	s.policy.Store(policy)
	s.forget()
	return nil
}

// forget drops what was decided by an earlier policy.
func (s *Service) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions, s.keys = map[[32]byte]Session{}, map[[32]byte]known{}
	if s.changed != nil {
		close(s.changed)
	}
	s.changed = make(chan struct{})
}

// Changed returns a channel that is closed when rights, accounts or sessions are
// not those of now any more.
func (s *Service) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Policy returns the rights as they are.
func (s *Service) Policy() *Policy { return s.policy.Load() }
