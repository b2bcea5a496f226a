package layers

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"unsafe"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/singleflight"

	"kvartal"
	"kvartal/postgres"
	"kvartal/view"
)

// MaxListed is the most features one listing may have.
const MaxListed = 5_000_000

// Listings answers for tables that people scroll: any part of the features of a
// layer in any order, by offset, at the price of reading the part. The ids in
// their order are found once and kept, within a budget of bytes, for as long as
// the change log says that they are right; a few changes are mended in place.
// So an edit, whoever made it, is in the next answer. It may be used
// concurrently.
type Listings struct {
	store   *Store
	budget  int
	flights singleflight.Group

	mu      sync.Mutex
	size    int                      // bytes; guarded by mu
	entries map[string]*list.Element // guarded by mu
	recent  *list.List               // of *listing, the latest used first; guarded by mu
}

// NewListings returns listings that keep at most budget bytes.
func NewListings(store *Store, budget int) *Listings {
	return &Listings{store: store, budget: budget, entries: map[string]*list.Element{}, recent: list.New()}
}

// listing is the ids of the features asked for in their order, as of a place in
// the change log. It does not change.
type listing struct {
	key    string
	cursor Cursor
	ids    []int64
}

func (l *listing) bytes() int { return len(l.key) + len(l.ids)*int(unsafe.Sizeof(int64(0))) + 256 }

// Rows is a part of a listing.
type Rows struct {
	Total   int      // features of the whole listing
	Columns []string // the attributes
	Rows    []Row
}

// Row is one feature: a value per column, as in kvartal.Feature.Properties.
type Row struct {
	ID     kvartal.FeatureID
	Values []any
}

// listed is what is asked of a layer.
type listed struct {
	def   *Definition
	view  view.View
	query Query
}

// Rows returns the features of the view's layer that q asks for from offset on,
// at most q.Limit. q.After must be nil. The view must permit Query.
func (l *Listings) Rows(ctx context.Context, v view.View, q Query, offset int) (Rows, error) {
	asked, err := l.ask(v, q)
	if err != nil {
		return Rows{}, err
	}
	if offset < 0 {
		return Rows{}, kvartal.Errorf(kvartal.KindInvalid, "offset is %d: want 0 or more", offset).In("offset")
	}
	var rows Rows
	err = l.use(ctx, asked, func(tx pgx.Tx, current *listing) error {
		first := min(offset, len(current.ids))
		part := current.ids[first:min(first+q.Limit, len(current.ids))]
		rows, err = l.store.readRows(ctx, tx, asked, part)
		rows.Total = len(current.ids)
		return err
	})
	return rows, err
}

// Position returns the offset of a feature in the listing of q; an error of
// KindNotFound if it is not in it.
func (l *Listings) Position(ctx context.Context, v view.View, q Query, id kvartal.FeatureID) (int, error) {
	asked, err := l.ask(v, q)
	if err != nil {
		return 0, err
	}
	position := -1
	err = l.use(ctx, asked, func(_ pgx.Tx, current *listing) error {
		position = slices.Index(current.ids, int64(id))
		return nil
	})
	if err == nil && position < 0 {
		err = kvartal.Errorf(kvartal.KindNotFound, "feature %d is not among those listed of layer %q", id, v.Layer)
	}
	return position, err
}

// Some returns those of the features with the given ids that q asks for, in its
// order.
func (l *Listings) Some(ctx context.Context, v view.View, q Query, ids []kvartal.FeatureID) (Rows, error) {
	asked, err := l.ask(v, q)
	if err != nil {
		return Rows{}, err
	}
	wanted := make([]int64, len(ids))
	for i, id := range ids {
		wanted[i] = int64(id)
	}
	var rows Rows
	err = pgx.BeginTxFunc(ctx, l.store.pool, readSnapshot(), func(tx pgx.Tx) error {
		ordered, err := l.store.listIDs(ctx, tx, asked, wanted)
		if err != nil {
			return err
		}
		rows, err = l.store.readRows(ctx, tx, asked, ordered)
		rows.Total = len(ordered)
		return err
	})
	return rows, postgres.Translate(err, "read features of layer "+string(asked.def.ID))
}

func (l *Listings) ask(v view.View, q Query) (listed, error) {
	d, err := l.store.queried(v)
	if err == nil {
		v = v.For(view.Query)
		err = q.check(d, v)
	}
	return listed{d, v, q}, err
}

