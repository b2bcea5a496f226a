-- Days that are over take an eighth of the room: the fixes of a device in chunks of
-- a few hundred, one row a chunk, one array a column, which TOAST compresses well.
-- PostgreSQL itself unpacks them, so whoever reads the past by SQL goes on doing so.
--
-- A fix is in live.fix or in live.packed, never in both. What comes late lies in
-- live.fix until its day is packed again.

CREATE TABLE live.packed (
  device     text NOT NULL,
  first      timestamptz NOT NULL,
  last       timestamptz NOT NULL,
  n          integer NOT NULL,
  step       bigint NOT NULL,
  placed     timestamptz,
  keyed      bigint[] NOT NULL,
  hash       bigint[] NOT NULL,
  mark       smallint[] NOT NULL,
  told       bigint[],
  received   bigint[] NOT NULL,
  source     text[] NOT NULL,
  lon        double precision[],
  lat        double precision[],
  altitude   double precision[],
  speed      double precision[],
  course     double precision[],
  hdop       double precision[],
  satellites double precision[],
  odometer   double precision[],
  flags      smallint[] NOT NULL,
  inputs     jsonb[],
  PRIMARY KEY (device, first)
) PARTITION BY RANGE (first);
COMMENT ON TABLE live.packed IS 'Fixes of days that are over, some hundreds of a device in a row, in the order of keyed and hash; the ranges of a device''s rows are apart';
COMMENT ON COLUMN live.packed.first IS 'Least keyed of the row; last is the greatest';
COMMENT ON COLUMN live.packed.step IS 'µs from one fix to the next, about';
COMMENT ON COLUMN live.packed.placed IS 'Least keyed of those that say where the device was';
COMMENT ON COLUMN live.packed.keyed IS 'µs after first and as many steps as fixes before';
COMMENT ON COLUMN live.packed.told IS 'µs after keyed, as received is; an array of nothing but nulls is null';

-- lz4 unpacks three times as fast as PostgreSQL's own, which it may have been built without.
DO $$
DECLARE
  field name;
BEGIN
  FOR field IN SELECT attname FROM pg_attribute WHERE attrelid = 'live.packed'::regclass AND attnum > 0 AND attndims > 0 LOOP
    EXECUTE format('ALTER TABLE live.packed ALTER %I SET COMPRESSION lz4', field);
  END LOOP;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;

CREATE FUNCTION live.microseconds(span interval) RETURNS bigint
  LANGUAGE sql IMMUTABLE AS 'SELECT (extract(epoch FROM span) * 1000000)::bigint';

-- What is packed was at the time it is keyed by.
CREATE FUNCTION live.unpacked(p live.packed) RETURNS SETOF live.fix
  LANGUAGE sql STABLE AS $$
  SELECT (p).device, t.keyed, c.hash, t.keyed, c.mark, t.keyed + c.told * interval '1 microsecond', t.keyed + c.received * interval '1 microsecond',
    c.source, c.lon, c.lat, c.altitude, c.speed, c.course, c.hdop, c.satellites, c.odometer, c.flags, c.inputs
  FROM unnest((p).keyed, (p).hash, (p).mark, (p).told, (p).received, (p).source, (p).lon, (p).lat, (p).altitude, (p).speed, (p).course, (p).hdop,
    (p).satellites, (p).odometer, (p).flags, (p).inputs) WITH ORDINALITY
    AS c (keyed, hash, mark, told, received, source, lon, lat, altitude, speed, course, hdop, satellites, odometer, flags, inputs, place)
  CROSS JOIN LATERAL (SELECT (p).first + ((c.place - 1) * (p).step + c.keyed) * interval '1 microsecond') AS t (keyed)
$$;
COMMENT ON FUNCTION live.unpacked(live.packed) IS 'The fixes of a row';

