-- What everything else stands on: extensions, schemas, grants, settings and
-- changesets.

CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS unaccent;

-- Schema kvartal exists: it holds the record of migrations.
CREATE SCHEMA layer;
CREATE SCHEMA history;
CREATE SCHEMA staging;
COMMENT ON SCHEMA kvartal IS 'What the program keeps for itself';
COMMENT ON SCHEMA layer IS 'One table per layer: the current features';
COMMENT ON SCHEMA history IS 'One table per layer: the former states of its features';
COMMENT ON SCHEMA staging IS 'Revisions being loaded; empty in a backup';

CREATE TABLE kvartal.setting (
  key        text PRIMARY KEY,
  value      jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE kvartal.setting IS 'Settings that belong to the data, such as the city';

CREATE TABLE kvartal.changeset (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  author  text NOT NULL,
  source  text NOT NULL,
  comment text NOT NULL DEFAULT '',
  at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  xid     xid8 DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE kvartal.changeset IS 'Who changed layers, when and why: one row per writing transaction';
COMMENT ON COLUMN kvartal.changeset.at IS 'Taken once, at the first write; not the start of the transaction';
COMMENT ON COLUMN kvartal.changeset.xid IS 'The transaction; null after a restore, because another cluster counts anew';

-- The changeset of a transaction is named by the transaction-local setting
-- kvartal.changeset, which a savepoint rolls back together with the row. Anyone
-- may set it, so the row must bear the mark of this very transaction.
-- SECURITY DEFINER: whoever may write a layer need not have rights in here.
-- It is called for every row that is written: one look-up by key, no more.
CREATE FUNCTION kvartal.this_changeset(OUT id bigint, OUT at timestamptz)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  named text := current_setting('kvartal.changeset', true);
BEGIN
  IF coalesce(named, '') = '' THEN
    named := kvartal.begin_changeset(session_user, 'sql', '')::text;
  END IF;
  IF named ~ '^[0-9]{1,18}$' THEN
    SELECT c.id, c.at INTO this_changeset.id, this_changeset.at FROM kvartal.changeset c
      WHERE c.id = named::bigint AND c.xid = pg_current_xact_id();
  END IF;
  IF this_changeset.id IS NULL THEN
    RAISE insufficient_privilege USING
      MESSAGE = format('%L is not a changeset of this transaction', left(named, 40)),
      HINT = 'RESET kvartal.changeset; the program sets it itself.';
  END IF;
END $$;
COMMENT ON FUNCTION kvartal.this_changeset() IS 'The changeset of this transaction and when it began; begun now if there is none';

CREATE FUNCTION kvartal.current_changeset() RETURNS bigint
  LANGUAGE plpgsql AS 'BEGIN RETURN (kvartal.this_changeset()).id; END';
COMMENT ON FUNCTION kvartal.current_changeset() IS 'The changeset of this transaction, begun now if there is none';

CREATE FUNCTION kvartal.changeset_time() RETURNS timestamptz
  LANGUAGE plpgsql AS 'BEGIN RETURN (kvartal.this_changeset()).at; END';
COMMENT ON FUNCTION kvartal.changeset_time() IS 'When the changeset of this transaction began';

CREATE FUNCTION kvartal.begin_changeset(author text, source text, comment text) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  begun bigint;
BEGIN
  IF coalesce(current_setting('kvartal.changeset', true), '') <> '' THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = format('this transaction has changeset %s already', kvartal.current_changeset()),
      HINT = 'Begin the changeset before the first write, once.';
  END IF;
  INSERT INTO kvartal.changeset (author, source, comment)
    VALUES (begin_changeset.author, begin_changeset.source, coalesce(begin_changeset.comment, ''))
    RETURNING id INTO begun;
  PERFORM set_config('kvartal.changeset', begun::text, true);
  RETURN begun;
END $$;
COMMENT ON FUNCTION kvartal.begin_changeset(text, text, text) IS 'Begins the changeset of this transaction with its author';

-- Every grant in one place, because it is made twice: here, and after a restore
-- into a database whose roles may be others. A role that does not exist is
-- passed over: an external database may have none of ours. A later migration
-- that adds a grant replaces this function and calls it.
CREATE FUNCTION kvartal.grant_roles() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g record;
BEGIN
  -- Triggers on layers call our functions as whoever writes the layer.
  GRANT USAGE ON SCHEMA kvartal TO PUBLIC;
  REVOKE ALL ON FUNCTION kvartal.grant_roles(), kvartal.after_restore(), kvartal.begin_changeset(text, text, text) FROM PUBLIC;
  FOR g IN
    SELECT role, command FROM (VALUES
      ('kvartal_app',    'GRANT USAGE ON SCHEMA layer, history, staging'),
      ('kvartal_app',    'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA layer'),
      ('kvartal_app',    'GRANT USAGE ON ALL SEQUENCES IN SCHEMA layer'),
      ('kvartal_app',    'GRANT SELECT ON ALL TABLES IN SCHEMA history'),
      ('kvartal_app',    'GRANT SELECT ON ALL TABLES IN SCHEMA kvartal'),
      ('kvartal_app',    'GRANT INSERT, UPDATE, DELETE ON kvartal.setting'),
      ('kvartal_app',    'GRANT EXECUTE ON FUNCTION kvartal.begin_changeset(text, text, text)'),
      -- A revision's tables are made in staging and then move to layer.
      ('kvartal_app',    'ALTER DEFAULT PRIVILEGES IN SCHEMA layer, staging GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES'),
      ('kvartal_app',    'ALTER DEFAULT PRIVILEGES IN SCHEMA layer, staging GRANT USAGE ON SEQUENCES'),
      ('kvartal_app',    'ALTER DEFAULT PRIVILEGES IN SCHEMA history, kvartal GRANT SELECT ON TABLES'),
      ('kvartal_reader', 'GRANT USAGE ON SCHEMA layer'),
      ('kvartal_reader', 'GRANT SELECT ON ALL TABLES IN SCHEMA layer'),
      ('kvartal_reader', 'ALTER DEFAULT PRIVILEGES IN SCHEMA layer, staging GRANT SELECT ON TABLES')
    ) AS grants (role, command)
    JOIN pg_roles ON rolname = role
  LOOP
    EXECUTE g.command || ' TO ' || quote_ident(g.role);
  END LOOP;
END $$;
COMMENT ON FUNCTION kvartal.grant_roles() IS 'Makes all grants to those of our roles that exist';

-- A restored database has other roles and counts transactions anew: a changeset
-- must not pass for that of a transaction to come.
CREATE FUNCTION kvartal.after_restore() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM kvartal.grant_roles();
  UPDATE kvartal.changeset SET xid = NULL WHERE xid IS NOT NULL;
END $$;
COMMENT ON FUNCTION kvartal.after_restore() IS 'Called at the end of a restore, in its transaction';

SELECT kvartal.grant_roles();