// errStale says that a listing is not right any more and has to be made anew.
var errStale = errors.New("the listing is stale")

// use calls read with a listing that is right in the snapshot of tx.
func (l *Listings) use(ctx context.Context, asked listed, read func(pgx.Tx, *listing) error) error {
	key, err := l.store.listingKey(ctx, asked)
	if err != nil {
		return err
	}
	if asked.def.Live != nil { // no change log tells how it changes
		current, err := l.make(ctx, key, asked)
		if err == nil {
			err = pgx.BeginTxFunc(ctx, l.store.pool, readSnapshot(), func(tx pgx.Tx) error { return read(tx, current) })
		}
		return postgres.Translate(err, "list layer "+string(asked.def.ID))
	}
	const attempts = 3 // changes that come faster than the layer can be read
	err = errStale
	for range attempts {
		current := l.get(key)
		if current == nil {
			if current, err = l.make(ctx, key, asked); err != nil {
				break
			}
		}
		err = pgx.BeginTxFunc(ctx, l.store.pool, readSnapshot(), func(tx pgx.Tx) error {
			now, err := l.store.refreshed(ctx, tx, asked, current)
			if err != nil {
				return err
			}
			l.put(now)
			return read(tx, now)
		})
		if !errors.Is(err, errStale) {
			break
		}
		l.drop(current)
	}
	if errors.Is(err, errStale) {
		return kvartal.Errorf(kvartal.KindUnavailable, "layer %q changes as a whole right now: try again in a moment", asked.def.ID)
	}
	return postgres.Translate(err, "list layer "+string(asked.def.ID))
}

// make reads the ids in their order; requests for the same share the work.
func (l *Listings) make(ctx context.Context, key string, asked listed) (*listing, error) {
	if err := l.store.afford(ctx, asked.def, asked.view, view.Query, asked.query); err != nil {
		return nil, err
	}
	flight := l.flights.DoChan(key, func() (any, error) {
		// It outlives a caller that leaves: others may wait for it. Its statements
		// have the timeout of their connection.
		made := &listing{key: key}
		err := pgx.BeginTxFunc(context.WithoutCancel(ctx), l.store.pool, readSnapshot(), func(tx pgx.Tx) error {
			seen, err := look(ctx, tx, Cursor{})
			if err != nil {
				return err
			}
			made.cursor = seen.cursor
			made.ids, err = l.store.listIDs(ctx, tx, asked, nil)
			return err
		})
		return made, err
	})
	select {
	case result := <-flight:
		made, _ := result.Val.(*listing)
		return made, result.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *Listings) get(key string) *listing {
	l.mu.Lock()
	defer l.mu.Unlock()
	element := l.entries[key]
	if element == nil {
		return nil
	}
	l.recent.MoveToFront(element)
	return element.Value.(*listing) //nolint:forcetypeassert // the list holds nothing else
}

// put keeps a listing in place of an earlier one of the same key.
func (l *Listings) put(made *listing) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if element := l.entries[made.key]; element != nil {
		l.remove(element)
	}
	if made.bytes() > l.budget {
		return
	}
	l.entries[made.key] = l.recent.PushFront(made)
	l.size += made.bytes()
	for l.size > l.budget {
		l.remove(l.recent.Back())
	}
}

// drop forgets a listing if it has not been replaced yet.
func (l *Listings) drop(stale *listing) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if element := l.entries[stale.key]; element != nil && element.Value == any(stale) {
		l.remove(element)
	}
}

// remove forgets an entry. The caller holds mu.
func (l *Listings) remove(element *list.Element) {
	entry := element.Value.(*listing) //nolint:forcetypeassert // the list holds nothing else
	l.recent.Remove(element)
	delete(l.entries, entry.key)
	l.size -= entry.bytes()
}

// listingKey names a listing: equal keys list the same. Numbers are written as they
// are: %q would write them as characters, and large ones all alike.
func (s *Store) listingKey(ctx context.Context, asked listed) (string, error) {
	var st statement
	err := s.conditionSQL(ctx, &st, asked.def, asked.query)
	return fmt.Sprintf("%s %s %s %#v", asked.view.Fingerprint(), st.String(), orderSQL(asked.def, asked.query.Sort), st.args), err
}