CREATE FUNCTION live.unpacked(p live.packed, place integer) RETURNS SETOF live.fix
  LANGUAGE sql STABLE AS $$
  SELECT (p).device, t.keyed, (p).hash[$2], t.keyed, (p).mark[$2], t.keyed + (p).told[$2] * interval '1 microsecond', t.keyed + (p).received[$2] * interval '1 microsecond',
    (p).source[$2], (p).lon[$2], (p).lat[$2], (p).altitude[$2], (p).speed[$2], (p).course[$2], (p).hdop[$2], (p).satellites[$2], (p).odometer[$2], (p).flags[$2], (p).inputs[$2]
  FROM (SELECT (p).first + (($2 - 1) * (p).step + (p).keyed[$2]) * interval '1 microsecond') AS t (keyed)
  WHERE $2 IS NOT NULL
$$;
COMMENT ON FUNCTION live.unpacked(live.packed, integer) IS 'The fix of a row that has a place there, counted from 1';

CREATE VIEW live.every_fix AS
  SELECT f.* FROM live.fix AS f
  UNION ALL
  SELECT f.* FROM live.packed AS p CROSS JOIN LATERAL live.unpacked(p) AS f;
COMMENT ON VIEW live.every_fix IS 'Each fix once, packed or not';

CREATE FUNCTION live.packed_placed_at(device text, moment timestamptz) RETURNS SETOF live.fix
  LANGUAGE sql STABLE AS $$
  SELECT f.* FROM (SELECT p.* FROM live.packed AS p WHERE p.device = $1 AND p.first <= $2 AND p.placed <= $2 ORDER BY p.first DESC LIMIT 1) AS p
  CROSS JOIN LATERAL (
    SELECT max(c.place)::integer AS place FROM unnest(p.keyed, p.flags, p.lon, p.lat) WITH ORDINALITY AS c (keyed, flags, lon, lat, place)
    WHERE (c.place - 1) * p.step + c.keyed <= live.microseconds($2 - p.first) AND live.has_place(c.flags, c.lon, c.lat)) AS c
  CROSS JOIN LATERAL live.unpacked(ROW (p.*)::live.packed, c.place) AS f
$$;
COMMENT ON FUNCTION live.packed_placed_at(text, timestamptz) IS 'The newest packed fix of a device at a moment that says where it was';

CREATE FUNCTION live.packed_at(device text, moment timestamptz, since timestamptz) RETURNS SETOF live.fix
  LANGUAGE sql STABLE AS $$
  SELECT f.* FROM (SELECT p.* FROM live.packed AS p WHERE p.device = $1 AND p.first <= $2 AND p.first >= coalesce($3, '-infinity') - interval '1 day' ORDER BY p.first DESC LIMIT 1) AS p
  CROSS JOIN LATERAL (
    SELECT max(c.place)::integer AS place FROM unnest(p.keyed) WITH ORDINALITY AS c (keyed, place)
    WHERE (c.place - 1) * p.step + c.keyed <= live.microseconds($2 - p.first)) AS c
  CROSS JOIN LATERAL live.unpacked(ROW (p.*)::live.packed, c.place) AS f
$$;
COMMENT ON FUNCTION live.packed_at(text, timestamptz, timestamptz) IS 'The newest packed fix of a device at a moment, if it is not older than another';

