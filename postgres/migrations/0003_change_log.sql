-- The change log: every change of a layer, whoever made it, written by triggers
-- in the transaction of the change, so that servers can follow it.

CREATE TABLE kvartal.change_log (
  xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
  seq       bigint GENERATED ALWAYS AS IDENTITY,
  layer     text,            -- null: every layer
  feature   bigint,          -- null: many features
  operation text NOT NULL,   -- insert, update, delete, reload, truncate
  old_box   box,
  new_box   box,
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (xid, seq)
);
COMMENT ON TABLE kvartal.change_log IS 'Changes of layers, to be followed with kvartal.changes_since; trimmed after a while';
COMMENT ON COLUMN kvartal.change_log.seq IS 'Orders the changes of one feature; transactions may commit in another order';
COMMENT ON COLUMN kvartal.change_log.old_box IS 'Envelope before the change in EPSG:3857; infinite: anywhere; null: no geometry';
COMMENT ON COLUMN kvartal.change_log.new_box IS 'Envelope after the change in EPSG:3857, of a reload all that changed';

-- Transactions are counted by the cluster: rows that a dump brought from another
-- one mean nothing here.
CREATE TABLE kvartal.change_log_state (
  singleton         boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  system_identifier bigint NOT NULL,           -- of the cluster that counted the log's transactions
  trimmed           xid8 NOT NULL DEFAULT '0'  -- changes of transactions before this one are gone
);
COMMENT ON TABLE kvartal.change_log_state IS 'Whose transactions the change log counts, and from where on it is whole';
INSERT INTO kvartal.change_log_state (system_identifier) SELECT system_identifier FROM pg_control_system();

CREATE TABLE kvartal.change_log_mark (
  at     timestamptz PRIMARY KEY DEFAULT clock_timestamp(),
  oldest xid8 NOT NULL       -- every transaction before it had ended by then
);
COMMENT ON TABLE kvartal.change_log_mark IS 'Which transactions had ended when: tells what is old enough to be trimmed';

-- What a snapshot does not see is what was under way in it and what began since.
-- Asked in these two parts, the index answers at once even while somebody's
-- transaction stays open for hours.
CREATE FUNCTION kvartal.changes_since(cursor pg_snapshot) RETURNS SETOF kvartal.change_log
  LANGUAGE sql STABLE AS $$
  SELECT * FROM kvartal.change_log WHERE xid >= pg_snapshot_xmax(cursor)
  UNION ALL
  SELECT l.* FROM pg_snapshot_xip(cursor) AS under_way (xid) JOIN kvartal.change_log AS l USING (xid)
$$;
COMMENT ON FUNCTION kvartal.changes_since(pg_snapshot) IS 'Changes visible now that the snapshot did not see; order them by seq';

CREATE FUNCTION kvartal.change_log_origin() RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN NOT pg_is_in_recovery()
    THEN system_identifier || '.' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END
  FROM pg_control_system()
$$;
COMMENT ON FUNCTION kvartal.change_log_origin() IS 'Within what transaction ids are comparable: cluster and timeline, which a failover ends; null on a standby';

CREATE FUNCTION kvartal.anywhere() RETURNS box
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT box '(Infinity,Infinity),(-Infinity,-Infinity)' $$;
COMMENT ON FUNCTION kvartal.anywhere() IS 'The envelope of a change that may have touched anything';

-- The envelope of the vertices as tiles draw them. A place that Web Mercator does
-- not know must not keep anybody from writing a row.
CREATE FUNCTION kvartal.mercator_box(geom public.geometry) RETURNS box
  LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  IF public.ST_SRID(geom) = 3857 THEN
    RETURN geom::box;
  END IF;
  RETURN public.ST_Transform(geom, 3857)::box;
EXCEPTION WHEN internal_error OR data_exception THEN
  RETURN kvartal.anywhere();
END $$;
COMMENT ON FUNCTION kvartal.mercator_box(public.geometry) IS 'Envelope in EPSG:3857';

-- Edges that bend on the way to Web Mercator are followed in steps; what bends
-- between the steps is far less than the margin of a hundredth.
CREATE FUNCTION kvartal.mercator_cover(extent public.box2d, srid integer) RETURNS box
  LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  edge   public.geometry := public.ST_SetSRID(extent::public.geometry, srid);
  side   double precision := greatest(public.ST_XMax(extent) - public.ST_XMin(extent), public.ST_YMax(extent) - public.ST_YMin(extent));
  cover  box;
  margin double precision;
BEGIN
  IF side > 0 THEN
    edge := public.ST_Segmentize(edge, side / 32);
  END IF;
  cover := kvartal.mercator_box(edge);
  margin := greatest(width(cover), height(cover)) / 100;
  RETURN box(point((cover[0])[0] + margin, (cover[0])[1] + margin), point((cover[1])[0] - margin, (cover[1])[1] - margin));
END $$;
COMMENT ON FUNCTION kvartal.mercator_cover(public.box2d, integer) IS 'A box in EPSG:3857 that covers an extent in another CRS';

CREATE FUNCTION kvartal.log_reload(layer text, area box) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO kvartal.change_log (layer, operation, new_box) VALUES (log_reload.layer, 'reload', area)
$$;
COMMENT ON FUNCTION kvartal.log_reload(text, box) IS 'Logs that many features of a layer changed: read it anew';

