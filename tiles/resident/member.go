package resident

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
	"kvartal/view"
)

// mostConditions is how many conditions on rows a part remembers the members of.
const mostConditions = 256

// members are the features of a part that satisfy conditions on rows. The
// database decides, once a condition, so that every condition it can decide is
// decided as by a query. It is asked for versions of rows: a row that has changed
// since it was read is no member until the change log brings it here, and so a
// condition is never taken to be true of values it is not true of.
type members struct {
	features int // of the part
	mu       sync.Mutex
	sets     map[string]*memberSet // by condition; guarded by mu
}

func newMembers(features int) *members {
	return &members{features: features, sets: map[string]*memberSet{}}
}

type memberSet struct {
	mu    sync.Mutex // held while the database is asked
	known bool       // guarded by mu
	set   bitset     // guarded by mu until known
	// unasked are the features that set does not tell of, nil if it tells of none;
	// guarded by mu.
	unasked []kvartal.FeatureID
}

// of returns the members by a condition, asking for those that are not known: ask
// adds to a set which of some features, or of all if they are nil, are members.
func (m *members) of(condition string, ask func(bitset, []kvartal.FeatureID) error) (bitset, error) {
	s := m.entry(condition)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.known {
		if err := ask(s.set, s.unasked); err != nil {
			return nil, err
		}
		s.known, s.unasked = true, nil
	}
	return s.set, nil
}

// members returns what is known of base when features are merged into one part,
// so that the database is asked about those of delta alone.
func (m *merger) members() *members {
	from := m.layer.base.members
	from.mu.Lock()
	defer from.mu.Unlock()
	to := newMembers(m.part.len())
	for condition, s := range from.sets {
		if !s.mu.TryLock() {
			continue // being asked: the change log does not wait for it
		}
		if s.known {
			to.sets[condition] = &memberSet{set: m.move(s.set), unasked: m.layer.delta.ids}
		}
		s.mu.Unlock()
	}
	return to
}

// move returns a set of features of base as one of the merged part.
func (m *merger) move(set bitset) bitset {
	out := newBitset(m.part.len())
	for i, at := range m.moved {
		if set.has(uint32(i)) && !m.layer.dead.has(uint32(i)) {
			out.add(at)
		}
	}
	return out
}

func (m *members) entry(condition string) *memberSet {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sets[condition]
	if s == nil {
		if len(m.sets) >= mostConditions {
			clear(m.sets) // grants change rarely
		}
		s = &memberSet{set: newBitset(m.features)}
		m.sets[condition] = s
	}
	return s
}

// ruleRows are the rows of a layer that a rule of a view covers, and the columns
// it shows of them.
type ruleRows struct {
	base, delta bitset // nil: all
	columns     uint64 // bits in the order of the schema's fields
}

// covers reports whether the rule covers the feature at p.
func (r *ruleRows) covers(p place) bool {
	if r.base == nil {
		return true
	}
	if p&inDelta != 0 {
		return r.delta.has(uint32(p &^ inDelta))
	}
	return r.base.has(uint32(p))
}

// mostRuled is the most fields of a layer whose rules can be followed in memory.
const mostRuled = 64

// followed reports whether the rules of a view can be followed in memory: they
// hide rows and values but change none.
func (s *schema) followed(v view.View) bool {
	for _, r := range v.Rules {
		if len(r.Masked) > 0 {
			return false
		}
	}
	return len(s.fields) <= mostRuled
}

// rules returns what the rules of a view, which has been narrowed to seeing,
// cover of a layer; none if it shows every row.
func (s *Set) rules(ctx context.Context, l *layer, v view.View) ([]ruleRows, error) {
	if v.WholeLayer() {
		return nil, nil
	}
	out := make([]ruleRows, len(v.Rules))
	for i, rule := range v.Rules {
		for c, f := range l.schema.fields {
			if rule.Reads(f.Name) {
				out[i].columns |= 1 << c
			}
		}
		if rule.Rows == nil {
			continue
		}
		var err error
		if out[i].base, err = s.members(ctx, l.schema, l.base, rule, false); err != nil {
			return nil, err
		}
		if out[i].delta, err = s.members(ctx, l.schema, l.delta, rule, true); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// members returns the features of a part that a rule covers, asking about each by
// its id if few.
func (s *Set) members(ctx context.Context, schema *schema, p *part, rule view.Rule, few bool) (bitset, error) {
	return p.members.of(rule.Condition, func(set bitset, unasked []kvartal.FeatureID) error {
		if few && unasked == nil {
			unasked = p.ids
		}
		if unasked != nil && len(unasked) == 0 || p.len() == 0 {
			return nil
		}
		err := s.askMembers(ctx, schema, p, rule, set, unasked)
		return postgres.Translate(err, fmt.Sprintf("find the rows of layer %s that a right covers", schema.def.ID))
	})
}

func (s *Set) askMembers(ctx context.Context, schema *schema, p *part, rule view.Rule, set bitset, unasked []kvartal.FeatureID) error {
	condition, args := rule.Rows.SQL(1, "")
	sql := "SELECT id, xmin FROM " + s.cfg.Store.Table(schema.def) + " WHERE (" + condition + ")"
	if unasked != nil {
		args = append(args, unasked)
		sql += fmt.Sprintf(" AND id = ANY ($%d)", len(args))
	}
	rows, err := s.cfg.Pool.Query(ctx, sql, append([]any{pgx.QueryResultFormats{pgx.BinaryFormatCode}}, args...)...)
	return eachRow(rows, err, func(row [][]byte) error {
		id, err := bigint(row[0])
		if err != nil {
			return err
		}
		version, err := xid(row[1])
		if i, found := p.find(kvartal.FeatureID(id)); found && p.versions[i] == version {
			set.add(i)
		}
		return err
	})
}

// xid reads the number of a transaction, 0 for none.
func xid(column []byte) (uint32, error) {
	switch len(column) {
	case 0:
		return 0, nil
	case 4:
		return binary.BigEndian.Uint32(column), nil
	}
	return 0, fmt.Errorf("%w: a transaction has %d bytes", errCopy, len(column))
}

// permits returns the columns that the rules show of a feature, and whether they
// show it at all.
func permits(rules []ruleRows, p place) (columns uint64, shown bool) {
	for i := range rules {
		if rules[i].covers(p) {
			columns, shown = columns|rules[i].columns, true
		}
	}
	return columns, shown
}
