-- The product's tables.
--
-- Every row of a workspace carries workspace_id, and every key begins with it, so that a workspace can be moved.
-- A transaction of the API says whose it is: set_config('product.workspace_id', ..., true); row security shows it
-- nothing else. 'product.account_id' and 'product.operation_id' go into the change log, 'kit.origin' = 'auth' marks
-- what is applied from auth, so that it never goes back there.

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
SELECT product.declare_table('workspace', 'workspace');
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
SELECT product.declare_table('member', 'workspace');
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
SELECT product.declare_table('project', 'workspace');

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
SELECT product.declare_table('issue', 'workspace');
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
SELECT product.declare_table('comment', 'workspace');
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
SELECT product.declare_table('attachment', 'workspace');
CREATE INDEX attachment_issue ON product.attachment (workspace_id, issue_id);

-- The sync log: what happened in a workspace, numbered without gaps in the order of commits.
CREATE TABLE product.change_head (
    workspace_id text PRIMARY KEY REFERENCES product.workspace ON DELETE CASCADE,
    n bigint NOT NULL DEFAULT 0
);
SELECT product.declare_table('change_head', 'workspace', audited => false);

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
SELECT product.declare_table('change', 'workspace', audited => false);
CREATE INDEX change_at ON product.change USING brin (at);

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
SELECT product.declare_table('change_batch', 'ephemeral');

-- What a client asked for by an id of its own, and what it was answered: the same id gives the same answer.
CREATE TABLE product.operation (
    workspace_id text NOT NULL REFERENCES product.workspace ON DELETE CASCADE,
    account_id text NOT NULL, -- ids are each account's own
    id text NOT NULL CHECK (length(id) BETWEEN 8 AND 100),
    content_hash bytea NOT NULL,
    answer jsonb,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, account_id, id)
);
SELECT product.declare_table('operation', 'workspace', audited => false);

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
SELECT product.declare_table('route_key', 'workspace');

-- Files in the bucket whose rows are gone: <workspace_id>/<id>.
CREATE TABLE product.orphan_object (
    workspace_id text NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id)
);
SELECT product.declare_table('orphan_object', 'workspace', audited => false);

SELECT product.make_audit();
SELECT product.make_outbox();
SELECT product.make_inbox();

-- The hashes of the credentials of this database's members, as auth's feed tells them.
CREATE TABLE product.credential_replica (
    hash text PRIMARY KEY, -- SHA-256, hex
    id text NOT NULL, -- auth's id of it, by which it is revoked
    kind text NOT NULL CHECK (kind IN ('cookie', 'bearer', 'api-key')),
    account_id text NOT NULL,
    workspace_id text, -- the only one that it is good for; null: any
    scopes text[] NOT NULL DEFAULT '{}',
    expires_at timestamptz,
    revoked_at timestamptz, -- a row stays, so that a revoked credential is told from one that is not known
    heard_at timestamptz NOT NULL DEFAULT now()
);
SELECT product.declare_table('credential_replica', 'global', audited => false);
CREATE INDEX credential_replica_id ON product.credential_replica (id);
CREATE INDEX credential_replica_account ON product.credential_replica (account_id);

CREATE TABLE product.feed_state (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    cursor text NOT NULL DEFAULT '', -- leads nowhere: the first answer is to take a snapshot
    read_at timestamptz -- when auth last answered; null: never
);
SELECT product.declare_table('feed_state', 'global', audited => false);
INSERT INTO product.feed_state DEFAULT VALUES;

-- Workspaces that have left, with auth's signed statement. Stays when the workspace goes.
CREATE TABLE product.moved (
    workspace_id text PRIMARY KEY,
    url_key text, -- when it left, for requests that come without a context
    version bigint NOT NULL,
    statement text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
SELECT product.declare_table('moved', 'global', audited => false);

-- Deleted in auth: what comes late for one of these is not applied.
CREATE TABLE product.tombstone (
    entity text NOT NULL,
    id text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (entity, id)
);
SELECT product.declare_table('tombstone', 'global', audited => false);

-- Requests that came to auth for all: each is handled once, by the id of its delivery.
CREATE TABLE product.delivery (
    kind text NOT NULL,
    id text NOT NULL,
    received_at timestamptz NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, id)
);
SELECT product.declare_table('delivery', 'global', audited => false);

-- Versions ------------------------------------------------------------------------------------------------------

