-- What every layer table shares: the record of its last sync, and the trigger
-- functions that stamp rows with version, start and changeset.

CREATE TABLE kvartal.layer (
  id          text PRIMARY KEY,
  srid        integer,                      -- storage CRS; null without geometry
  fingerprint text NOT NULL,                -- of the table's shape when last synced
  revision    bigint NOT NULL DEFAULT 0,    -- counts replacements of all rows
  synced_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE kvartal.layer IS 'Layers that have a table, as of the last layers sync';

CREATE SEQUENCE kvartal.revision;
COMMENT ON SEQUENCE kvartal.revision IS 'Numbers revisions and names their staging tables';

-- A row starts when its changeset does, but never before its former self: an
-- older transaction may write later.
CREATE FUNCTION kvartal.row_time(former_start timestamptz) RETURNS timestamptz
  LANGUAGE sql VOLATILE SET search_path = pg_catalog
  AS $$ SELECT greatest(kvartal.changeset_time(), former_start + interval '1 microsecond') $$;

CREATE FUNCTION kvartal.open_changeset() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM kvartal.current_changeset();
  RETURN NULL;
END $$;
COMMENT ON FUNCTION kvartal.open_changeset() IS 'Before a statement: gives the transaction a changeset';

CREATE FUNCTION kvartal.stamp_row() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  this record := kvartal.this_changeset();
BEGIN
  NEW.changeset := this.id;
  IF TG_OP = 'INSERT' THEN
    NEW.version := 1;
    NEW.valid_from := this.at;
    RETURN NEW;
  END IF;
  IF NEW.id <> OLD.id THEN
    RAISE check_violation USING
      MESSAGE = format('the id of a feature never changes (%s → %s)', OLD.id, NEW.id),
      HINT = 'Delete the feature and insert a new one.';
  END IF;
  NEW.version := OLD.version + 1;
  NEW.valid_from := greatest(this.at, OLD.valid_from + interval '1 microsecond');
  RETURN NEW;
END $$;
COMMENT ON FUNCTION kvartal.stamp_row() IS 'Before a row is written: version, start and changeset';
