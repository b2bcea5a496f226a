package layers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"kvartal"
	"kvartal/postgres"
)

// batchRows is how many rows one statement writes.
const batchRows = 5000

// Applied is what became of a changeset.
type Applied struct {
	Changeset int64
	// IDs and Versions of the features in the order of the changes; the
	// version of a deleted feature is 0.
	IDs      []kvartal.FeatureID
	Versions []int64
	// Token names the changeset to Follower.Await.
	Token Token
}

// ApplyChangeset makes all changes of cs in one transaction, with history, or
// none of them. Within a layer deletes come first, then updates, then creates,
// so that a key can pass from one feature to another. Errors are of KindInvalid
// (naming the change and the field), KindNotFound, or KindConflict when a
// feature has another version than the change expects (ErrStale) or a unique
// value is taken.
func (s *Store) ApplyChangeset(ctx context.Context, source string, cs kvartal.Changeset) (Applied, error) {
	return s.apply(ctx, source, cs, nil)
}

// apply applies a changeset as far as a guard lets it; nil lets everything.
func (s *Store) apply(ctx context.Context, source string, cs kvartal.Changeset, g *guard) (Applied, error) {
	applied := Applied{
		IDs:      make([]kvartal.FeatureID, len(cs.Changes)),
		Versions: make([]int64, len(cs.Changes)),
	}
	writes, err := s.prepare(cs)
	if err != nil {
		return Applied{}, err
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT kvartal.begin_changeset($1, $2, $3),
			kvartal.change_log_origin() || '/' || pg_current_xact_id()`,
			cs.Author.Name, source, cs.Comment).Scan(&applied.Changeset, &applied.Token); err != nil {
			return err
		}
		for _, w := range writes {
			for chunk := range slices.Chunk(w.rows, batchRows) {
				if err := g.before(ctx, tx, w, chunk); err != nil {
					return err
				}
				if err := w.write(ctx, tx, chunk, &applied); err != nil {
					return w.fault(err)
				}
				if err := g.after(ctx, tx, w, chunk, applied.IDs); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return Applied{}, postgres.Translate(err, "apply the changeset")
	}
	return applied, nil
}

// write is the changes of one layer that one statement can make: the same
// operation on the same columns.
type write struct {
	table     table
	crs       kvartal.SRID // of the geometries given
	operation kvartal.Operation
	fields    []Field // written, in the order of the definition
	geometry  bool    // geometry is written
	rows      []writeRow
}

type writeRow struct {
	index   int // of the change in its changeset
	feature kvartal.Feature
}

// operationOrder is the order of operations within a layer.
func operationOrder() []kvartal.Operation {
	return []kvartal.Operation{kvartal.Delete, kvartal.Update, kvartal.Create}
}

// prepare validates the changes and sorts them into writes.
func (s *Store) prepare(cs kvartal.Changeset) ([]*write, error) {
	type feature struct {
		layer kvartal.LayerID
		id    kvartal.FeatureID
	}
	byShape := map[string]*write{}
	seen := map[feature]bool{}
	for i, change := range cs.Changes {
		d, err := s.reg.Layer(change.Layer)
		if err != nil {
			return nil, inChange(i, err)
		}
		w, checked, err := s.shape(d, change, cs.CRS)
		if err != nil {
			return nil, inChange(i, err)
		}
		f := feature{change.Layer, change.Feature.ID}
		if f.id != 0 && seen[f] {
			return nil, inChange(i, kvartal.Errorf(kvartal.KindInvalid, "feature %d of layer %q is changed twice: join the changes", f.id, f.layer))
		}
		seen[f] = true
		key := w.key()
		if byShape[key] == nil {
			byShape[key] = w
		}
		byShape[key].rows = append(byShape[key].rows, writeRow{i, checked})
	}
	writes := slices.Collect(maps.Values(byShape))
	slices.SortFunc(writes, func(a, b *write) int {
		order := operationOrder()
		if c := slices.Index(order, a.operation) - slices.Index(order, b.operation); c != 0 {
			return c
		}
		return strings.Compare(a.key(), b.key())
	})
	return writes, nil
}

// inChange says which change of the changeset err is about.
func inChange(i int, err error) error { return kvartal.Within(err, fmt.Sprintf("change %d", i+1)) }

// shape returns the write that a change belongs to and its feature with
// checked values.
func (s *Store) shape(d *Definition, change kvartal.Change, crs kvartal.SRID) (*write, kvartal.Feature, error) {
	f := change.Feature
	w := &write{table: s.table(d), crs: crs, operation: change.Operation}
	if crs == 0 {
		w.crs = w.table.srid
	}
	if d.History == HistoryRevisions {
		return nil, f, kvartal.Errorf(kvartal.KindInvalid, "layer %q is replaced as a whole by imports: single features cannot be changed", d.ID)
	}
	if d.Live != nil {
		return nil, f, kvartal.Errorf(kvartal.KindInvalid, "features of layer %q cannot be changed, devices tell them: change the register of devices (layer %q)", d.ID, DevicesLayer)
	}
	switch change.Operation {
	case kvartal.Create:
		w.geometry = d.HasGeometry()
		w.fields = d.Fields
	case kvartal.Update:
		w.geometry = f.Geometry != nil || change.ClearGeometry && d.HasGeometry()
		w.fields = slices.DeleteFunc(slices.Clone(d.Fields), func(field Field) bool {
			_, given := f.Properties[field.Name]
			return !given
		})
	case kvartal.Delete:
		return w, f, requireID(f)
	default:
		return nil, f, kvartal.Errorf(kvartal.KindInvalid, "unknown operation %q: want create, update or delete", change.Operation)
	}
	if change.Operation == kvartal.Update {
		if err := requireID(f); err != nil {
			return nil, f, err
		}
	}
	checked, err := check(d, f, w.fields)
	return w, checked, err
}

func requireID(f kvartal.Feature) error {
	if f.ID <= 0 {
		return kvartal.Errorf(kvartal.KindInvalid, "the id of the feature is missing")
	}
	return nil
}

// check converts the feature's values to the types of the fields written.
func check(d *Definition, f kvartal.Feature, fields []Field) (kvartal.Feature, error) {
	for name := range f.Properties {
		if _, ok := d.Field(name); !ok {
			return f, noField(d, name)
		}
	}
	if f.Geometry != nil && !d.HasGeometry() {
		return f, kvartal.Errorf(kvartal.KindInvalid, "layer %q has no geometry", d.ID)
	}
	if f.ID < 0 {
		return f, kvartal.Errorf(kvartal.KindInvalid, "%d is not a feature id: want a positive number", f.ID)
	}
	values := make(map[string]any, len(fields))
	for _, field := range fields {
		v, err := field.Value(f.Properties[field.Name])
		if err != nil {
			return f, err
		}
		values[field.Name] = v
	}
	f.Properties = values
	return f, nil
}

func noField(d *Definition, name string) error {
	return kvartal.Errorf(kvartal.KindInvalid, "layer %q has no field %.60q", d.ID, name).In(name)
}

// key is equal for changes that one statement can make.
func (w *write) key() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %t", w.operation, w.table.def.ID, w.geometry)
	for _, f := range w.fields {
		b.WriteString(" " + f.Name)
	}
	return b.String()
}

func (w *write) write(ctx context.Context, tx pgx.Tx, rows []writeRow, applied *Applied) error {
	args, err := w.arguments(rows)
	if err != nil {
		return err
	}
	found, err := tx.Query(ctx, w.sql(), args...)
	if err != nil {
		return err
	}
	var n int
	var id, version int64
	if _, err := pgx.ForEachRow(found, []any{&n, &id, &version}, func() error {
		i := rows[n-1].index
		applied.IDs[i], applied.Versions[i] = kvartal.FeatureID(id), version
		return nil
	}); err != nil {
		return err
	}
	for _, row := range rows {
		if applied.IDs[row.index] == 0 {
			return w.missing(ctx, tx, row)
		}
	}
	return nil
}

// missing explains why a change met no row.
func (w *write) missing(ctx context.Context, tx pgx.Tx, row writeRow) error {
	id := row.feature.ID
	var version int64
	err := tx.QueryRow(ctx, "SELECT version FROM "+w.table.name().Sanitize()+" WHERE id = $1", id).Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		return inChange(row.index, kvartal.Errorf(kvartal.KindNotFound, "layer %q has no feature %d", w.table.def.ID, id))
	}
	if err != nil {
		return err
	}
	return inChange(row.index, stale(w.table.def, row.feature, version))
}

// ErrStale is the cause of a conflict with a version: the change was made to a
// former one.
var ErrStale = errors.New("the feature has another version")

func stale(d *Definition, f kvartal.Feature, version int64) error {
	return kvartal.Errorf(kvartal.KindConflict,
		"feature %d of layer %q has version %d now, the change was made to another: look again and repeat it", f.ID, d.ID, version).Because(ErrStale)
}

// sql is the statement of the write. Its text depends on the shape only, so it
// is prepared once however many rows it writes. It returns the ordinal number
// of each row done, its id and its version.
func (w *write) sql() string {
	name := w.table.name().Sanitize()
	given := w.given()
	switch w.operation {
	case kvartal.Delete:
		return fmt.Sprintf(`DELETE FROM %s AS t USING %s WHERE t.id = r.id AND r.version IN (0, t.version)
			RETURNING r.n, t.id, 0::bigint`, name, given)
	case kvartal.Update:
		set := make([]string, 0, len(w.fields)+1)
		if w.geometry {
			set = append(set, "geom = "+w.geometrySQL())
		}
		for _, f := range w.fields {
			set = append(set, fmt.Sprintf("%s = r.%[1]s", quote(f.Name)))
		}
		if len(set) == 0 {
			set = append(set, "id = t.id")
		}
		return fmt.Sprintf(`UPDATE %s AS t SET %s FROM %s WHERE t.id = r.id AND r.version IN (0, t.version)
			RETURNING r.n, t.id, t.version`, name, strings.Join(set, ", "), given)
	}
	columns, values := []string{"id"}, []string{"r.id"}
	if w.geometry {
		columns, values = append(columns, "geom"), append(values, w.geometrySQL())
	}
	for _, f := range w.fields {
		columns, values = append(columns, quote(f.Name)), append(values, "r."+quote(f.Name))
	}
	return fmt.Sprintf(`
		WITH r AS MATERIALIZED (
		  SELECT r.*, CASE WHEN r.id = 0 THEN nextval(pg_get_serial_sequence(%[1]s, 'id')) ELSE r.id END AS new_id FROM %[2]s),
		done AS (INSERT INTO %[3]s (%[4]s) SELECT %[5]s FROM r ORDER BY n RETURNING id, version)
		SELECT r.n, done.id, done.version FROM done JOIN r ON r.new_id = done.id`,
		literal(name), given, name, strings.Join(columns, ", "), strings.Replace(strings.Join(values, ", "), "r.id", "r.new_id", 1))
}

// geometrySQL turns the WKB given into the layer's own type and CRS.
func (w *write) geometrySQL() string {
	g := fmt.Sprintf("ST_Transform(ST_GeomFromWKB(r.geom, %d), %d)", w.crs, w.table.srid)
	if w.table.def.Geometry.isMulti() {
		g = "ST_Multi(" + g + ")"
	}
	return g
}

// given is the FROM item r(n, id, version[, geom], fields…) over arrays.
func (w *write) given() string {
	arrays := []string{"$1::bigint[]", "$2::bigint[]"}
	names := []string{"id", "version"}
	if w.geometry {
		arrays, names = append(arrays, "$3::bytea[]"), append(names, "geom")
	}
	for _, f := range w.fields {
		arrays = append(arrays, "$"+strconv.Itoa(len(arrays)+1)+"::"+f.Type.sqlType()+"[]")
		names = append(names, quote(f.Name))
	}
	return fmt.Sprintf("unnest(%s) WITH ORDINALITY AS r(%s, n)", strings.Join(arrays, ", "), strings.Join(names, ", "))
}

// arguments are the arrays of given.
func (w *write) arguments(rows []writeRow) ([]any, error) {
	ids, versions := make([]int64, len(rows)), make([]int64, len(rows))
	geometries := make([][]byte, len(rows))
	for i, row := range rows {
		ids[i], versions[i] = int64(row.feature.ID), row.feature.Version
		if !w.geometry || row.feature.Geometry == nil {
			continue
		}
		b, err := encodeGeometry(row.feature.Geometry)
		if err != nil {
			return nil, inChange(row.index, err)
		}
		geometries[i] = b
	}
	args := []any{ids, versions}
	if w.geometry {
		args = append(args, geometries)
	}
	for _, f := range w.fields {
		args = append(args, f.array(rows))
	}
	return args, nil
}

// encodeGeometry writes WKB, after a look for coordinates that are no numbers.
func encodeGeometry(g orb.Geometry) ([]byte, error) {
	b := g.Bound()
	if b.IsEmpty() || !finite(b.Min) || !finite(b.Max) {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "the geometry is empty or has a coordinate that is not a number")
	}
	out, err := wkb.Marshal(g)
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "the geometry of type %s cannot be stored", g.GeoJSONType()).Because(err)
	}
	return out, nil
}

// array collects the values of the field from all rows, NULL where there is
// none, in the type that pgx sends as an array of the field's SQL type.
func (f Field) array(rows []writeRow) any {
	switch f.Type {
	case TypeInteger:
		return collect[int64](f, rows)
	case TypeNumber:
		return collect[float64](f, rows)
	case TypeDecimal:
		return collect[kvartal.Decimal](f, rows)
	case TypeBoolean:
		return collect[bool](f, rows)
	case TypeDate, TypeTimestamp:
		return collect[time.Time](f, rows)
	}
	return collect[string](f, rows)
}

func collect[T any](f Field, rows []writeRow) []*T {
	out := make([]*T, len(rows))
	for i, row := range rows {
		if v, ok := row.feature.Properties[f.Name].(T); ok {
			out[i] = &v
		}
	}
	return out
}

func finite(p orb.Point) bool {
	return !math.IsNaN(p[0]) && !math.IsInf(p[0], 0) && !math.IsNaN(p[1]) && !math.IsInf(p[1], 0)
}
