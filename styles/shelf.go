package styles

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kvartal"
	"kvartal/postgres"
)

// ErrStale is the cause of a conflict with a version: the change was made to
// another version of the style than there is.
var ErrStale = errors.New("the style has another version")

// MaxStored is the most styles a Shelf keeps.
const MaxStored = 200

// Stored is a style that people made: a MapLibre style document (version 8) as
// it was written.
type Stored struct {
	ID        string
	Version   int64
	Title     string
	Document  json.RawMessage
	Created   time.Time
	Changed   time.Time
	ChangedBy string
}

// Shelf keeps the styles that people made, and what they were before. It may be
// used concurrently, and by several servers.
type Shelf struct{ pool *pgxpool.Pool }

// NewShelf returns the styles in a database.
func NewShelf(pool *pgxpool.Pool) *Shelf { return &Shelf{pool} }

const storedColumns = "id, version, title, document::text, created_at, changed_at, changed_by"

// All returns the styles in the order of their ids.
func (s *Shelf) All(ctx context.Context) ([]Stored, error) {
	rows, err := s.pool.Query(ctx, "SELECT "+storedColumns+" FROM kvartal.style ORDER BY id")
	if err != nil {
		return nil, postgres.Translate(err, "read the styles")
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Stored])
	return all, postgres.Translate(err, "read the styles")
}

// Get returns a style, or an error of KindNotFound.
func (s *Shelf) Get(ctx context.Context, id string) (Stored, error) {
	rows, err := s.pool.Query(ctx, "SELECT "+storedColumns+" FROM kvartal.style WHERE id = $1", id)
	if err != nil {
		return Stored{}, postgres.Translate(err, "read a style")
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Stored])
	if errors.Is(err, pgx.ErrNoRows) {
		return Stored{}, noStyle(id)
	}
	return found, postgres.Translate(err, "read a style")
}

func noStyle(id string) error {
	return kvartal.Errorf(kvartal.KindNotFound, "there is no style %.40q: /ogc/styles lists them", id)
}

// Edit is a change of one style by somebody. A dry run finds what is wrong with
// it and changes nothing.
type Edit struct {
	ID     string
	Author string
	DryRun bool
}

// Create keeps a new style and returns its version. An id that is taken is an
// error of KindConflict.
func (s *Shelf) Create(ctx context.Context, e Edit, title string, document []byte) (int64, error) {
	var version int64
	err := s.edit(ctx, e, func(tx pgx.Tx) error {
		var stored int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM kvartal.style").Scan(&stored); err != nil {
			return err
		}
		if stored >= MaxStored {
			return kvartal.Errorf(kvartal.KindConflict, "there are %d styles already: delete one first", stored)
		}
		// A style that comes back does not begin anew, so that no tag of the former is true.
		err := tx.QueryRow(ctx, `
			INSERT INTO kvartal.style (id, version, title, document, created_at, changed_at, changed_by)
			SELECT $1, 1 + coalesce((SELECT max(version) FROM kvartal.style_history WHERE id = $1), 0), $2, $3::text::json, at, at, $4
			FROM clock_timestamp() AS at ON CONFLICT (id) DO NOTHING RETURNING version`,
			e.ID, title, string(document), e.Author).Scan(&version)
		if errors.Is(err, pgx.ErrNoRows) {
			return kvartal.Errorf(kvartal.KindConflict, "there is a style %q already: replace it, or give this one another id", e.ID).In("id")
		}
		return err
	})
	return version, err
}

// Replace puts a document in the place of a version of a style, 0: of any, and
// returns the new version. Errors are of KindNotFound, and of KindConflict
// (ErrStale).
func (s *Shelf) Replace(ctx context.Context, e Edit, version int64, title string, document []byte) (int64, error) {
	var now int64
	err := s.edit(ctx, e, func(tx pgx.Tx) error {
		if err := end(ctx, tx, e, version); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `
			UPDATE kvartal.style SET version = version + 1, title = $2, document = $3::text::json, changed_at = clock_timestamp(), changed_by = $4
			WHERE id = $1 RETURNING version`, e.ID, title, string(document), e.Author).Scan(&now)
	})
	return now, err
}

// Delete takes a version of a style away, 0: any. Errors are those of Replace.
func (s *Shelf) Delete(ctx context.Context, e Edit, version int64) error {
	return s.edit(ctx, e, func(tx pgx.Tx) error {
		if err := end(ctx, tx, e, version); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "DELETE FROM kvartal.style WHERE id = $1", e.ID)
		return err
	})
}

// end locks a style, checks its version and writes it into the history.
func end(ctx context.Context, tx pgx.Tx, e Edit, version int64) error {
	var now int64
	err := tx.QueryRow(ctx, "SELECT version FROM kvartal.style WHERE id = $1 FOR UPDATE", e.ID).Scan(&now)
	if errors.Is(err, pgx.ErrNoRows) {
		return noStyle(e.ID)
	}
	if err == nil && version != 0 && version != now {
		return kvartal.Errorf(kvartal.KindConflict, "style %q has version %d now, the change was made to another: look again and repeat it", e.ID, now).Because(ErrStale)
	}
	if err == nil {
		_, err = tx.Exec(ctx, "INSERT INTO kvartal.style_history SELECT style.*, clock_timestamp(), $2 FROM kvartal.style WHERE id = $1", e.ID, e.Author)
	}
	return err
}

// edit makes a change in a transaction, which a dry run takes back.
func (s *Shelf) edit(ctx context.Context, e Edit, change func(pgx.Tx) error) error {
	errDry := errors.New("a dry run")
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := change(tx); err != nil || !e.DryRun {
			return err
		}
		return errDry
	})
	if errors.Is(err, errDry) {
		return nil
	}
	return postgres.Translate(err, "change a style")
}
