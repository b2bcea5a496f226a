package layers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/jackc/pgx/v5"

	"kvartal"
)

// dropViews drops the views of live layers if one of them, or a register that
// they show, is not as its definition says, because columns that views show
// cannot be changed. It returns the views to make when the tables are in line. A
// view that was a table, or a table that was a view, is an error of KindConflict:
// rows are never dropped for it.
func (s *Store) dropViews(ctx context.Context, tx pgx.Tx) ([]table, error) {
	stale, err := s.checkKinds(ctx, tx)
	if err != nil {
		return nil, err
	}
	var views []table
	for _, d := range s.reg.layers {
		t := s.table(d)
		if d.Live == nil && d.ID != DevicesLayer && d.ID != DeviceInputsLayer {
			continue
		}
		fingerprint := t.fingerprint()
		if d.Live != nil {
			views, fingerprint = append(views, t), t.viewFingerprint()
		}
		same, err := synced(ctx, tx, d.ID, fingerprint)
		if err != nil {
			return nil, err
		}
		stale = stale || !same
	}
	if !stale {
		return nil, nil
	}
	// Those that no definition mentions any more show the registers, too. Others
	// are somebody else's.
	_, err = tx.Exec(ctx, `DO $$ DECLARE v name; BEGIN
		FOR v IN SELECT viewname FROM pg_views WHERE schemaname = 'layer' AND viewname IN (SELECT id FROM kvartal.layer) LOOP
			EXECUTE format('DROP VIEW layer.%I', v);
		END LOOP; END $$`)
	return views, err
}

// checkKinds finds live layers that are tables in the database, which is an error,
// and reports whether there are views of layers that do not live any more.
func (s *Store) checkKinds(ctx context.Context, tx pgx.Tx) (stale bool, err error) {
	living := []string{}
	for _, d := range s.reg.layers {
		if d.Live != nil {
			living = append(living, string(d.ID))
		}
	}
	var taken *string
	err = tx.QueryRow(ctx, `SELECT (SELECT min(tablename) FROM pg_tables WHERE schemaname = $1 AND tablename = ANY ($2)),
		EXISTS (SELECT FROM pg_views WHERE schemaname = $1 AND viewname IN (SELECT id FROM kvartal.layer) AND viewname <> ALL ($2))`,
		layerSchema, living).Scan(&taken, &stale)
	if err == nil && taken != nil {
		err = kvartal.Errorf(kvartal.KindConflict, "layer %s lives now, but layer.%[1]s is a table with rows of its own: rename it or drop it, or give the live layer another id", *taken)
	}
	return stale, err
}

// makeViews makes the views of live layers.
func makeViews(ctx context.Context, tx pgx.Tx, views []table) (done []Step, err error) {
	for _, t := range views {
		step := Step{Layer: t.def.ID, Summary: "make the view", SQL: t.viewSQL()}
		if _, err := tx.Exec(ctx, step.SQL); err != nil {
			return nil, syncError(t, step, err)
		}
		if err := logReload(ctx, tx, t.def.ID); err != nil {
			return nil, err
		}
		if err := noteSynced(ctx, tx, t, t.viewFingerprint()); err != nil {
			return nil, err
		}
		done = append(done, step)
	}
	return done, nil
}

// viewSQL makes the view of a live layer. It has default privileges on tables of
// its schema, but is not to be written through.
func (t table) viewSQL() string {
	return "CREATE VIEW " + t.name().Sanitize() + " AS\n" + liveSQL(t.def, "")
}

func (t table) viewFingerprint() string {
	sum := sha256.Sum256([]byte(t.viewSQL()))
	return hex.EncodeToString(sum[:])
}
