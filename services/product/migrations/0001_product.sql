-- The product's tables. Runs as product_owner, after the roles exist.
--
-- Every row of a workspace carries workspace_id, and every key begins with it, so that a workspace can be moved.
-- A transaction of the API says whose it is: set_config('product.workspace_id', ..., true); row security shows it
-- nothing else. 'product.account_id' and 'product.operation_id' go into the change log, 'product.origin' = 'auth'
-- marks what is applied from auth, so that it never goes back there.

CREATE TABLE product.workspace (
    workspace_id text PRIMARY KEY CHECK (workspace_id ~ '^ws_[0-9A-Za-z]{22,}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    url_key text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'confirmed')),
    place_version bigint NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE product.workspace IS 'scope: workspace';
CREATE INDEX workspace_url_key ON product.workspace (url_key); -- that it is unique is auth's to say

CREATE TABLE product.member (
    workspace_id text NOT NULL REFERENCES product.workspace ON DELETE CASCADE,
    id text NOT NULL, -- of the membership in auth
    account_id text NOT NULL,
    name text NOT NULL CHECK (length(name) <= 200),
    email text NOT NULL,
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'guest')),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, account_id)
);
COMMENT ON TABLE product.member IS 'scope: workspace';
CREATE INDEX member_account ON product.member (account_id);

CREATE TABLE product.project (
    workspace_id text NOT NULL REFERENCES product.workspace ON DELETE CASCADE,
    id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 20000),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id)
);
COMMENT ON TABLE product.project IS 'scope: workspace';

CREATE TABLE product.issue (
    workspace_id text NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 500),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 100000),
    status text NOT NULL DEFAULT 'todo' CHECK (status IN ('backlog', 'todo', 'in_progress', 'done', 'canceled')),
    priority smallint NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 4),
    assignee_id text, -- a member
    created_by text, -- an account, or null: a webhook. No key, the author may be gone
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, project_id) REFERENCES product.project ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, assignee_id) REFERENCES product.member ON DELETE SET NULL (assignee_id)
);
COMMENT ON TABLE product.issue IS 'scope: workspace';
CREATE INDEX issue_project ON product.issue (workspace_id, project_id);
CREATE INDEX issue_assignee ON product.issue (workspace_id, assignee_id);

CREATE TABLE product.comment (
    workspace_id text NOT NULL,
    id uuid NOT NULL,
    issue_id uuid NOT NULL,
    author_id text,
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 50000),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, issue_id) REFERENCES product.issue ON DELETE CASCADE
);
COMMENT ON TABLE product.comment IS 'scope: workspace';
CREATE INDEX comment_issue ON product.comment (workspace_id, issue_id);

CREATE TABLE product.attachment (
    workspace_id text NOT NULL,
    id uuid NOT NULL,
    issue_id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    content_type text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    sha256 text NOT NULL,
    created_by text,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id), -- the object in the bucket is <workspace_id>/<id>
    FOREIGN KEY (workspace_id, issue_id) REFERENCES product.issue ON DELETE CASCADE
);
COMMENT ON TABLE product.attachment IS 'scope: workspace';
CREATE INDEX attachment_issue ON product.attachment (workspace_id, issue_id);

-- The sync log: what happened in a workspace, numbered without gaps in the order of commits.
CREATE TABLE product.change_head (
    workspace_id text PRIMARY KEY REFERENCES product.workspace ON DELETE CASCADE,
    n bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE product.change_head IS 'scope: workspace';

CREATE TABLE product.change (
    workspace_id text NOT NULL REFERENCES product.workspace ON DELETE CASCADE,
    n bigint NOT NULL,
    entity text NOT NULL, -- the table's name
    entity_id text NOT NULL,
    action text NOT NULL CHECK (action IN ('insert', 'update', 'delete')),
    version bigint NOT NULL,
    body jsonb, -- the row afterwards; null after a delete
    account_id text,
    operation_id text, -- the client's own id of the change
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, n)
);
COMMENT ON TABLE product.change IS 'scope: workspace';

-- What a statement changed, until the transaction's end gives it its numbers. Empty between transactions.
CREATE UNLOGGED TABLE product.change_batch (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id text NOT NULL,
    entity text NOT NULL,
    action text NOT NULL,
    bodies jsonb[] NOT NULL,
    account_id text,
    operation_id text
);
COMMENT ON TABLE product.change_batch IS 'scope: ephemeral';

-- What a client asked for by an id of its own, and what it was answered: the same id gives the same answer.
CREATE TABLE product.operation (
    workspace_id text NOT NULL REFERENCES product.workspace ON DELETE CASCADE,
    account_id text NOT NULL, -- ids are each account's own
    id text NOT NULL CHECK (length(id) BETWEEN 8 AND 100),
    content_hash text NOT NULL,
    answer jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, account_id, id)
);
COMMENT ON TABLE product.operation IS 'scope: workspace';

