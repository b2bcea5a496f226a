-- What live layers read: the newest fix of a device at a moment of the past. The
-- functions are such as PostgreSQL puts in the place of their calls, so that a
-- query over many devices opens the partitions once.

-- A fix is keyed by the time it was at, but for those whose clock was ahead (mark
-- 2): these are few, and keyed up to a day later.
CREATE INDEX fix_ahead ON live.fix (device, at, hash) WHERE mark = 2;

CREATE FUNCTION live.has_place(flags smallint, lon double precision, lat double precision) RETURNS boolean
  LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(flags & 6 = 0 AND abs(lon) <= 180 AND abs(lat) <= 90 AND (lon <> 0 OR lat <> 0), false)
$$;
COMMENT ON FUNCTION live.has_place(smallint, double precision, double precision) IS 'Whether a fix says where the device was';

CREATE FUNCTION live.placed_at(device text, moment timestamptz) RETURNS SETOF live.fix
  LANGUAGE sql STABLE AS $$
  SELECT device, keyed, hash, at, mark, told, received, source, lon, lat, altitude, speed, course, hdop, satellites, odometer, flags, inputs
  FROM live.latest AS l WHERE l.device = $1 AND l.placed AND l.at <= $2
  UNION ALL
  SELECT f.* FROM live.latest AS l
  LEFT JOIN LATERAL (
    SELECT a.* FROM live.fix AS a
    WHERE a.device = $1 AND a.keyed <= $2 AND a.mark <> 2 AND live.has_place(a.flags, a.lon, a.lat)
    ORDER BY a.keyed DESC, a.hash DESC LIMIT 1) AS a ON true
  LEFT JOIN LATERAL (
    SELECT b.* FROM live.fix AS b
    WHERE b.device = $1 AND b.mark = 2 AND b.at <= $2 AND live.has_place(b.flags, b.lon, b.lat)
      AND (b.at, b.hash) > (coalesce(a.at, '-infinity'), coalesce(a.hash, 0))
      AND b.keyed > coalesce(a.at, '-infinity') AND b.keyed <= $2 + interval '25 hours'
    ORDER BY b.at DESC, b.hash DESC LIMIT 1) AS b ON true
  CROSS JOIN LATERAL (SELECT b.* WHERE b.device IS NOT NULL UNION ALL SELECT a.* WHERE a.device IS NOT NULL AND b.device IS NULL) AS f
  WHERE l.device = $1 AND l.placed AND l.at > $2
$$;
COMMENT ON FUNCTION live.placed_at(text, timestamptz) IS 'The newest fix of a device at a moment that says where it was';

CREATE FUNCTION live.unplaced_at(device text, moment timestamptz, since timestamptz, hash bigint) RETURNS SETOF live.fix
  LANGUAGE sql STABLE AS $$
  SELECT device, keyed, hash, at, mark, told, received, source, lon, lat, altitude, speed, course, hdop, satellites, odometer, flags, inputs
  FROM live.latest AS l WHERE l.device = $1 AND NOT l.placed AND l.at <= $2 AND (l.at, l.hash) > (coalesce($3, '-infinity'), coalesce($4, 0))
  UNION ALL
  SELECT f.* FROM live.latest AS l
  LEFT JOIN LATERAL (
    SELECT a.* FROM live.fix AS a
    WHERE a.device = $1 AND a.keyed <= $2 AND a.mark <> 2 AND a.keyed >= coalesce($3, '-infinity')
      AND (a.keyed, a.hash) > (coalesce($3, '-infinity'), coalesce($4, 0))
    ORDER BY a.keyed DESC, a.hash DESC LIMIT 1) AS a ON true
  LEFT JOIN LATERAL (
    SELECT b.* FROM live.fix AS b
    WHERE b.device = $1 AND b.mark = 2 AND b.at <= $2
      AND (b.at, b.hash) > (coalesce(a.at, $3, '-infinity'), coalesce(a.hash, $4, 0))
      AND b.keyed > coalesce(a.at, $3, '-infinity') AND b.keyed <= $2 + interval '25 hours'
    ORDER BY b.at DESC, b.hash DESC LIMIT 1) AS b ON true
  CROSS JOIN LATERAL (SELECT b.* WHERE b.device IS NOT NULL UNION ALL SELECT a.* WHERE a.device IS NOT NULL AND b.device IS NULL) AS f
  WHERE l.device = $1 AND NOT l.placed AND l.at > $2
$$;
COMMENT ON FUNCTION live.unplaced_at(text, timestamptz, timestamptz, bigint) IS 'The newest fix of a device at a moment, if it is newer than the one that says where it was';

CREATE OR REPLACE FUNCTION live.grant_roles() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  REVOKE ALL ON ALL FUNCTIONS IN SCHEMA live FROM PUBLIC;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'kvartal_app') THEN
    GRANT USAGE ON SCHEMA live TO kvartal_app;
    GRANT SELECT, INSERT, UPDATE ON live.fix, live.latest, live.quarantine TO kvartal_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON live.credential TO kvartal_app;
    GRANT EXECUTE ON FUNCTION live.ensure_day(date), live.drop_before(date) TO kvartal_app;
    GRANT EXECUTE ON FUNCTION live.has_place(smallint, double precision, double precision),
      live.placed_at(text, timestamptz), live.unplaced_at(text, timestamptz, timestamptz, bigint) TO kvartal_app;
  END IF;
END $$;

SELECT live.grant_roles();