-- As before, with what is packed: k is the newest of that, a the newest after it
-- that is not, b the newest after both whose clock was ahead, which is never packed.
CREATE OR REPLACE FUNCTION live.placed_at(device text, moment timestamptz) RETURNS SETOF live.fix
  LANGUAGE sql STABLE AS $$
  SELECT device, keyed, hash, at, mark, told, received, source, lon, lat, altitude, speed, course, hdop, satellites, odometer, flags, inputs
  FROM live.latest AS l WHERE l.device = $1 AND l.placed AND l.at <= $2
  UNION ALL
  SELECT f.* FROM live.latest AS l
  LEFT JOIN LATERAL live.packed_placed_at($1, $2) AS k ON true
  LEFT JOIN LATERAL (
    SELECT a.* FROM live.fix AS a
    WHERE a.device = $1 AND a.keyed <= $2 AND a.mark <> 2 AND live.has_place(a.flags, a.lon, a.lat)
      AND a.keyed >= coalesce(k.keyed, '-infinity') AND (a.keyed, a.hash) > (coalesce(k.keyed, '-infinity'), coalesce(k.hash, 0))
    ORDER BY a.keyed DESC, a.hash DESC LIMIT 1) AS a ON true
  LEFT JOIN LATERAL (
    SELECT b.* FROM live.fix AS b
    WHERE b.device = $1 AND b.mark = 2 AND b.at <= $2 AND live.has_place(b.flags, b.lon, b.lat)
      AND (b.at, b.hash) > (coalesce(a.at, k.at, '-infinity'), coalesce(a.hash, k.hash, 0))
      AND b.keyed > coalesce(a.at, k.at, '-infinity') AND b.keyed <= $2 + interval '25 hours'
    ORDER BY b.at DESC, b.hash DESC LIMIT 1) AS b ON true
  CROSS JOIN LATERAL (
    SELECT b.* WHERE b.device IS NOT NULL
    UNION ALL SELECT a.* WHERE a.device IS NOT NULL AND b.device IS NULL
    UNION ALL SELECT k.* WHERE k.device IS NOT NULL AND a.device IS NULL AND b.device IS NULL) AS f
  WHERE l.device = $1 AND l.placed AND l.at > $2
$$;

CREATE OR REPLACE FUNCTION live.unplaced_at(device text, moment timestamptz, since timestamptz, hash bigint) RETURNS SETOF live.fix
  LANGUAGE sql STABLE AS $$
  SELECT device, keyed, hash, at, mark, told, received, source, lon, lat, altitude, speed, course, hdop, satellites, odometer, flags, inputs
  FROM live.latest AS l WHERE l.device = $1 AND NOT l.placed AND l.at <= $2 AND (l.at, l.hash) > (coalesce($3, '-infinity'), coalesce($4, 0))
  UNION ALL
  SELECT f.* FROM live.latest AS l
  LEFT JOIN LATERAL (
    SELECT k.* FROM live.packed_at($1, $2, $3) AS k WHERE (k.at, k.hash) > (coalesce($3, '-infinity'), coalesce($4, 0))) AS k ON true
  LEFT JOIN LATERAL (
    SELECT a.* FROM live.fix AS a
    WHERE a.device = $1 AND a.keyed <= $2 AND a.mark <> 2 AND a.keyed >= coalesce(k.keyed, $3, '-infinity')
      AND (a.keyed, a.hash) > (coalesce(k.keyed, $3, '-infinity'), coalesce(k.hash, $4, 0))
    ORDER BY a.keyed DESC, a.hash DESC LIMIT 1) AS a ON true
  LEFT JOIN LATERAL (
    SELECT b.* FROM live.fix AS b
    WHERE b.device = $1 AND b.mark = 2 AND b.at <= $2
      AND (b.at, b.hash) > (coalesce(a.at, k.at, $3, '-infinity'), coalesce(a.hash, k.hash, $4, 0))
      AND b.keyed > coalesce(a.at, k.at, $3, '-infinity') AND b.keyed <= $2 + interval '25 hours'
    ORDER BY b.at DESC, b.hash DESC LIMIT 1) AS b ON true
  CROSS JOIN LATERAL (
    SELECT b.* WHERE b.device IS NOT NULL
    UNION ALL SELECT a.* WHERE a.device IS NOT NULL AND b.device IS NULL
    UNION ALL SELECT k.* WHERE k.device IS NOT NULL AND a.device IS NULL AND b.device IS NULL) AS f
  WHERE l.device = $1 AND NOT l.placed AND l.at > $2
$$;

-- Whoever writes fixes of a day holds it, whoever packs it has it to himself: a copy
-- of a fix that is just being packed would else be taken for a new one.
CREATE FUNCTION live.hold_days(days date[]) RETURNS SETOF date
  LANGUAGE plpgsql AS $$
DECLARE
  day date;
BEGIN
  FOREACH day IN ARRAY days LOOP
    PERFORM pg_advisory_xact_lock_shared(hashtext('live.day'), day - date '2000-01-01');
  END LOOP;
  RETURN QUERY SELECT d FROM unnest(days) AS d
    WHERE EXISTS (SELECT FROM pg_class WHERE relnamespace = 'live'::regnamespace AND relname = 'packed_' || to_char(d, 'YYYYMMDD'));