-- Keys that the product mints for callers without a credential: <workspace id>.<random>, kept as a hash.
CREATE TABLE product.route_key (
    workspace_id text NOT NULL REFERENCES product.workspace ON DELETE CASCADE,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('webhook', 'link')),
    hash text NOT NULL,
    project_id uuid,
    issue_id uuid,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, hash),
    FOREIGN KEY (workspace_id, project_id) REFERENCES product.project ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, issue_id) REFERENCES product.issue ON DELETE CASCADE,
    CHECK (CASE kind WHEN 'webhook' THEN project_id IS NOT NULL ELSE issue_id IS NOT NULL END)
);
COMMENT ON TABLE product.route_key IS 'scope: workspace';

-- Facts that auth keeps too, on their way there. Append-only; coalesced when it is read.
CREATE TABLE product.outbox (
    workspace_id text NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    entity text NOT NULL CHECK (entity IN ('workspace', 'member')),
    entity_id text NOT NULL,
    version bigint NOT NULL,
    place_version bigint NOT NULL,
    body jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id)
);
COMMENT ON TABLE product.outbox IS 'scope: workspace';
CREATE INDEX outbox_id ON product.outbox (id);

-- One row for each deleted row, cascades included. `n` is given by the drain, in the order in which it saw commits.
CREATE TABLE product.audit (
    workspace_id text NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    n bigint,
    entity text NOT NULL,
    entity_id text NOT NULL,
    version bigint NOT NULL,
    place_version bigint,
    origin text NOT NULL CHECK (origin IN ('here', 'auth')),
    account_id text,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id)
);
COMMENT ON TABLE product.audit IS 'scope: workspace';
CREATE INDEX audit_unnumbered ON product.audit (id) WHERE n IS NULL;
CREATE INDEX audit_n ON product.audit (n);

