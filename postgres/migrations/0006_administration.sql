-- What administration in the web map needs: attributes that may be written,
-- passwords for one time, the look through another role, accounts of OpenID
-- providers, the first administrator, and an audit log that can be cut.

ALTER TABLE auth.access
  ADD writable text[] NOT NULL DEFAULT '{}',
  ADD hidden   text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN auth.access.writable IS 'Attributes that may be written; they may be read, too';
COMMENT ON COLUMN auth.access.hidden IS 'Attributes that "*" of the same grant does not stand for';

ALTER TABLE auth.account ADD temporary boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN auth.account.temporary IS 'The password was given by somebody else: it lets in only to choose another';

ALTER TABLE auth.session ADD preview text REFERENCES auth.role ON DELETE CASCADE;
COMMENT ON COLUMN auth.session.preview IS 'Role whose rights the session has for a while, to read only';

CREATE TABLE auth.identity (
  issuer   text NOT NULL,
  subject  text NOT NULL,
  provider text NOT NULL,
  account  bigint NOT NULL REFERENCES auth.account ON DELETE CASCADE,
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX identity_account ON auth.identity (account);
COMMENT ON TABLE auth.identity IS 'Who of an OpenID provider is which account';

CREATE TABLE auth.first (
  single     boolean PRIMARY KEY DEFAULT true CHECK (single),
  digest     bytea NOT NULL CHECK (length(digest) = 32),
  expires_at timestamptz NOT NULL
);
COMMENT ON TABLE auth.first IS 'Digest of the token that makes the first administrator';

DROP TRIGGER changed ON auth.account;
CREATE TRIGGER changed AFTER UPDATE OF roles, disabled, title, temporary OR DELETE OR TRUNCATE ON auth.account FOR EACH STATEMENT EXECUTE FUNCTION auth.changed();
DROP TRIGGER changed ON auth.session;
CREATE TRIGGER changed AFTER UPDATE OF preview OR DELETE OR TRUNCATE ON auth.session FOR EACH STATEMENT EXECUTE FUNCTION auth.changed();

-- What is left of events that were cut: the hash that the first of the others
-- follows.
CREATE TABLE audit.checkpoint (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  id     bigint NOT NULL,
  hash   bytea NOT NULL
);
COMMENT ON TABLE audit.checkpoint IS 'Number and hash of the last event that was cut from the log';

CREATE OR REPLACE FUNCTION audit.first_broken() RETURNS bigint
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH cut AS (SELECT coalesce(max(id), 0) AS id, coalesce((SELECT hash FROM audit.checkpoint), '') AS hash FROM audit.checkpoint)
  SELECT min(id) FROM (
    SELECT e.id, e.hash <> audit.hash_of(e) OR e.previous <> lag(e.hash, 1, cut.hash) OVER w OR e.id <> lag(e.id, 1, cut.id) OVER w + 1 AS broken
    FROM audit.event AS e, cut WINDOW w AS (ORDER BY e.id)) AS checked
  WHERE broken
$$;

-- The program may cut what is older than a quarter of a year and nothing else;
-- that it did is an event.
CREATE FUNCTION audit.cut(keep interval, principal text) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  last audit.event;
  n bigint;
BEGIN
  IF keep IS NULL OR keep < interval '90 days' THEN
    RAISE invalid_parameter_value USING MESSAGE = 'the audit log is kept for 90 days at least';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('audit.event', 0));
  SELECT * INTO last FROM audit.event AS e WHERE e.at < clock_timestamp() - keep ORDER BY e.id DESC LIMIT 1;
  IF last.id IS NULL THEN
    RETURN 0;
  END IF;
  PERFORM audit.append(principal, 'audit.cut', '', 'local', '', jsonb_build_object('through', last.id, 'hash', encode(last.hash, 'hex')));
  ALTER TABLE audit.event DISABLE TRIGGER append_only;
  DELETE FROM audit.event AS e WHERE e.id <= last.id;
  GET DIAGNOSTICS n = ROW_COUNT;
  ALTER TABLE audit.event ENABLE TRIGGER append_only;
  INSERT INTO audit.checkpoint (id, hash) VALUES (last.id, last.hash)
    ON CONFLICT (single) DO UPDATE SET id = excluded.id, hash = excluded.hash;
  RETURN n;
END $$;

CREATE OR REPLACE FUNCTION auth.grant_roles() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  REVOKE ALL ON ALL TABLES IN SCHEMA auth, audit FROM PUBLIC;
  REVOKE ALL ON ALL FUNCTIONS IN SCHEMA auth, audit FROM PUBLIC;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'kvartal_app') THEN
    GRANT USAGE ON SCHEMA auth, audit TO kvartal_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON auth.role, auth.account, auth.session, auth.key, auth.access, auth.closed, auth.identity, auth.first TO kvartal_app;
    GRANT SELECT ON auth.version, audit.event, audit.checkpoint TO kvartal_app;
    GRANT EXECUTE ON FUNCTION audit.append(text, text, text, text, text, jsonb), audit.hash_of(audit.event), audit.first_broken(), audit.cut(interval, text) TO kvartal_app;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'kvartal_audit') THEN
    GRANT USAGE ON SCHEMA audit TO kvartal_audit;
    GRANT SELECT ON audit.event, audit.checkpoint TO kvartal_audit;
    GRANT EXECUTE ON FUNCTION audit.append(text, text, text, text, text, jsonb), audit.hash_of(audit.event), audit.first_broken() TO kvartal_audit;
  END IF;
END $$;

SELECT auth.grant_roles();
