-- Who may see what, and who did what: accounts, sessions, keys, grants and the
-- audit log. Schemas of their own: what may read layers may not read these.

CREATE SCHEMA auth;
CREATE SCHEMA audit;
COMMENT ON SCHEMA auth IS 'Accounts, sessions, keys, roles and grants';
COMMENT ON SCHEMA audit IS 'Who did what, append-only';

CREATE TABLE auth.role (
  name  text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{0,57}$'),
  title text NOT NULL DEFAULT ''
);
COMMENT ON TABLE auth.role IS 'What grants are given to';
INSERT INTO auth.role VALUES ('public', 'Everybody'), ('administrator', 'Accounts, roles, grants and the audit log');

CREATE TABLE auth.account (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name          text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._@-]{0,99}$'),
  title         text NOT NULL DEFAULT '',
  password      text,
  roles         text[] NOT NULL DEFAULT '{}',
  disabled      boolean NOT NULL DEFAULT false,
  failures      integer NOT NULL DEFAULT 0,
  locked_until  timestamptz,
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN auth.account.password IS 'Argon2id in PHC string format; null: may not sign in by password';
COMMENT ON COLUMN auth.account.failures IS 'Wrong passwords since the last right one';

CREATE TABLE auth.session (
  digest     bytea PRIMARY KEY CHECK (length(digest) = 32),
  account    bigint NOT NULL REFERENCES auth.account ON DELETE CASCADE,
  csrf       text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX session_account ON auth.session (account);
COMMENT ON COLUMN auth.session.digest IS 'SHA-256 of the token, which is not kept';

CREATE TABLE auth.key (
  id         text PRIMARY KEY,
  digest     bytea NOT NULL CHECK (length(digest) = 32),
  title      text NOT NULL,
  roles      text[] NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE auth.key IS 'Keys of other systems; the digest is the SHA-256 of the secret';

CREATE TABLE auth.access (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  role       text NOT NULL REFERENCES auth.role ON DELETE CASCADE,
  layer      text NOT NULL,
  actions    text[] NOT NULL CHECK (cardinality(actions) > 0),
  attributes text[] NOT NULL DEFAULT '{}',
  masked     text[] NOT NULL DEFAULT '{}',
  filter     text NOT NULL DEFAULT '',
  area       text NOT NULL DEFAULT '',
  personal   boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE auth.access IS 'Grants: a role may do actions with rows and attributes of a layer';

CREATE TABLE auth.closed (
  layer text PRIMARY KEY
);
COMMENT ON TABLE auth.closed IS 'Layers whose own default rights do not hold: grants alone do';

-- What was decided about a request holds as long as the version stays.
CREATE TABLE auth.version (
  single  boolean PRIMARY KEY DEFAULT true CHECK (single),
  version bigint NOT NULL DEFAULT 1
);
INSERT INTO auth.version DEFAULT VALUES;

CREATE FUNCTION auth.changed() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE auth.version SET version = version + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON auth.access FOR EACH STATEMENT EXECUTE FUNCTION auth.changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON auth.closed FOR EACH STATEMENT EXECUTE FUNCTION auth.changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON auth.role FOR EACH STATEMENT EXECUTE FUNCTION auth.changed();
CREATE TRIGGER changed AFTER UPDATE OF roles, disabled, title OR DELETE OR TRUNCATE ON auth.account FOR EACH STATEMENT EXECUTE FUNCTION auth.changed();
CREATE TRIGGER changed AFTER DELETE OR TRUNCATE ON auth.session FOR EACH STATEMENT EXECUTE FUNCTION auth.changed();
CREATE TRIGGER changed AFTER UPDATE OR DELETE OR TRUNCATE ON auth.key FOR EACH STATEMENT EXECUTE FUNCTION auth.changed();

CREATE TABLE audit.event (
  id        bigint PRIMARY KEY,
  at        timestamptz NOT NULL,
  principal text NOT NULL,
  action    text NOT NULL,
  subject   text NOT NULL,
  address   text NOT NULL,
  request   text NOT NULL,
  detail    jsonb NOT NULL,
  previous  bytea NOT NULL,
  hash      bytea NOT NULL
);
CREATE INDEX event_at ON audit.event (at);
CREATE INDEX event_principal ON audit.event (principal, id);
COMMENT ON TABLE audit.event IS 'Who did what; each row holds the hash of the one before';

CREATE FUNCTION audit.hash_of(e audit.event) RETURNS bytea
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
  SELECT sha256(convert_to(jsonb_build_array(e.id, to_char(e.at, 'YYYY-MM-DD"T"HH24:MI:SS.US'), e.principal, e.action, e.subject,
    e.address, e.request, e.detail, encode(e.previous, 'hex'))::text, 'UTF8'))
$$;

-- The only way to add to the log. Events are numbered without gaps, so that one
-- that is gone is missed; a lock makes writers wait for one another.
CREATE FUNCTION audit.append(principal text, action text, subject text, address text, request text, detail jsonb) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  last audit.event;
  e audit.event;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('audit.event', 0));
  SELECT * INTO last FROM audit.event ORDER BY id DESC LIMIT 1;
  e := ROW(coalesce(last.id, 0) + 1, clock_timestamp(), principal, action, subject, address, request, coalesce(detail, '{}'), coalesce(last.hash, ''), '');
  e.hash := audit.hash_of(e);
  INSERT INTO audit.event SELECT (e).*;
  RETURN e.id;
END $$;

CREATE FUNCTION audit.first_broken() RETURNS bigint
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT min(id) FROM (
    SELECT id, hash <> audit.hash_of(e) OR previous <> coalesce(lag(hash) OVER w, CASE WHEN id = (SELECT min(id) FROM audit.event) THEN previous ELSE '' END)
      OR id <> coalesce(lag(id) OVER w + 1, id) AS broken
    FROM audit.event AS e WINDOW w AS (ORDER BY id)) AS checked
  WHERE broken
$$;
COMMENT ON FUNCTION audit.first_broken() IS 'The first event that is not as it was written, or does not follow the one before; null if none';

-- The owner too has to take the trigger away first, which is no accident.
CREATE FUNCTION audit.refuse() RETURNS trigger
  LANGUAGE plpgsql AS $$
BEGIN
  RAISE insufficient_privilege USING MESSAGE = 'the audit log is only ever added to';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.event FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

-- A restore calls this too. Roles that do not exist are passed over.
CREATE FUNCTION auth.grant_roles() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  REVOKE ALL ON ALL TABLES IN SCHEMA auth, audit FROM PUBLIC;
  REVOKE ALL ON ALL FUNCTIONS IN SCHEMA auth, audit FROM PUBLIC;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'kvartal_app') THEN
    GRANT USAGE ON SCHEMA auth, audit TO kvartal_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON auth.role, auth.account, auth.session, auth.key, auth.access, auth.closed TO kvartal_app;
    GRANT SELECT ON auth.version, audit.event TO kvartal_app;
    GRANT EXECUTE ON FUNCTION audit.append(text, text, text, text, text, jsonb), audit.hash_of(audit.event), audit.first_broken() TO kvartal_app;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'kvartal_audit') THEN
    GRANT USAGE ON SCHEMA audit TO kvartal_audit;
    GRANT SELECT ON audit.event TO kvartal_audit;
    GRANT EXECUTE ON FUNCTION audit.append(text, text, text, text, text, jsonb), audit.hash_of(audit.event), audit.first_broken() TO kvartal_audit;
  END IF;
END $$;

CREATE OR REPLACE FUNCTION kvartal.after_restore() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM kvartal.grant_roles();
  PERFORM auth.grant_roles();
  UPDATE kvartal.changeset SET xid = NULL WHERE xid IS NOT NULL;
  PERFORM kvartal.restart_change_log();
  DELETE FROM auth.session; -- who signed in before signs in anew
END $$;

SELECT auth.grant_roles();