CREATE FUNCTION product.touch() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END $$;

CREATE FUNCTION product.next_version() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.version := OLD.version + 1;
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

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['workspace', 'member', 'project', 'issue', 'comment', 'attachment'] LOOP
        EXECUTE format('CREATE TRIGGER stage_inserted AFTER INSERT ON product.%I
            REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION product.stage_changes()', name);
        EXECUTE format('CREATE TRIGGER stage_updated AFTER UPDATE ON product.%I
            REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION product.stage_changes()', name);
        EXECUTE format('CREATE TRIGGER stage_deleted AFTER DELETE ON product.%I
            REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION product.stage_changes()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['project', 'issue', 'comment', 'attachment', 'route_key'] LOOP
        EXECUTE format('CREATE TRIGGER next_version BEFORE UPDATE ON product.%I
            FOR EACH ROW EXECUTE FUNCTION product.next_version()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['workspace', 'member'] LOOP
        EXECUTE format('CREATE TRIGGER touch BEFORE UPDATE ON product.%I
            FOR EACH ROW EXECUTE FUNCTION product.touch()', name);
    END LOOP;
END $$;

-- Facts that auth keeps too. They are made there first, so that only updates are sent.
SELECT product.send_changes('workspace', 'workspace_id', ARRAY['name', 'url_key']);
SELECT product.send_changes('member', 'id', ARRAY['name', 'role']);

CREATE FUNCTION product.orphan() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO product.orphan_object (workspace_id, id) VALUES (OLD.workspace_id, OLD.id);
    RETURN NULL;
END $$;
CREATE TRIGGER orphan AFTER DELETE ON product.attachment FOR EACH ROW EXECUTE FUNCTION product.orphan();

-- Authentication: one question, one answer, and no other sight of the tables ----------------------------------------

-- By the hash of a credential. Which workspace: the one that is named, or the only one that the credential is good for.
CREATE FUNCTION product.authenticate(asked_hash text, asked_kind text, asked_url_key text)
RETURNS TABLE (
    account_id text, scopes text[], expires_at timestamptz, revoked_at timestamptz, bound_to text, workspace_id text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT c.account_id, c.scopes, c.expires_at, c.revoked_at, c.workspace_id,
           CASE WHEN asked_url_key = '' THEN c.workspace_id ELSE coalesce(
               (SELECT w.workspace_id FROM product.workspace w
                WHERE w.url_key = asked_url_key AND w.state = 'confirmed' ORDER BY w.created_at DESC LIMIT 1),
               (SELECT m.workspace_id FROM product.moved m WHERE m.url_key = asked_url_key LIMIT 1))
           END
    FROM product.credential_replica c
    WHERE c.hash = asked_hash AND c.kind = asked_kind
$$;

-- What must be known of a workspace, and of who asks, before a request for it is read.
CREATE FUNCTION product.admit(asked_workspace text, asked_account text, asked_hash text)
RETURNS TABLE (
    moved_version bigint, moved_statement text, is_deleted boolean, state text, member_id text, role text,
    was_member boolean, is_revoked boolean
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT moved.version, moved.statement,
           EXISTS (SELECT FROM product.tombstone t WHERE t.entity = 'workspace' AND t.id = asked_workspace),
           w.state, m.id, m.role,
           EXISTS (SELECT FROM product.tombstone t
                   WHERE t.entity = 'account' AND t.id = asked_workspace || ' ' || asked_account),
           EXISTS (SELECT FROM product.credential_replica c WHERE c.hash = asked_hash AND c.revoked_at IS NOT NULL)
    FROM (SELECT asked_workspace AS id) asked
    LEFT JOIN product.moved moved ON moved.workspace_id = asked.id
    LEFT JOIN product.workspace w ON w.workspace_id = asked.id
    LEFT JOIN product.member m ON m.workspace_id = asked.id AND m.account_id = asked_account
$$;

CREATE FUNCTION product.is_buried(asked_entity text, asked_id text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT EXISTS (SELECT FROM product.tombstone t WHERE t.entity = asked_entity AND t.id = asked_id)
$$;

-- What auth has deleted. Its tombstone keeps a late record from coming back.
CREATE FUNCTION product.bury(gone_entity text, gone_workspace text, gone_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    before text := coalesce(current_setting('kit.origin', true), '');
BEGIN
    PERFORM set_config('kit.origin', 'auth', true);
    INSERT INTO product.tombstone (entity, id) VALUES (gone_entity, gone_id) ON CONFLICT DO NOTHING;
    IF gone_entity = 'member' THEN
        INSERT INTO product.tombstone (entity, id)
        SELECT 'account', workspace_id || ' ' || account_id
        FROM product.member WHERE workspace_id = gone_workspace AND id = gone_id
        ON CONFLICT DO NOTHING;
        DELETE FROM product.member WHERE workspace_id = gone_workspace AND id = gone_id;
    END IF; -- the rows of a workspace are many: the background worker deletes them
    PERFORM set_config('kit.origin', before, true);
END $$;

-- What auth has to hear once more of a workspace that came here, or whose database was restored.
CREATE FUNCTION product.send_again(told_workspace text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO product.outbox (entity, workspace_id, id, version, body)
    SELECT 'workspace', w.workspace_id, w.workspace_id, w.version,
           jsonb_build_object('name', w.name, 'url_key', w.url_key)
    FROM product.workspace w WHERE w.workspace_id = told_workspace
    UNION ALL
    SELECT 'member', m.workspace_id, m.id, m.version, jsonb_build_object('name', m.name, 'role', m.role)
    FROM product.member m WHERE m.workspace_id = told_workspace;
END $$;

-- Positions of the audit go on behind this one, where they are behind it: after a restore they would begin again.
CREATE FUNCTION product.resume_audit(reached bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO product.audit (entity, key, origin, position)
    SELECT 'resumed', '{}', '', reached
    WHERE reached > (SELECT coalesce(max(a.position), 0) FROM product.audit a);
END $$;

-- A workspace whose name somebody else took before it was confirmed.
CREATE FUNCTION product.drop_pending(lost_workspace text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    before text := coalesce(current_setting('kit.origin', true), '');
BEGIN
    PERFORM set_config('kit.origin', 'auth', true);
    DELETE FROM product.workspace WHERE workspace_id = lost_workspace AND state = 'pending';
    PERFORM set_config('kit.origin', before, true);
END $$;

-- Rights --------------------------------------------------------------------------------------------------------
-- product_api: the API and the sync engine, one workspace a transaction. product_background: what auth and messages
-- say. product_drain: outbox and audit, on their way to auth.

GRANT SELECT, INSERT ON product.workspace, product.member TO product_api;
GRANT UPDATE (name, url_key, state, place_version, version) ON product.workspace TO product_api;
GRANT UPDATE (name, email, role, version) ON product.member TO product_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON product.project, product.issue, product.comment, product.attachment,
    product.route_key TO product_api;
GRANT SELECT, INSERT ON product.operation TO product_api;
GRANT UPDATE (answer) ON product.operation TO product_api;
GRANT SELECT ON product.change, product.change_head, product.feed_state TO product_api;
GRANT EXECUTE ON FUNCTION product.authenticate, product.admit, product.is_buried, product.bury, product.drop_pending
    TO product_api;

GRANT SELECT, INSERT, UPDATE, DELETE ON product.workspace, product.member, product.inbox, product.credential_replica,
    product.moved, product.orphan_object TO product_background;
GRANT SELECT, DELETE ON product.project, product.issue, product.comment, product.attachment, product.route_key,
    product.change, product.operation TO product_background;
GRANT INSERT ON product.issue TO product_background; -- from deliveries
GRANT SELECT, DELETE ON product.change_head TO product_background;
GRANT SELECT, INSERT ON product.tombstone TO product_background;
GRANT SELECT, INSERT, DELETE ON product.delivery TO product_background;
GRANT SELECT, UPDATE ON product.feed_state TO product_background;
GRANT EXECUTE ON FUNCTION product.is_buried, product.bury, product.drop_pending, product.send_again
    TO product_background;

GRANT SELECT (workspace_id, place_version) ON product.workspace TO product_drain;
GRANT EXECUTE ON FUNCTION product.resume_audit TO product_drain;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['workspace', 'member', 'project', 'issue', 'comment', 'attachment', 'route_key',
                                'change', 'operation'] LOOP
        EXECUTE format('ALTER TABLE product.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_workspace ON product.%I TO product_api
            USING (workspace_id = current_setting(''product.workspace_id'', true))', name);
        EXECUTE format('CREATE POLICY all_workspaces ON product.%I TO product_background, product_drain,
            product_migrate USING (true)', name);
    END LOOP;
END $$;
