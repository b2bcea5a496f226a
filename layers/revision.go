package layers

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"
	"golang.org/x/sync/errgroup"

	"kvartal"
	"kvartal/postgres"
)

const (
	copyRows        = 2000 // features of a layer that one COPY carries
	copyWorkers     = 2
	publishAttempts = 20
	publishWait     = "2s" // for locks, so that a long reader stalls nobody behind us
)

// Revision is a new set of all rows for some layers with "history: revisions".
// Rows go into tables that nobody sees; Publish puts them in place of the old
// ones at once, Discard forgets them.
type Revision struct {
	store  *Store
	number int64
	tables []table
	chunks chan chunk
	copies *errgroup.Group
	ctx    context.Context // ends when a COPY fails

	mu      sync.Mutex
	pending map[kvartal.LayerID]*chunk // guarded by mu
	closed  bool                       // guarded by mu
}

// chunk is rows of one table on their way into it.
type chunk struct {
	table table
	rows  []kvartal.Feature
}

// BeginRevision starts a revision of the given layers. The pool must belong to
// the owner. End it with Publish and, in any case, Discard.
func (s *Store) BeginRevision(ctx context.Context, defs []*Definition) (*Revision, error) {
	r := &Revision{store: s, chunks: make(chan chunk), pending: map[kvartal.LayerID]*chunk{}}
	for _, d := range defs {
		if d.History != HistoryRevisions {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "layer %q keeps single rows: it cannot be replaced by a revision", d.ID)
		}
		t := s.table(d)
		r.tables = append(r.tables, t)
		r.pending[d.ID] = &chunk{table: t}
	}
	if err := s.pool.QueryRow(ctx, "SELECT nextval('kvartal.revision')").Scan(&r.number); err != nil {
		return nil, postgres.Translate(err, "begin a revision")
	}
	for _, t := range r.tables {
		if _, err := s.pool.Exec(ctx, t.createSQL(r.staging(t))); err != nil {
			return nil, postgres.Translate(err, "make a staging table")
		}
	}
	r.copies, r.ctx = errgroup.WithContext(ctx)
	for range copyWorkers {
		r.copies.Go(r.copyChunks)
	}
	return r, nil
}

func (r *Revision) staging(t table) pgx.Identifier {
	return pgx.Identifier{stagingSchema, shortName(string(t.def.ID) + "_" + strconv.FormatInt(r.number, 10))}
}

// Put adds a feature, its geometry in the layer's storage CRS, its values of
// the fields' own types. It may be called concurrently.
func (r *Revision) Put(ctx context.Context, layer kvartal.LayerID, f kvartal.Feature) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.pending[layer]
	if c == nil {
		return kvartal.Errorf(kvartal.KindInvalid, "layer %q is not part of this revision", layer)
	}
	c.rows = append(c.rows, f)
	if len(c.rows) < copyRows {
		return nil
	}
	return r.flush(ctx, c)
}

