-- Installed into each service's schema before its steps, as its owner; __schema__ and __name__ stand for the schema.
-- Steps call: declare_table, make_audit, make_outbox, send_changes, make_inbox, make_operations.

-- A statement trigger, since row triggers do not see a TRUNCATE; it fires for tables that CASCADE reaches, too.
CREATE OR REPLACE FUNCTION __schema__.refuse_truncate() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  RAISE EXCEPTION 'TRUNCATE of %.% is refused: its rows would be gone without an audit', TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', HINT = 'DELETE the rows; the migration declares it: -- loses: ' || TG_TABLE_NAME;
END $$;

-- Who did it: empty for this side's own doing, else the side whose change is applied here (it must not be sent back).
CREATE OR REPLACE FUNCTION __schema__.origin() RETURNS text
LANGUAGE sql STABLE SET search_path = '' AS $$ SELECT coalesce(current_setting('kit.origin', true), '') $$;

-- TG_ARGV: the columns of the primary key.
CREATE OR REPLACE FUNCTION __schema__.audit_delete() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
  gone jsonb := to_jsonb(OLD);
BEGIN
  INSERT INTO __schema__.audit (entity, workspace_id, key, origin)
  SELECT TG_TABLE_NAME, gone ->> 'workspace_id', jsonb_object_agg(name, gone -> name), __schema__.origin()
  FROM unnest(TG_ARGV) AS name;
  RETURN NULL;
END $$;