END $$;
COMMENT ON FUNCTION live.hold_days(date[]) IS 'Keeps days, in their order, from being packed until the transaction ends, and says which are packed';

CREATE FUNCTION live.pack(device text, day date) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  plain name := 'fix_' || to_char(day, 'YYYYMMDD');
  packed name := 'packed_' || to_char(day, 'YYYYMMDD');
  moved integer;
  before bigint;
  after bigint;
BEGIN
  IF to_regclass(format('live.%I', packed)) IS NULL THEN
    EXECUTE format('CREATE TABLE live.%I (LIKE live.packed INCLUDING ALL)', packed);
    EXECUTE format('ALTER TABLE live.packed ATTACH PARTITION live.%I FOR VALUES FROM (%L) TO (%L)',
      packed, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('live.day'), day - date '2000-01-01');
  -- Fixes of one time stay together, so that the ranges of rows are apart.
  EXECUTE format($sql$
    WITH plain AS (DELETE FROM live.%1$I WHERE device = $1 AND mark <> 2 AND at = keyed RETURNING *),
    former AS (DELETE FROM live.%2$I WHERE device = $1 RETURNING *),
    fixes AS (
      SELECT * FROM plain
      UNION ALL
      SELECT f.* FROM former AS p CROSS JOIN LATERAL live.unpacked(ROW (p.*)::live.packed) AS f),
    chunked AS (SELECT *, (dense_rank() OVER (ORDER BY keyed) - 1) / 360 AS chunk FROM fixes),
    placed AS (
      SELECT *, row_number() OVER (PARTITION BY chunk ORDER BY keyed, hash) - 1 AS place,
        min(keyed) OVER (PARTITION BY chunk) AS first, max(keyed) OVER (PARTITION BY chunk) AS last, count(*) OVER (PARTITION BY chunk) AS n
      FROM chunked),
    stepped AS (SELECT *, CASE n WHEN 1 THEN 0 ELSE live.microseconds(last - first) / (n - 1) END AS step FROM placed),
    written AS (
      INSERT INTO live.%2$I (device, first, last, n, step, placed, keyed, hash, mark, told, received, source,
        lon, lat, altitude, speed, course, hdop, satellites, odometer, flags, inputs)
      SELECT $1, first, last, n, step, min(keyed) FILTER (WHERE live.has_place(flags, lon, lat)),
        array_agg(live.microseconds(keyed - first) - place * step ORDER BY place),
        array_agg(hash ORDER BY place), array_agg(mark ORDER BY place),
        CASE WHEN count(told) > 0 THEN array_agg(live.microseconds(told - keyed) ORDER BY place) END,
        array_agg(live.microseconds(received - keyed) ORDER BY place), array_agg(source ORDER BY place),
        CASE WHEN count(lon) > 0 THEN array_agg(lon ORDER BY place) END,
        CASE WHEN count(lat) > 0 THEN array_agg(lat ORDER BY place) END,
        CASE WHEN count(altitude) > 0 THEN array_agg(altitude ORDER BY place) END,
        CASE WHEN count(speed) > 0 THEN array_agg(speed ORDER BY place) END,
        CASE WHEN count(course) > 0 THEN array_agg(course ORDER BY place) END,
        CASE WHEN count(hdop) > 0 THEN array_agg(hdop ORDER BY place) END,
        CASE WHEN count(satellites) > 0 THEN array_agg(satellites ORDER BY place) END,
        CASE WHEN count(odometer) > 0 THEN array_agg(odometer ORDER BY place) END,
        array_agg(flags ORDER BY place),
        CASE WHEN count(inputs) > 0 THEN array_agg(inputs ORDER BY place) END
      FROM stepped GROUP BY chunk, first, last, n, step
      RETURNING n)
    SELECT (SELECT count(*) FROM plain), (SELECT count(*) FROM fixes), (SELECT coalesce(sum(n), 0) FROM written)
  $sql$, plain, packed) INTO moved, before, after USING device;
  IF before <> after THEN
    RAISE data_exception USING MESSAGE = format('%s of the %s fixes of %s on %s would be packed', after, before, device, day);
  END IF;
  RETURN moved;
