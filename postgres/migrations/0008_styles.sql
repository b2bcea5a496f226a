-- Styles of the map that people made, beside those of the program, and what they
-- were before.

CREATE TABLE kvartal.style (
  id         text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9_-]{0,59}$'),
  version    bigint NOT NULL CHECK (version > 0),
  title      text NOT NULL,
  document   json NOT NULL,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  changed_by text NOT NULL
);
COMMENT ON TABLE kvartal.style IS 'MapLibre style documents (version 8), as they were written';

CREATE TABLE kvartal.style_history (
  id         text NOT NULL,
  version    bigint NOT NULL,
  title      text NOT NULL,
  document   json NOT NULL,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  changed_by text NOT NULL,
  ended_at   timestamptz NOT NULL,
  ended_by   text NOT NULL,
  PRIMARY KEY (id, version)
);
COMMENT ON TABLE kvartal.style_history IS 'Former versions of styles, and who ended them; the program only adds to it';

CREATE OR REPLACE FUNCTION kvartal.grant_roles() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g record;
BEGIN
  -- Triggers on layers call our functions as whoever writes the layer.
  GRANT USAGE ON SCHEMA kvartal TO PUBLIC;
  REVOKE ALL ON FUNCTION kvartal.grant_roles(), kvartal.after_restore(), kvartal.begin_changeset(text, text, text) FROM PUBLIC;
  -- Whoever could attach a log trigger to a table of their own could log lies.
  REVOKE ALL ON FUNCTION kvartal.log_inserted(), kvartal.log_updated(), kvartal.log_deleted(), kvartal.log_unplaced(),
    kvartal.log_truncated(), kvartal.log_touched(), kvartal.restart_change_log(), kvartal.open_change_log(),
    kvartal.trim_change_log(interval) FROM PUBLIC;
  FOR g IN
    SELECT role, command FROM (VALUES
      ('kvartal_app',    'GRANT USAGE ON SCHEMA layer, history, staging'),
      ('kvartal_app',    'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA layer'),
      ('kvartal_app',    'GRANT USAGE ON ALL SEQUENCES IN SCHEMA layer'),
      ('kvartal_app',    'GRANT SELECT ON ALL TABLES IN SCHEMA history'),
      ('kvartal_app',    'GRANT SELECT ON ALL TABLES IN SCHEMA kvartal'),
      ('kvartal_app',    'GRANT INSERT, UPDATE, DELETE ON kvartal.setting, kvartal.style'),
      ('kvartal_app',    'GRANT INSERT ON kvartal.style_history'),
      ('kvartal_app',    'GRANT EXECUTE ON FUNCTION kvartal.begin_changeset(text, text, text)'),
      ('kvartal_app',    'GRANT EXECUTE ON FUNCTION kvartal.open_change_log(), kvartal.trim_change_log(interval)'),
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

SELECT kvartal.grant_roles();
