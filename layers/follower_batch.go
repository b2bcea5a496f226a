package layers

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"

	"kvartal"
)

// Batch is what became visible since the last one.
type Batch struct {
	// Changes in an order that is right for each feature. A feature may stand in
	// it more than once, and a batch may come again after a failure: what counts
	// is the row as Tx sees it, which may be gone.
	Changes []LoggedChange
	// ReloadAll says that the changes are not known, because the log no longer
	// reaches back or the database is another one: read every layer anew.
	ReloadAll bool
	// Tx is the read-only snapshot in which everything before Cursor is visible
	// and nothing after. It ends when the batch has been applied. A parallel load
	// may export it (pg_export_snapshot). The tables of the layers that changed
	// are locked against being replaced under it.
	Tx pgx.Tx
	// Cursor is the place after this batch.
	Cursor Cursor
	// Token names all up to Cursor, for clients that are told of the batch and
	// then ask another server.
	Token Token
}

// mostChanges is how many changes of one layer a batch holds; beyond, reading
// the layer anew is cheaper, and memory is bounded.
const mostChanges = 50_000

// readChanges reads what is visible to tx and was not to the cursor.
func readChanges(ctx context.Context, tx pgx.Tx, from Cursor) ([]LoggedChange, error) {
	rows, err := tx.Query(ctx, `SELECT layer, coalesce(feature, 0), operation, old_box, new_box, at
		FROM kvartal.changes_since($1) WHERE layer IS NOT NULL ORDER BY seq`, from.seen.String())
	if err != nil {
		return nil, err
	}
	var c LoggedChange
	var before, after pgtype.Box
	collected := collector{counts: map[kvartal.LayerID]int{}, reloads: map[kvartal.LayerID]LoggedChange{}}
	_, err = pgx.ForEachRow(rows, []any{&c.Layer, &c.ID, &c.Operation, &before, &after, &c.At}, func() error {
		c.Old, c.New = bound(before), bound(after)
		collected.add(c)
		return nil
	})
	return collected.finish(), err
}

// collector makes one reload of the changes of a layer that has too many.
type collector struct {
	changes []LoggedChange
	counts  map[kvartal.LayerID]int
	reloads map[kvartal.LayerID]LoggedChange
}

func (c *collector) add(change LoggedChange) {
	c.counts[change.Layer]++
	switch n := c.counts[change.Layer]; {
	case n <= mostChanges:
		c.changes = append(c.changes, change)
	case n == mostChanges+1:
		c.collapse(change.Layer)
		fallthrough
	default:
		c.merge(change)
	}
}

// collapse merges the changes of a layer so far.
func (c *collector) collapse(layer kvartal.LayerID) {
	c.changes = slices.DeleteFunc(c.changes, func(change LoggedChange) bool {
		if change.Layer != layer {
			return false
		}
		c.merge(change)
		return true
	})
}

func (c *collector) merge(change LoggedChange) {
	reload := c.reloads[change.Layer]
	c.reloads[change.Layer] = LoggedChange{
		Layer: change.Layer, Operation: Reloaded, At: change.At,
		New: union(reload.New, union(change.Old, change.New)),
	}
}

// finish returns the changes, reloads last.
func (c *collector) finish() []LoggedChange {
	for _, reload := range c.reloads {
		c.changes = append(c.changes, reload)
	}
	return c.changes
}

func union(a, b *orb.Bound) *orb.Bound {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	both := a.Union(*b)
	return &both
}
