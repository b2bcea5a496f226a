-- What devices told: fixes by day, the newest of each device, and what could not
-- be believed. A schema of its own: layers decide who sees it.

CREATE SCHEMA live;
COMMENT ON SCHEMA live IS 'Fixes of moving and measuring objects';

CREATE TABLE live.fix (
  device     text NOT NULL,
  keyed      timestamptz NOT NULL,
  hash       bigint NOT NULL,
  at         timestamptz NOT NULL,
  mark       smallint NOT NULL,
  told       timestamptz,
  received   timestamptz NOT NULL,
  source     text NOT NULL,
  lon        double precision,
  lat        double precision,
  altitude   double precision,
  speed      double precision,
  course     double precision,
  hdop       double precision,
  satellites double precision,
  odometer   double precision,
  flags      smallint NOT NULL,
  inputs     jsonb,
  PRIMARY KEY (device, keyed, hash)
) PARTITION BY RANGE (keyed);
COMMENT ON TABLE live.fix IS 'Each fix once, as it was told, in a partition a day (UTC)';
COMMENT ON COLUMN live.fix.keyed IS 'Time that tells fixes apart: as told, repaired by whole GPS epochs; of receipt if none was told';
COMMENT ON COLUMN live.fix.hash IS 'Digest of the content';
COMMENT ON COLUMN live.fix.at IS 'When it was, as judged of what was told and when it was received';
COMMENT ON COLUMN live.fix.mark IS 'What was found about the clock: 0 right, 1 timeless, 2 ahead, 3 rolled over';
COMMENT ON COLUMN live.fix.received IS 'When the first copy was received';
COMMENT ON COLUMN live.fix.lon IS 'Degrees, WGS 84; with lat null if the fix is of readings only';
COMMENT ON COLUMN live.fix.altitude IS 'm';
COMMENT ON COLUMN live.fix.speed IS 'km/h';
COMMENT ON COLUMN live.fix.course IS 'Degrees clockwise from north';
COMMENT ON COLUMN live.fix.odometer IS 'km';
COMMENT ON COLUMN live.fix.flags IS '1 sent afterwards, 2 position not valid, 4 no position, 8 from PZ-90.02';
COMMENT ON COLUMN live.fix.inputs IS 'Readings as the protocol names them: [{"name", "value", "text"}]';

-- So that a server that starts knows all at once. A device that has lost its
-- satellites still was where it was last seen.
CREATE TABLE live.latest (
  LIKE live.fix INCLUDING COMMENTS,
  placed boolean NOT NULL,
  PRIMARY KEY (device, placed)
) WITH (fillfactor = 50);
COMMENT ON TABLE live.latest IS 'The newest fix of each device that says where it was, and the newest that does not';

CREATE TABLE live.quarantine (
  LIKE live.fix INCLUDING COMMENTS,
  PRIMARY KEY (device, keyed, hash)
);
COMMENT ON TABLE live.quarantine IS 'Fixes whose time cannot be believed: keyed and at are what was told';

-- A device without a password here is admitted by its name alone: most trackers
-- know no other way.
CREATE TABLE live.credential (
  device text PRIMARY KEY,
  salt   bytea NOT NULL,
  digest bytea NOT NULL
);
COMMENT ON TABLE live.credential IS 'Passwords of devices, as PBKDF2-SHA-256';

-- The program may not make tables; a day is all it may make here.
CREATE FUNCTION live.ensure_day(day date) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF to_regclass(format('live.fix_%s', to_char(day, 'YYYYMMDD'))) IS NULL THEN
    PERFORM pg_advisory_xact_lock(hashtext('live.ensure_day'));
    EXECUTE format('CREATE TABLE IF NOT EXISTS live.%I PARTITION OF live.fix FOR VALUES FROM (%L) TO (%L)',
      'fix_' || to_char(day, 'YYYYMMDD'), day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
  END IF;
END $$;
COMMENT ON FUNCTION live.ensure_day(date) IS 'Makes the partition of a day';

CREATE FUNCTION live.drop_before(day date) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  partition text;
  dropped integer := 0;
BEGIN
  FOR partition IN
    SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'live.fix'::regclass AND c.relname < 'fix_' || to_char(day, 'YYYYMMDD')
  LOOP
    EXECUTE format('DROP TABLE live.%I', partition);
    dropped := dropped + 1;
  END LOOP;
  DELETE FROM live.quarantine WHERE received < day::timestamp AT TIME ZONE 'UTC';
  RETURN dropped;
END $$;
COMMENT ON FUNCTION live.drop_before(date) IS 'Drops the fixes of days before one, and says how many days';

CREATE FUNCTION live.grant_roles() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  REVOKE ALL ON ALL FUNCTIONS IN SCHEMA live FROM PUBLIC;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'kvartal_app') THEN
    GRANT USAGE ON SCHEMA live TO kvartal_app;
    GRANT SELECT, INSERT, UPDATE ON live.fix, live.latest, live.quarantine TO kvartal_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON live.credential TO kvartal_app;
    GRANT EXECUTE ON FUNCTION live.ensure_day(date), live.drop_before(date) TO kvartal_app;
  END IF;
END $$;
COMMENT ON FUNCTION live.grant_roles() IS 'Makes the grants of this schema to those of our roles that exist';

CREATE OR REPLACE FUNCTION kvartal.after_restore() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM kvartal.grant_roles();
  PERFORM auth.grant_roles();
  PERFORM live.grant_roles();
  UPDATE kvartal.changeset SET xid = NULL WHERE xid IS NOT NULL;
  PERFORM kvartal.restart_change_log();
  DELETE FROM auth.session; -- who signed in before signs in anew
END $$;

SELECT live.grant_roles();