-- How far each drain of the audit has come.
CREATE TABLE product.audit_cursor (
    id text PRIMARY KEY CHECK (id IN ('auth', 'bucket')),
    n bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE product.audit_cursor IS 'scope: global';
INSERT INTO product.audit_cursor (id) VALUES ('auth'), ('bucket');

-- What came and could not be applied yet, or never: after so many attempts it is parked, and the others go on.
CREATE TABLE product.inbox (
    id text PRIMARY KEY,
    kind text NOT NULL,
    body jsonb NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    error text,
    parked_at timestamptz,
    next_at timestamptz NOT NULL DEFAULT now(),
    received_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE product.inbox IS 'scope: global';

-- The hashes of the credentials of this database's members, as auth's feed tells them.
CREATE TABLE product.credential_replica (
    hash text PRIMARY KEY, -- SHA-256, hex
    id text NOT NULL, -- auth's id of it, by which it is revoked
    kind text NOT NULL CHECK (kind IN ('cookie', 'bearer', 'api-key')),
    account_id text NOT NULL,
    workspace_id text, -- its only or its home workspace
    scopes text[] NOT NULL DEFAULT '{}',
    expires_at timestamptz,
    revoked_at timestamptz -- a row stays, so that a revoked credential is told from one that is not known
);
COMMENT ON TABLE product.credential_replica IS 'scope: global';
CREATE INDEX credential_replica_id ON product.credential_replica (id);
CREATE INDEX credential_replica_account ON product.credential_replica (account_id);

CREATE TABLE product.feed_state (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    epoch text NOT NULL DEFAULT '',
    n bigint NOT NULL DEFAULT 0,
    read_at timestamptz -- when auth last answered; null: never
);
COMMENT ON TABLE product.feed_state IS 'scope: global';
INSERT INTO product.feed_state DEFAULT VALUES;

-- Workspaces that have left, with auth's signed statement. Stays when the workspace goes.
CREATE TABLE product.moved (
    workspace_id text PRIMARY KEY,
    version bigint NOT NULL,
    statement text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE product.moved IS 'scope: global';

-- Deleted in auth: what comes late for one of these is not applied.
CREATE TABLE product.tombstone (
    entity text NOT NULL,
    id text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (entity, id)
);
COMMENT ON TABLE product.tombstone IS 'scope: global';

-- Requests that came to auth for all: each is handled once, by its sender's id of the delivery.
CREATE TABLE product.delivery (
    id text PRIMARY KEY, -- <sender>:<its id of the delivery>
    received_at timestamptz NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT now(),
    outcome text NOT NULL
);
COMMENT ON TABLE product.delivery IS 'scope: global';

-- Versions ------------------------------------------------------------------------------------------------------

-- Facts that auth keeps too come from there with their version.
CREATE FUNCTION product.raise_version() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF TG_TABLE_NAME NOT IN ('workspace', 'member') OR coalesce(current_setting('product.origin', true), '') <> 'auth' THEN
        NEW.version := OLD.version + 1;
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END $$;

-- The change log ------------------------------------------------------------------------------------------------

CREATE FUNCTION product.begin_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO product.change_head (workspace_id) VALUES (NEW.workspace_id);
    RETURN NULL;
END $$;

-- By statement, so that a bulk write takes one step of the counter.
CREATE FUNCTION product.stage_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO product.change_batch (workspace_id, entity, action, bodies, account_id, operation_id)
        SELECT r.workspace_id, TG_TABLE_NAME, 'delete', array_agg(to_jsonb(r) ORDER BY to_jsonb(r) ->> 'id'),
               nullif(current_setting('product.account_id', true), ''),
               nullif(current_setting('product.operation_id', true), '')
        FROM old_rows r GROUP BY r.workspace_id ORDER BY r.workspace_id;
    ELSE
        INSERT INTO product.change_batch (workspace_id, entity, action, bodies, account_id, operation_id)
        SELECT r.workspace_id, TG_TABLE_NAME, lower(TG_OP), array_agg(to_jsonb(r) ORDER BY to_jsonb(r) ->> 'id'),
               nullif(current_setting('product.account_id', true), ''),
               nullif(current_setting('product.operation_id', true), '')
        FROM new_rows r GROUP BY r.workspace_id ORDER BY r.workspace_id;
    END IF;
    RETURN NULL;
END $$;

-- Deferred to the commit (or to SET CONSTRAINTS ALL IMMEDIATE as a transaction's last statement): the counter's row
-- is the last that a transaction locks, so that numbers are given in the order of commits.
CREATE FUNCTION product.number_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    head bigint;
BEGIN
    DELETE FROM product.change_batch WHERE id = NEW.id;
    UPDATE product.change_head SET n = n + cardinality(NEW.bodies)
    WHERE workspace_id = NEW.workspace_id RETURNING n - cardinality(NEW.bodies) INTO head;
    IF NOT FOUND THEN
        RETURN NULL; -- the workspace itself is deleted
    END IF;
    INSERT INTO product.change (workspace_id, n, entity, entity_id, action, version, body, account_id, operation_id)
    SELECT NEW.workspace_id, head + ordinality, NEW.entity, coalesce(body ->> 'id', NEW.workspace_id), NEW.action,
           (body ->> 'version')::bigint, CASE WHEN NEW.action = 'delete' THEN NULL ELSE body END,
           NEW.account_id, NEW.operation_id
    FROM unnest(NEW.bodies) WITH ORDINALITY AS r (body, ordinality);
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER number_changes AFTER INSERT ON product.change_batch
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION product.number_changes();
CREATE TRIGGER begin_changes AFTER INSERT ON product.workspace
    FOR EACH ROW EXECUTE FUNCTION product.begin_changes();

-- Audit of deletes ----------------------------------------------------------------------------------------------

CREATE FUNCTION product.audit_delete() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    gone jsonb := to_jsonb(OLD);
BEGIN
    INSERT INTO product.audit (workspace_id, entity, entity_id, version, place_version, origin, account_id)
    VALUES (OLD.workspace_id, TG_TABLE_NAME, coalesce(gone ->> 'id', OLD.workspace_id), OLD.version,
            (gone ->> 'place_version')::bigint,
            CASE WHEN current_setting('product.origin', true) = 'auth' THEN 'auth' ELSE 'here' END,
            nullif(current_setting('product.account_id', true), ''));
    RETURN NULL;
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['workspace', 'member', 'project', 'issue', 'comment', 'attachment', 'route_key'] LOOP
        EXECUTE format('CREATE TRIGGER raise_version BEFORE UPDATE ON product.%I
            FOR EACH ROW EXECUTE FUNCTION product.raise_version()', name);
        EXECUTE format('CREATE TRIGGER audit_delete AFTER DELETE ON product.%I
            FOR EACH ROW EXECUTE FUNCTION product.audit_delete()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['workspace', 'member', 'project', 'issue', 'comment', 'attachment'] LOOP
        EXECUTE format('CREATE TRIGGER stage_inserted AFTER INSERT ON product.%I
            REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION product.stage_changes()', name);
        EXECUTE format('CREATE TRIGGER stage_updated AFTER UPDATE ON product.%I
            REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION product.stage_changes()', name);
        EXECUTE format('CREATE TRIGGER stage_deleted AFTER DELETE ON product.%I
            REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION product.stage_changes()', name);
    END LOOP;
END $$;

-- The outbox ----------------------------------------------------------------------------------------------------

CREATE FUNCTION product.tell_auth() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    fresh jsonb := to_jsonb(NEW);
BEGIN
    INSERT INTO product.outbox (workspace_id, entity, entity_id, version, place_version, body)
    SELECT NEW.workspace_id, TG_TABLE_NAME, coalesce(fresh ->> 'id', NEW.workspace_id), NEW.version, w.place_version,
           CASE TG_TABLE_NAME
               WHEN 'workspace' THEN jsonb_build_object('name', fresh -> 'name', 'url_key', fresh -> 'url_key')
               ELSE jsonb_build_object('name', fresh -> 'name', 'role', fresh -> 'role')
           END
    FROM product.workspace w WHERE w.workspace_id = NEW.workspace_id;
    RETURN NULL;
END $$;

CREATE TRIGGER tell_auth AFTER UPDATE ON product.workspace FOR EACH ROW
    WHEN (coalesce(current_setting('product.origin', true), '') <> 'auth'
          AND (OLD.name, OLD.url_key) IS DISTINCT FROM (NEW.name, NEW.url_key))
    EXECUTE FUNCTION product.tell_auth();
CREATE TRIGGER tell_auth AFTER UPDATE ON product.member FOR EACH ROW
    WHEN (coalesce(current_setting('product.origin', true), '') <> 'auth'
          AND (OLD.name, OLD.role) IS DISTINCT FROM (NEW.name, NEW.role))
    EXECUTE FUNCTION product.tell_auth();

-- Authentication without a signed context: one question, one answer, and no other sight of the tables --------------

CREATE FUNCTION product.authenticate(asked_hash text, asked_kind text, asked_url_key text)
RETURNS TABLE (
    account_id text, scopes text[], expires_at timestamptz, revoked_at timestamptz, bound_to text, workspace_id text,
    is_member boolean
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT c.account_id, c.scopes, c.expires_at, c.revoked_at, c.workspace_id, w.workspace_id, m.id IS NOT NULL
    FROM product.credential_replica c
    LEFT JOIN product.workspace w
        ON CASE WHEN asked_url_key = '' THEN w.workspace_id = c.workspace_id ELSE w.url_key = asked_url_key END
        AND w.state = 'confirmed'
    LEFT JOIN product.member m ON m.workspace_id = w.workspace_id AND m.account_id = c.account_id
    WHERE c.hash = asked_hash AND c.kind = asked_kind
$$;
REVOKE ALL ON FUNCTION product.authenticate FROM PUBLIC;

-- TRUNCATE is seen by no row trigger: refused, also where it cascades -----------------------------------------------

CREATE FUNCTION product.refuse_truncate() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION 'TRUNCATE of product.% is refused: use DELETE, which is audited', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = 'product' LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON product.%I
            FOR EACH STATEMENT EXECUTE FUNCTION product.refuse_truncate()', name);
        EXECUTE format('ALTER TABLE product.%I ENABLE ALWAYS TRIGGER refuse_truncate', name);
    END LOOP;
END $$;

-- Rights --------------------------------------------------------------------------------------------------------
-- product_api: the API and the sync engine, one workspace a transaction. product_drain: the background worker.

GRANT USAGE ON SCHEMA product TO product_api, product_drain;

GRANT SELECT, INSERT ON product.workspace, product.member TO product_api;
GRANT UPDATE (name, url_key, state, place_version, version) ON product.workspace TO product_api;
GRANT UPDATE (name, email, role, version) ON product.member TO product_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON product.project, product.issue, product.comment, product.attachment,
    product.route_key TO product_api;
GRANT SELECT, INSERT ON product.operation TO product_api;
GRANT SELECT ON product.change, product.change_head, product.feed_state, product.moved TO product_api;
GRANT EXECUTE ON FUNCTION product.authenticate TO product_api;

GRANT SELECT, INSERT, UPDATE, DELETE ON product.workspace, product.member, product.inbox, product.credential_replica,
    product.moved, product.tombstone TO product_drain;
GRANT SELECT ON product.change_head, product.route_key TO product_drain;
GRANT SELECT, INSERT ON product.issue TO product_drain; -- from deliveries
GRANT SELECT ON product.project TO product_drain;
GRANT SELECT, DELETE ON product.outbox TO product_drain;
GRANT SELECT, UPDATE (n) ON product.audit TO product_drain;
GRANT SELECT, UPDATE ON product.audit_cursor, product.feed_state TO product_drain;
GRANT SELECT, INSERT, DELETE ON product.delivery, product.operation TO product_drain;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['workspace', 'member', 'project', 'issue', 'comment', 'attachment', 'route_key',
                                'change', 'operation'] LOOP
        EXECUTE format('ALTER TABLE product.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_workspace ON product.%I TO product_api
            USING (workspace_id = current_setting(''product.workspace_id'', true))', name);
        EXECUTE format('CREATE POLICY all_workspaces ON product.%I TO product_drain USING (true)', name);
    END LOOP;
END $$;