// flush hands the pending rows of a layer to a worker. The caller holds mu.
func (r *Revision) flush(ctx context.Context, c *chunk) error {
	if r.closed {
		return kvartal.Errorf(kvartal.KindInternal, "the revision has ended")
	}
	select {
	case r.chunks <- *c:
		c.rows = nil
		return nil
	case <-r.ctx.Done():
		return r.end() // says why the COPY failed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end stops the workers and returns what went wrong in them. The caller holds mu.
func (r *Revision) end() error {
	if !r.closed {
		r.closed = true
		close(r.chunks)
	}
	if err := r.copies.Wait(); err != nil {
		return postgres.Translate(err, "load the revision")
	}
	return nil
}

// copyChunks is a worker: it copies chunks into staging tables until they end.
func (r *Revision) copyChunks() error {
	conn, err := r.store.pool.Acquire(r.ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if err := RegisterGeometry(r.ctx, conn.Conn()); err != nil {
		return err
	}
	for {
		select {
		case c, ok := <-r.chunks:
			if !ok {
				return nil
			}
			if err := r.copyChunk(conn.Conn(), c); err != nil {
				return err
			}
		case <-r.ctx.Done():
			return r.ctx.Err()
		}
	}
}

func (r *Revision) copyChunk(conn *pgx.Conn, c chunk) error {
	columns := []string{"id"}
	for _, column := range c.table.dataColumns() {
		columns = append(columns, column.name)
	}
	rows := pgx.CopyFromSlice(len(c.rows), func(i int) ([]any, error) { return c.table.row(c.rows[i]) })
	if _, err := conn.CopyFrom(r.ctx, r.staging(c.table), columns, rows); err != nil {
		return fmt.Errorf("layer %s: %w", c.table.def.ID, err)
	}
	return nil
}

// row is the feature as COPY wants it: id, geometry as EWKB, fields.
func (t table) row(f kvartal.Feature) ([]any, error) {
	row := make([]any, 0, 2+len(t.def.Fields))
	row = append(row, int64(f.ID))
	if t.def.HasGeometry() {
		g, err := ewkb.Marshal(promote(f.Geometry, t.def.Geometry), int(t.srid))
		if err != nil {
			return nil, fmt.Errorf("geometry of feature %d: %w", f.ID, err)
		}
		row = append(row, g)
	}
	for _, field := range t.def.Fields {
		v, err := field.Value(f.Properties[field.Name])
		if err != nil {
			return nil, fmt.Errorf("feature %d: %w", f.ID, err)
		}
		row = append(row, v)
	}
	return row, nil
}

// promote makes a single geometry the multi one its column wants.
func promote(g orb.Geometry, want Geometry) orb.Geometry {
	switch single := g.(type) {
	case orb.Point:
		if want == "multipoint" {
			return orb.MultiPoint{single}
		}
	case orb.LineString:
		if want == "multilinestring" {
			return orb.MultiLineString{single}
		}
	case orb.Polygon:
		if want == "multipolygon" {
			return orb.MultiPolygon{single}
		}
	}
	return g
}

// Publish waits for the rows, repairs invalid geometry, makes the indexes and
// then replaces the old rows of all layers in one short transaction.
func (r *Revision) Publish(ctx context.Context) error {
	if err := r.load(ctx); err != nil {
		return err
	}
	for _, t := range r.tables {
		if err := r.complete(ctx, t); err != nil {
			return postgres.Translate(err, "complete layer "+string(t.def.ID))
		}
	}
	var err error
	for range publishAttempts {
		err = postgres.Translate(r.swap(ctx), "publish the revision")
		if kvartal.KindOf(err) != kvartal.KindUnavailable || ctx.Err() != nil {
			break
		}
		r.store.log.InfoContext(ctx, "a reader holds the old tables, trying again", "revision", r.number)
	}
	return err
}

// load waits until every row is in its staging table.
func (r *Revision) load(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.tables {
		if c := r.pending[t.def.ID]; len(c.rows) > 0 {
			if err := r.flush(ctx, c); err != nil {
				return err
			}
		}
	}
	return r.end()
}

// complete makes a staging table ready to be read.
func (r *Revision) complete(ctx context.Context, t table) error {
	name := r.staging(t)
	if t.def.HasGeometry() {
		if _, err := r.store.pool.Exec(ctx, t.repairSQL(name)); err != nil {
			return err
		}
	}
	for _, i := range t.indexes(name[1]) {
		if _, err := r.store.pool.Exec(ctx, i.createSQL(name)); err != nil {
			return err
		}
	}
	for _, c := range t.constraints() {
		if _, err := r.store.pool.Exec(ctx, fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s %s", name.Sanitize(), quote(c.name), c.sql)); err != nil {
			return err
		}
	}
	_, err := r.store.pool.Exec(ctx, t.logTriggersSQL(name)+"\nANALYZE "+name.Sanitize())
	return err
}

// repairSQL makes invalid polygons valid; what has no area left is dropped.
func (t table) repairSQL(name pgx.Identifier) string {
	if t.def.Geometry != "polygon" && t.def.Geometry != "multipolygon" {
		return "SELECT"
	}
	repaired := "ST_CollectionExtract(ST_MakeValid(geom), 3)"
	if t.def.Geometry.isMulti() {
		repaired = "ST_Multi(" + repaired + ")"
	}
	return fmt.Sprintf(`UPDATE %[1]s SET geom = %[2]s WHERE NOT ST_IsValid(geom);
		DELETE FROM %[1]s WHERE ST_IsEmpty(geom)`, name.Sanitize(), repaired)
}

// swap puts the staging tables in place of the layers' tables.
func (r *Revision) swap(ctx context.Context) error {
	return pgx.BeginFunc(ctx, r.store.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '"+publishWait+"'"); err != nil {
			return err
		}
		for _, t := range r.tables {
			if err := swapTable(ctx, tx, t, r.staging(t)); err != nil {
				return err
			}
		}
		return nil
	})
}

func swapTable(ctx context.Context, tx pgx.Tx, t table, staging pgx.Identifier) error {
	id := string(t.def.ID)
	statements := []string{
		"DROP TABLE " + t.name().Sanitize(),
		fmt.Sprintf("ALTER TABLE %s SET SCHEMA %s", staging.Sanitize(), layerSchema),
		fmt.Sprintf("ALTER TABLE %s RENAME TO %s", pgx.Identifier{layerSchema, staging[1]}.Sanitize(), quote(id)),
		fmt.Sprintf("ALTER INDEX %s RENAME TO %s", pgx.Identifier{layerSchema, shortName(staging[1] + "_pkey")}.Sanitize(), quote(shortName(id+"_pkey"))),
	}
	staged, final := t.indexes(staging[1]), t.indexes(id)
	for i := range staged {
		statements = append(statements, fmt.Sprintf("ALTER INDEX %s RENAME TO %s",
			pgx.Identifier{layerSchema, staged[i].name}.Sanitize(), quote(final[i].name)))
	}
	for _, sql := range statements {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, "UPDATE kvartal.layer SET revision = revision + 1 WHERE id = $1", id); err != nil {
		return err
	}
	return logReload(ctx, tx, t.def.ID)
}

// Discard forgets the revision. It may be called after Publish, to no effect.
func (r *Revision) Discard() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.end() // what went wrong has been said by Put or Publish
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), time.Minute)
	defer cancel()
	for _, t := range r.tables {
		if _, err := r.store.pool.Exec(ctx, "DROP TABLE IF EXISTS "+r.staging(t).Sanitize()); err != nil {
			return postgres.Translate(err, "discard the revision")
		}
	}
	return nil
}

// RegisterGeometry teaches a connection the OID of PostGIS's type, so that COPY
// sends EWKB in binary.
func RegisterGeometry(ctx context.Context, conn *pgx.Conn) error {
	var oid uint32
	if err := conn.QueryRow(ctx, "SELECT 'geometry'::regtype::oid").Scan(&oid); err != nil {
		return err
	}
	conn.TypeMap().RegisterType(&pgtype.Type{Name: "geometry", OID: oid, Codec: pgtype.ByteaCodec{}})
	return nil
}
