package layers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/postgres"
)

// syncLock is the advisory lock under which layer tables are changed.
const syncLock = 0x6b76_0002

// Step is one change that a sync makes to the database.
type Step struct {
	Layer   kvartal.LayerID
	Summary string
	SQL     string
	// Destructive steps lose or convert data; they are done only when asked.
	Destructive bool
}

// Sync brings the tables of all layers in line with their definitions in one
// transaction and returns what it did. Additions are made at once. Steps that
// lose or convert data are made only if destructive is set; otherwise they are
// returned in left and the tables keep what they have. Tables of layers that no
// definition mentions are never touched. The pool must belong to the owner.
func (s *Store) Sync(ctx context.Context, destructive bool) (done, left []Step, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", syncLock); err != nil {
			return err
		}
		remake, err := s.dropViews(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range s.tables() {
			d, l, err := syncTable(ctx, tx, t, destructive)
			if err != nil {
				return err
			}
			done, left = append(done, d...), append(left, l...)
		}
		made, err := makeViews(ctx, tx, remake)
		done = append(done, made...)
		return err
	})
	if err != nil {
		return nil, nil, postgres.Translate(err, "sync the layer tables")
	}
	return done, left, nil
}

// syncTable plans and executes the steps of one table. A table whose shape was
// synced before is skipped by its fingerprint.
func syncTable(ctx context.Context, tx pgx.Tx, t table, destructive bool) (done, left []Step, err error) {
	fingerprint := t.fingerprint()
	if same, err := synced(ctx, tx, t.def.ID, fingerprint); err != nil || same {
		return nil, nil, err
	}
	have, err := inspect(ctx, tx, t)
	if err != nil {
		return nil, nil, err
	}
	for _, step := range plan(t, have) {
		if step.Destructive && !destructive {
			left = append(left, step)
			continue
		}
		if _, err := tx.Exec(ctx, step.SQL); err != nil {
			return nil, nil, syncError(t, step, err)
		}
		done = append(done, step)
	}
	if err := remakeTriggers(ctx, tx, t); err != nil {
		return nil, nil, err
	}
	if err := logReload(ctx, tx, t.def.ID); err != nil {
		return nil, nil, err
	}
	if len(left) > 0 {
		fingerprint = "" // look again at the next sync
	}
	return done, left, noteSynced(ctx, tx, t, fingerprint)
}

