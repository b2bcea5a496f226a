package layers

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"

	"kvartal"
)

// LoggedOperation is what the change log says happened.
type LoggedOperation string

// The operations of the change log.
const (
	Inserted  LoggedOperation = "insert"
	Updated   LoggedOperation = "update"
	Deleted   LoggedOperation = "delete"
	Reloaded  LoggedOperation = "reload"   // many features changed: read the layer anew
	Truncated LoggedOperation = "truncate" // all features of the layer are gone
)

// LoggedChange is one entry of the change log. It says what changed, not to
// what: the row is read in the snapshot of the Batch that brings the entry.
type LoggedChange struct {
	Layer     kvartal.LayerID
	ID        kvartal.FeatureID // 0 in Reloaded and Truncated
	Operation LoggedOperation
	// Old and New are the envelopes before and after the change, in EPSG:3857
	// and infinite where the change may have touched anything. Nil means that
	// there was no geometry; Reloaded has New alone, for all that changed.
	Old, New *orb.Bound
	// At is when the statement that made the change ended.
	At time.Time
}

// logTriggersSQL makes the triggers by which a table called name writes the
// change log. Each has one event, as transition tables require.
func (t table) logTriggersSQL(name pgx.Identifier) string {
	if !t.stamped() {
		return fmt.Sprintf(`
CREATE OR REPLACE TRIGGER kv_log_touched AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s
  FOR EACH STATEMENT EXECUTE FUNCTION kvartal.log_touched();`, name.Sanitize())
	}
	const placed = `
CREATE OR REPLACE TRIGGER kv_log_inserted AFTER INSERT ON %[1]s REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION kvartal.log_inserted();
CREATE OR REPLACE TRIGGER kv_log_updated AFTER UPDATE ON %[1]s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION kvartal.log_updated();
CREATE OR REPLACE TRIGGER kv_log_deleted AFTER DELETE ON %[1]s REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION kvartal.log_deleted();`
	const unplaced = `
CREATE OR REPLACE TRIGGER kv_log_inserted AFTER INSERT ON %[1]s REFERENCING NEW TABLE AS changed_rows
  FOR EACH STATEMENT EXECUTE FUNCTION kvartal.log_unplaced();
CREATE OR REPLACE TRIGGER kv_log_updated AFTER UPDATE ON %[1]s REFERENCING NEW TABLE AS changed_rows
  FOR EACH STATEMENT EXECUTE FUNCTION kvartal.log_unplaced();
CREATE OR REPLACE TRIGGER kv_log_deleted AFTER DELETE ON %[1]s REFERENCING OLD TABLE AS changed_rows
  FOR EACH STATEMENT EXECUTE FUNCTION kvartal.log_unplaced();`
	const truncated = `
CREATE OR REPLACE TRIGGER kv_log_truncated AFTER TRUNCATE ON %[1]s
  FOR EACH STATEMENT EXECUTE FUNCTION kvartal.log_truncated();`
	rows := placed
	if !t.def.HasGeometry() {
		rows = unplaced
	}
	return strings.ReplaceAll(rows+truncated, "%[1]s", name.Sanitize())
}

// logReload logs that a layer has to be read anew, all of it.
func logReload(ctx context.Context, db querier, layer kvartal.LayerID) error {
	_, err := db.Exec(ctx, "SELECT kvartal.log_reload($1, kvartal.anywhere())", string(layer))
	return err
}

// bound reads an envelope of the change log.
func bound(b pgtype.Box) *orb.Bound {
	if !b.Valid {
		return nil
	}
	upper, lower := b.P[0], b.P[1]
	out := orb.Bound{Min: orb.Point{lower.X, lower.Y}, Max: orb.Point{upper.X, upper.Y}}
	for _, x := range []float64{lower.X, lower.Y, upper.X, upper.Y} {
		if math.IsNaN(x) {
			out = anywhere()
		}
	}
	return &out
}

// anywhere is the envelope of a change that may have touched anything.
func anywhere() orb.Bound {
	inf := math.Inf(1)
	return orb.Bound{Min: orb.Point{-inf, -inf}, Max: orb.Point{inf, inf}}
}