-- Makes a table one of this schema's: what it holds, its guard, and an audit of deleted rows unless it is ephemeral.
CREATE OR REPLACE FUNCTION __schema__.declare_table(table_name text, scope text, audited boolean DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  target regclass := format('%I.%I', '__name__', table_name)::regclass;
  key_columns text;
BEGIN
  IF scope NOT IN ('workspace', 'global', 'ephemeral') THEN
    RAISE EXCEPTION 'table % has the scope %, which is none of workspace, global, ephemeral', target, scope;
  END IF;
  EXECUTE format('COMMENT ON TABLE %s IS %L', target, 'scope: ' || scope);
  EXECUTE format('CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON %s
                  FOR EACH STATEMENT EXECUTE FUNCTION __schema__.refuse_truncate()', target);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER no_truncate', target);
  IF NOT coalesce(audited, scope <> 'ephemeral') THEN
    RETURN;
  END IF;
  SELECT string_agg(quote_literal(attname), ', ' ORDER BY ordinality) INTO key_columns
  FROM pg_catalog.pg_index
  CROSS JOIN unnest(indkey) WITH ORDINALITY AS part (attnum, ordinality)
  JOIN pg_catalog.pg_attribute ON attrelid = indrelid AND pg_attribute.attnum = part.attnum
  WHERE indrelid = target AND indisprimary;
  IF key_columns IS NULL THEN
    RAISE EXCEPTION 'table % has no primary key, by which the audit could name its rows', target;
  END IF;
  EXECUTE format('CREATE OR REPLACE TRIGGER audit_delete AFTER DELETE ON %s
                  FOR EACH ROW EXECUTE FUNCTION __schema__.audit_delete(%s)', target, key_columns);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER audit_delete', target);
END $$;

-- Append-only, written by audit_delete alone. `position` is the order in which the drain reads (kit/audit.py); it is given
-- after the commit, since rows are numbered (n) before it, and a reader would pass over one that commits late.
CREATE OR REPLACE FUNCTION __schema__.make_audit() RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  CREATE TABLE __schema__.audit (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position bigint UNIQUE,
    at timestamptz NOT NULL DEFAULT now(),
    entity text NOT NULL,
    workspace_id text,
    key jsonb NOT NULL,
    origin text NOT NULL
  );
  CREATE INDEX audit_new ON __schema__.audit (n) WHERE position IS NULL AND origin = '';
  PERFORM __schema__.declare_table('audit', 'ephemeral');
  REVOKE INSERT, UPDATE, DELETE ON __schema__.audit FROM __name___migrate;
  GRANT SELECT ON __schema__.audit TO __name___drain;
  GRANT EXECUTE ON FUNCTION __schema__.number_audit(bigint) TO __name___drain;
END $$;

-- Gives positions to rows that were committed since; one drain at a time.
CREATE OR REPLACE FUNCTION __schema__.number_audit(at_most bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('kit.audit.__name__', 0));
  UPDATE __schema__.audit SET position = numbered.position
  FROM (
    SELECT n, (SELECT coalesce(max(position), 0) FROM __schema__.audit) + row_number() OVER (ORDER BY n) AS position
    FROM (SELECT n FROM __schema__.audit WHERE position IS NULL AND origin = '' ORDER BY n LIMIT at_most) AS new
  ) AS numbered
  WHERE audit.n = numbered.n;
END $$;

-- A row a change; the drain reads the latest a record and deletes exactly what it read (kit/outbox.py).
CREATE OR REPLACE FUNCTION __schema__.make_outbox() RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  CREATE TABLE __schema__.outbox (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    entity text NOT NULL,
    workspace_id text NOT NULL,
    id text NOT NULL,
    version bigint NOT NULL,
    body jsonb NOT NULL
  );
  PERFORM __schema__.declare_table('outbox', 'ephemeral');
  REVOKE INSERT, UPDATE, DELETE ON __schema__.outbox FROM __name___migrate;
  GRANT SELECT, DELETE ON __schema__.outbox TO __name___drain;
END $$;

-- This side's update raises the version by one, whatever the statement says; one that is applied for the other side
-- brings its own.
CREATE OR REPLACE FUNCTION __schema__.raise_version() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  -- not origin(): this runs as whoever updates, who may call no function of the schema
  IF coalesce(current_setting('kit.origin', true), '') = '' THEN
    NEW.version := OLD.version + 1;
  END IF;
  RETURN NEW;
END $$;

-- TG_ARGV: the column of the id, then those that the other side has as well.
CREATE OR REPLACE FUNCTION __schema__.write_outbox() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
  now_row jsonb := to_jsonb(NEW);
  shared jsonb;
BEGIN
  IF __schema__.origin() <> '' THEN
    RETURN NULL;
  END IF;
  SELECT jsonb_object_agg(name, now_row -> name) INTO shared FROM unnest(TG_ARGV[1:]) AS name;
  IF TG_OP = 'UPDATE' AND to_jsonb(OLD) @> shared THEN
    RETURN NULL;
  END IF;
  INSERT INTO __schema__.outbox (entity, workspace_id, id, version, body)
  VALUES (TG_TABLE_NAME, now_row ->> 'workspace_id', now_row ->> TG_ARGV[0], NEW.version, shared);
  RETURN NULL;
END $$;

-- From now on each update of these columns is sent, bulk ones too. The table has workspace_id and a bigint `version`.
-- on_insert: also new rows; where the other side makes them first, it has them already.
CREATE OR REPLACE FUNCTION __schema__.send_changes(
  table_name text, id_column text, shared text[], on_insert boolean DEFAULT false
) RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  target regclass := format('%I.%I', '__name__', table_name)::regclass;
  arguments text;
BEGIN
  SELECT string_agg(quote_literal(name), ', ') INTO arguments FROM unnest(id_column || shared) AS name;
  EXECUTE format('CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON %s
                  FOR EACH ROW EXECUTE FUNCTION __schema__.raise_version()', target);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER raise_version', target);
  EXECUTE format('CREATE OR REPLACE TRIGGER write_outbox AFTER %s ON %s
                  FOR EACH ROW EXECUTE FUNCTION __schema__.write_outbox(%s)',
                 CASE WHEN on_insert THEN 'INSERT OR UPDATE' ELSE 'UPDATE' END, target, arguments);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER write_outbox', target);
END $$;

-- What was handled, and what could not be (kit/inbox.py).
CREATE OR REPLACE FUNCTION __schema__.make_inbox() RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  CREATE TABLE __schema__.inbox (
    source text NOT NULL,
    id text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    state text NOT NULL CHECK (state IN ('failing', 'done', 'parked')),
    body jsonb,
    error text,
    PRIMARY KEY (source, id)
  );
  CREATE INDEX inbox_parked ON __schema__.inbox (at) WHERE state = 'parked';
  PERFORM __schema__.declare_table('inbox', 'ephemeral');
END $$;

-- The answers to operations whose ids clients chose (kit/operations.py).
CREATE OR REPLACE FUNCTION __schema__.make_operations() RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  CREATE TABLE __schema__.operation (
    account_id text NOT NULL,
    id text NOT NULL,
    content_hash bytea NOT NULL,
    answer jsonb,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id)
  );
  PERFORM __schema__.declare_table('operation', 'global', audited => false);
END $$;