END $$;
COMMENT ON FUNCTION live.pack(text, date) IS 'Packs what a device told on a day, with what is packed of it already, and says how many fixes were not';

CREATE FUNCTION live.unpack(devices text[], firsts timestamptz[]) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH former AS (
    DELETE FROM live.packed AS p USING unnest($1, $2) AS r (device, first) WHERE p.device = r.device AND p.first = r.first RETURNING p.*)
  INSERT INTO live.fix SELECT f.* FROM former AS p CROSS JOIN LATERAL live.unpacked(ROW (p.*)::live.packed) AS f
$$;
COMMENT ON FUNCTION live.unpack(text[], timestamptz[]) IS 'Puts the fixes of rows back; their days must be held';

-- The room of rows that are packed comes back when the table is emptied. What is
-- left, of clocks that were ahead, is put back. A reader whose snapshot is older than
-- the packing would miss what is packed: call it long after.
CREATE FUNCTION live.free_day(day date) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
  plain name := 'fix_' || to_char(day, 'YYYYMMDD');
  kept live.fix[];
BEGIN
  IF pg_relation_size(format('live.%I', plain)) < 1 << 20 THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('live.day'), day - date '2000-01-01');
  EXECUTE format('SELECT array_agg(ROW (f.*)::live.fix) FROM (SELECT * FROM live.%I LIMIT 10001) AS f', plain) INTO kept;
  IF cardinality(kept) > 10000 THEN
    RETURN false;
  END IF;
  EXECUTE format('TRUNCATE live.%I', plain);
  INSERT INTO live.fix SELECT f.* FROM unnest(kept) AS f;
  RETURN true;
EXCEPTION WHEN lock_not_available THEN
  RETURN false;
END $$;
COMMENT ON FUNCTION live.free_day(date) IS 'Gives back the room of a day that is packed, unless somebody is using it';

CREATE OR REPLACE FUNCTION live.drop_before(day date) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  partition name;
  dropped date[];
BEGIN
  FOR partition IN
    SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent IN ('live.fix'::regclass, 'live.packed'::regclass) AND right(c.relname, 8) < to_char(day, 'YYYYMMDD')
  LOOP
    EXECUTE format('DROP TABLE live.%I', partition);
    dropped := dropped || to_date(right(partition, 8), 'YYYYMMDD');
  END LOOP;
  DELETE FROM live.quarantine WHERE received < day::timestamp AT TIME ZONE 'UTC';
  RETURN (SELECT count(DISTINCT d) FROM unnest(dropped) AS d);
END $$;

CREATE OR REPLACE FUNCTION live.grant_roles() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  REVOKE ALL ON ALL FUNCTIONS IN SCHEMA live FROM PUBLIC;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'kvartal_app') THEN
    GRANT USAGE ON SCHEMA live TO kvartal_app;
    GRANT SELECT, INSERT, UPDATE ON live.fix, live.latest, live.quarantine TO kvartal_app;
    GRANT SELECT ON live.packed, live.every_fix TO kvartal_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON live.credential TO kvartal_app;
    GRANT EXECUTE ON FUNCTION live.ensure_day(date), live.drop_before(date), live.hold_days(date[]), live.pack(text, date),
      live.unpack(text[], timestamptz[]), live.free_day(date) TO kvartal_app;
    GRANT EXECUTE ON FUNCTION live.has_place(smallint, double precision, double precision), live.microseconds(interval),
      live.unpacked(live.packed), live.unpacked(live.packed, integer), live.packed_placed_at(text, timestamptz), live.packed_at(text, timestamptz, timestamptz),
      live.placed_at(text, timestamptz), live.unplaced_at(text, timestamptz, timestamptz, bigint) TO kvartal_app;
  END IF;
END $$;

SELECT live.grant_roles();