// synced reports whether a layer was synced with a fingerprint.
func synced(ctx context.Context, tx pgx.Tx, layer kvartal.LayerID, fingerprint string) (same bool, err error) {
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM kvartal.layer WHERE id = $1 AND fingerprint = $2)`,
		string(layer), fingerprint).Scan(&same)
	return same, err
}

func noteSynced(ctx context.Context, tx pgx.Tx, t table, fingerprint string) error {
	_, err := tx.Exec(ctx, `INSERT INTO kvartal.layer (id, srid, fingerprint) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET srid = $2, fingerprint = $3, synced_at = clock_timestamp()`,
		string(t.def.ID), t.nullableSRID(), fingerprint)
	return err
}

// syncError explains why rows that are already there stand in the way.
func syncError(t table, step Step, err error) error {
	translated := postgres.Translate(err, step.Summary)
	if kvartal.KindOf(translated) == kvartal.KindInternal {
		return translated
	}
	return kvartal.Errorf(kvartal.KindConflict,
		"layer %s: cannot %s, because rows in the table do not obey it: mend the rows or relax the definition", t.def.ID, step.Summary).Because(err)
}

// fingerprint names the shape of the table: equal fingerprints need no sync.
func (t table) fingerprint() string {
	var b strings.Builder
	b.WriteString(t.createSQL(t.name()))
	fmt.Fprintf(&b, "%v%v%s", t.constraints(), t.indexes(string(t.def.ID)), t.def.History)
	b.WriteString(t.triggerSQL(nil))
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

func (t table) nullableSRID() *int {
	if !t.def.HasGeometry() {
		return nil
	}
	srid := int(t.srid)
	return &srid
}

// existing is what the database already has of a table.
type existing struct {
	columns     []column // empty: no table
	empty       bool
	constraints map[string]string // name → definition it was made from
	indexes     []string
	history     bool
}

func inspect(ctx context.Context, tx pgx.Tx, t table) (existing, error) {
	have := existing{constraints: map[string]string{}}
	name := t.name().Sanitize()
	rows, err := tx.Query(ctx, `
		SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
		WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`, name)
	if err != nil {
		return have, err
	}
	have.columns, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (c column, err error) {
		return c, r.Scan(&c.name, &c.typ, &c.notNull)
	})
	if err != nil || len(have.columns) == 0 {
		return have, err
	}
	if err := tx.QueryRow(ctx, "SELECT NOT EXISTS (SELECT FROM "+name+")").Scan(&have.empty); err != nil {
		return have, err
	}
	rows, err = tx.Query(ctx, `
		SELECT conname, coalesce(obj_description(oid, 'pg_constraint'), '') FROM pg_constraint
		WHERE conrelid = to_regclass($1) AND conname LIKE 'kv\_%'`, name)
	if err != nil {
		return have, err
	}
	var conname, made string
	if _, err := pgx.ForEachRow(rows, []any{&conname, &made}, func() error {
		have.constraints[conname] = made
		return nil
	}); err != nil {
		return have, err
	}
	rows, err = tx.Query(ctx, `SELECT indexname FROM pg_indexes WHERE schemaname = $1 AND tablename = $2`, layerSchema, string(t.def.ID))
	if err != nil {
		return have, err
	}
	if have.indexes, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return have, err
	}
	return have, tx.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", t.historyName().Sanitize()).Scan(&have.history)
}

// plan lists the steps from what is there to what the definition says.
func plan(t table, have existing) []Step {
	p := planner{t: t, have: have}
	if len(have.columns) == 0 {
		p.step(false, t.createSQL(t.name()), "create the table")
	} else {
		p.columns()
	}
	p.constraints()
	for _, i := range t.indexes(string(t.def.ID)) {
		if !slices.Contains(have.indexes, i.name) {
			p.step(false, i.createSQL(t.name()), "create index %s", i.name)
		}
	}
	if t.def.History == HistoryRows && !have.history {
		p.step(false, t.createHistorySQL(), "create the history table")
		for _, i := range t.historyIndexes() {
			p.step(false, i.createSQL(t.historyName()), "create history index %s", i.name)
		}
	}
	return p.steps
}

type planner struct {
	t     table
	have  existing
	steps []Step
}

func (p *planner) step(destructive bool, sql, summary string, args ...any) {
	p.steps = append(p.steps, Step{p.t.def.ID, fmt.Sprintf(summary, args...), sql, destructive})
}

// alter changes the table and, where it has one, its history.
func (p *planner) alter(destructive bool, change, summary string, args ...any) {
	sql := "ALTER TABLE " + p.t.name().Sanitize() + " " + change
	if p.have.history {
		sql += "; ALTER TABLE " + p.t.historyName().Sanitize() + " " + change
	}
	p.step(destructive, sql, summary, args...)
}

func (p *planner) columns() {
	want := p.t.dataColumns()
	for _, c := range want {
		i := slices.IndexFunc(p.have.columns, func(h column) bool { return h.name == c.name })
		if i < 0 {
			p.alter(false, fmt.Sprintf("ADD COLUMN %s %s", quote(c.name), c.typ), "add column %s", c.name)
			p.notNull(c, false)
			continue
		}
		if have := p.have.columns[i]; have.typ != c.typ {
			p.alter(!p.have.empty, fmt.Sprintf("ALTER COLUMN %[1]s TYPE %[2]s USING %[3]s", quote(c.name), c.typ, p.convert(c)),
				"change column %s from %s to %s", c.name, have.typ, c.typ)
		}
		p.notNull(c, p.have.columns[i].notNull)
	}
	for _, h := range p.have.columns {
		if !slices.Contains(reservedFields(), h.name) && !slices.ContainsFunc(want, func(c column) bool { return c.name == h.name }) {
			p.alter(true, "DROP COLUMN "+quote(h.name), "drop column %s with its values", h.name)
		}
	}
}

// convert is the expression that turns a column into its new type.
func (p *planner) convert(c column) string {
	if c.name != "geom" {
		return fmt.Sprintf("%s::text::%s", quote(c.name), c.typ)
	}
	geom := fmt.Sprintf("ST_Transform(geom, %d)", p.t.srid)
	if p.t.def.Geometry.isMulti() {
		geom = "ST_Multi(" + geom + ")"
	}
	return geom
}

func (p *planner) notNull(c column, has bool) {
	table := "ALTER TABLE " + p.t.name().Sanitize() + " ALTER COLUMN " + quote(c.name)
	switch {
	case c.notNull && !has:
		p.step(false, table+" SET NOT NULL", "require a value in %s", c.name)
	case !c.notNull && has:
		p.step(false, table+" DROP NOT NULL", "permit no value in %s", c.name)
	}
}

func (p *planner) constraints() {
	table := "ALTER TABLE " + p.t.name().Sanitize()
	wanted := map[string]bool{}
	for _, c := range p.t.constraints() {
		wanted[c.name] = true
		made, has := p.have.constraints[c.name]
		if has && made == c.sql {
			continue
		}
		drop := ""
		if has {
			drop = fmt.Sprintf("%s DROP CONSTRAINT %s; ", table, quote(c.name))
		}
		p.step(false, fmt.Sprintf("%[1]s%[2]s ADD CONSTRAINT %[3]s %[4]s; COMMENT ON CONSTRAINT %[3]s ON %[5]s IS %[6]s",
			drop, table, quote(c.name), c.sql, p.t.name().Sanitize(), literal(c.sql)), "add rule %s", strings.TrimPrefix(c.name, "kv_"))
	}
	for name := range p.have.constraints {
		if !wanted[name] {
			p.step(false, table+" DROP CONSTRAINT "+quote(name), "lift rule %s", strings.TrimPrefix(name, "kv_"))
		}
	}
}

// remakeTriggers generates the trigger functions anew for the columns that the
// table really has: one the definition dropped is kept in history while the
// table still carries it.
func remakeTriggers(ctx context.Context, tx pgx.Tx, t table) error {
	have, err := inspect(ctx, tx, t)
	if err != nil {
		return err
	}
	var columns []string
	for _, c := range have.columns {
		if !slices.Contains([]string{"id", "version", "valid_from", "changeset"}, c.name) {
			columns = append(columns, c.name)
		}
	}
	_, err = tx.Exec(ctx, t.triggerSQL(columns))
	return err
}