-- The triggers of layers whose single rows change. They are called once a
-- statement and as whoever writes the layer, who has no rights in here, hence
-- SECURITY DEFINER. A statement of more than 50,000 rows logs one reload, because
-- reading the layer anew is cheaper than as many rows one by one.
CREATE FUNCTION kvartal.log_inserted() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM new_rows OFFSET 50000) THEN
    PERFORM kvartal.log_reload(TG_TABLE_NAME, kvartal.mercator_cover(ST_Extent(geom)::box2d, max(ST_SRID(geom)))) FROM new_rows;
  ELSE
    INSERT INTO kvartal.change_log (layer, feature, operation, new_box)
    SELECT TG_TABLE_NAME, id, 'insert', kvartal.mercator_box(geom) FROM new_rows;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION kvartal.log_deleted() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM old_rows OFFSET 50000) THEN
    PERFORM kvartal.log_reload(TG_TABLE_NAME, kvartal.mercator_cover(ST_Extent(geom)::box2d, max(ST_SRID(geom)))) FROM old_rows;
  ELSE
    INSERT INTO kvartal.change_log (layer, feature, operation, old_box)
    SELECT TG_TABLE_NAME, id, 'delete', kvartal.mercator_box(geom) FROM old_rows;
  END IF;
  RETURN NULL;
END $$;

-- The plan of the join is kept for the session. One made for an update of a
-- single row must not serve thousands: a nested loop over transition tables,
-- which have no index, would take the square of them.
CREATE FUNCTION kvartal.log_updated() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = off AS $$
BEGIN
  IF EXISTS (SELECT FROM new_rows OFFSET 50000) THEN
    PERFORM kvartal.log_reload(TG_TABLE_NAME, kvartal.mercator_cover(ST_Extent(geom)::box2d, max(ST_SRID(geom))))
    FROM (SELECT geom FROM old_rows UNION ALL SELECT geom FROM new_rows) AS both_rows;
  ELSE
    INSERT INTO kvartal.change_log (layer, feature, operation, old_box, new_box)
    SELECT TG_TABLE_NAME, n.id, 'update', kvartal.mercator_box(o.geom), kvartal.mercator_box(n.geom)
    FROM old_rows AS o JOIN new_rows AS n USING (id);
  END IF;
  RETURN NULL;
END $$;

-- The same for layers without geometry. A statement has one of the two tables.
CREATE FUNCTION kvartal.log_unplaced() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM changed_rows OFFSET 50000) THEN
    PERFORM kvartal.log_reload(TG_TABLE_NAME, NULL);
  ELSE
    INSERT INTO kvartal.change_log (layer, feature, operation)
    SELECT TG_TABLE_NAME, id, lower(TG_OP) FROM changed_rows;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION kvartal.log_truncated() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO kvartal.change_log (layer, operation, old_box) VALUES (TG_TABLE_NAME, 'truncate', kvartal.anywhere());
  RETURN NULL;
END $$;

-- Layers that revisions replace as a whole are not followed row by row, but a
-- write by hand must be seen, too.
CREATE FUNCTION kvartal.log_touched() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM kvartal.log_reload(TG_TABLE_NAME, kvartal.anywhere());
  RETURN NULL;
END $$;

-- A log that came with a dump starts anew: whoever follows it reads all layers.
CREATE FUNCTION kvartal.restart_change_log() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE kvartal.change_log_state
    SET trimmed = '0', system_identifier = (SELECT c.system_identifier FROM pg_control_system() AS c);
  DELETE FROM kvartal.change_log_mark;
  DELETE FROM kvartal.change_log;
  PERFORM kvartal.log_reload(NULL, kvartal.anywhere());
END $$;
COMMENT ON FUNCTION kvartal.restart_change_log() IS 'Empties the change log and logs a reload of every layer';

-- The restore of a dump that was not ours has restarted nothing: the first to
-- follow the log does.
CREATE FUNCTION kvartal.open_change_log() RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE kvartal.change_log_state AS s SET system_identifier = c.system_identifier
    FROM pg_control_system() AS c WHERE s.system_identifier <> c.system_identifier;
  IF FOUND THEN
    PERFORM kvartal.restart_change_log();
  END IF;
END $$;
COMMENT ON FUNCTION kvartal.open_change_log() IS 'Called before following the log: restarts it if it was written by another cluster';

-- Only what had been committed for the whole time is trimmed, by the marks: a
-- transaction may have written its rows long before it commits them.
CREATE FUNCTION kvartal.trim_change_log(keep interval) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  horizon kvartal.change_log_mark;
  gone bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(1802895363) THEN
    RETURN 0; -- another server is at it
  END IF;
  INSERT INTO kvartal.change_log_mark (oldest) VALUES (pg_snapshot_xmin(pg_current_snapshot()));
  SELECT * INTO horizon FROM kvartal.change_log_mark WHERE at <= clock_timestamp() - keep ORDER BY at DESC LIMIT 1;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  UPDATE kvartal.change_log_state SET trimmed = horizon.oldest;
  DELETE FROM kvartal.change_log_mark WHERE at < horizon.at;
  DELETE FROM kvartal.change_log WHERE xid < horizon.oldest;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
COMMENT ON FUNCTION kvartal.trim_change_log(interval) IS 'Forgets changes that have been visible for so long, as far as earlier calls tell; returns how many';

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
      ('kvartal_app',    'GRANT INSERT, UPDATE, DELETE ON kvartal.setting'),
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

CREATE OR REPLACE FUNCTION kvartal.after_restore() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM kvartal.grant_roles();
  UPDATE kvartal.changeset SET xid = NULL WHERE xid IS NOT NULL;
  PERFORM kvartal.restart_change_log();
END $$;

SELECT kvartal.grant_roles();
