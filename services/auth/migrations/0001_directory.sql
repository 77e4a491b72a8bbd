-- as: owner
-- Accounts, credentials, workspaces and where they are; the feed that regions read.
-- declare_table, make_audit, make_operations, origin: kit/migrations/helpers.sql.

SELECT auth.make_audit();
SELECT auth.make_operations();

-- ------------------------------------------------------------------------------------------------------------ accounts

CREATE TABLE auth.account (
    id text PRIMARY KEY CHECK (id ~ '^acc_[0-9a-z]{26}$'),
    email text NOT NULL UNIQUE CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
    region text, -- where it first signed in; null: invited, and never was here
    created_at timestamptz NOT NULL DEFAULT now()
);
SELECT auth.declare_table('account', 'global');

CREATE TABLE auth.workspace (
    id text PRIMARY KEY CHECK (id ~ '^ws_[0-9a-z]{26}$'),
    name text NOT NULL,
    url_key text NOT NULL, -- a copy of its confirmed claim, or of the pending one before the first confirmation
    region text NOT NULL,
    place_version bigint NOT NULL DEFAULT 1 CHECK (place_version > 0),
    facts_place bigint NOT NULL DEFAULT 1, -- (facts_place, row_version) of the facts that were applied last
    row_version bigint NOT NULL DEFAULT 1,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'confirmed', 'lost')),
    created_by text REFERENCES auth.account ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
SELECT auth.declare_table('workspace', 'global');
CREATE INDEX workspace_created_by ON auth.workspace (created_by);
CREATE INDEX workspace_region ON auth.workspace (region, id);

CREATE TABLE auth.claim (
    kind text NOT NULL, -- `url-key`, or `key:<kind>` of a third party
    key text NOT NULL, -- the URL key, or SHA-256 of the third party's id, hexadecimal
    -- Deferred: a new workspace claims its key first, and is made only if it got it.
    workspace_id text NOT NULL REFERENCES auth.workspace ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    state text NOT NULL CHECK (state IN ('pending', 'confirmed')),
    expires_at timestamptz, -- of a pending one: from then on somebody else may take it over
    PRIMARY KEY (kind, key),
    CHECK ((state = 'pending') = (expires_at IS NOT NULL))
);
SELECT auth.declare_table('claim', 'global');
CREATE INDEX claim_workspace ON auth.claim (workspace_id, kind);
CREATE UNIQUE INDEX claim_one_url_key ON auth.claim (workspace_id) WHERE kind = 'url-key' AND state = 'confirmed';

CREATE TABLE auth.membership (
    id text PRIMARY KEY CHECK (id ~ '^mem_[0-9a-z]{26}$'),
    workspace_id text NOT NULL REFERENCES auth.workspace ON DELETE CASCADE,
    account_id text NOT NULL REFERENCES auth.account ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'guest')),
    name text NOT NULL,
    facts_place bigint NOT NULL DEFAULT 1,
    row_version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, account_id)
);
SELECT auth.declare_table('membership', 'global');
CREATE INDEX membership_account ON auth.membership (account_id, created_at);

CREATE TABLE auth.credential (
    id text PRIMARY KEY CHECK (id ~ '^cred_[0-9a-z]{26}$'),
    kind text NOT NULL CHECK (kind IN ('cookie', 'bearer', 'api-key')),
    hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32), -- SHA-256 of a random token of 256 bits
    account_id text NOT NULL REFERENCES auth.account ON DELETE CASCADE,
    workspace_id text REFERENCES auth.workspace ON DELETE CASCADE, -- the only one that it is good for
    scopes text [] NOT NULL DEFAULT '{}',
    name text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    CHECK (kind <> 'api-key' OR workspace_id IS NOT NULL),
    CHECK (kind <> 'cookie' OR (workspace_id IS NULL AND scopes = '{}' AND expires_at IS NOT NULL))
);
SELECT auth.declare_table('credential', 'global');
CREATE INDEX credential_account ON auth.credential (account_id);
CREATE INDEX credential_workspace ON auth.credential (workspace_id) WHERE workspace_id IS NOT NULL;

-- ------------------------------------------------------------------------------------------------------------- sign-in

CREATE TABLE auth.sign_in_code (
    id text PRIMARY KEY, -- the challenge, which is shown together with the code
    purpose text NOT NULL CHECK (purpose IN ('sign-in', 'change-email')),
    email text NOT NULL,
    account_id text REFERENCES auth.account ON DELETE CASCADE, -- whose address is to change
    hash bytea NOT NULL CHECK (length(hash) = 32),
    attempts_left int NOT NULL CHECK (attempts_left >= 0),
    expires_at timestamptz NOT NULL,
    CHECK ((purpose = 'change-email') = (account_id IS NOT NULL))
);
SELECT auth.declare_table('sign_in_code', 'ephemeral');
CREATE INDEX sign_in_code_expires ON auth.sign_in_code (expires_at);
CREATE INDEX sign_in_code_account ON auth.sign_in_code (account_id) WHERE account_id IS NOT NULL;

CREATE TABLE auth.attempt (
    subject bytea NOT NULL, -- SHA-256 of what is limited (an address, an email), so that neither rests here
    window_ends timestamptz NOT NULL,
    count int NOT NULL DEFAULT 1,
    PRIMARY KEY (subject, window_ends)
);
SELECT auth.declare_table('attempt', 'ephemeral');
CREATE INDEX attempt_ends ON auth.attempt (window_ends);

CREATE TABLE auth.mail_outbox (
    id text PRIMARY KEY,
    recipient text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    not_before timestamptz NOT NULL DEFAULT now(), -- whoever sends it now moves this on, so that nobody else does
    expires_at timestamptz NOT NULL
);
SELECT auth.declare_table('mail_outbox', 'ephemeral');
CREATE INDEX mail_outbox_due ON auth.mail_outbox (not_before);

-- ------------------------------------------------------------------------------------------------------------ the feed

CREATE TABLE auth.feed_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    n bigint NOT NULL DEFAULT 0,
    compacted bigint NOT NULL DEFAULT 0, -- entries up to this number may be missing
    epoch text NOT NULL DEFAULT substr(md5(gen_random_uuid()::text), 1, 12)
);
SELECT auth.declare_table('feed_head', 'global', audited => false);
INSERT INTO auth.feed_head DEFAULT VALUES;

-- One row a region and record: a newer change takes the older one's place, so that the feed never outgrows what it is about.
CREATE TABLE auth.feed (
    entity text NOT NULL,
    id text NOT NULL,
    region text NOT NULL,
    workspace_id text,
    n bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    xid xid8 NOT NULL, -- of the transaction that said so, which then publishes it
    PRIMARY KEY (entity, id, region)
);
SELECT auth.declare_table('feed', 'global', audited => false);
CREATE UNIQUE INDEX feed_in_order ON auth.feed (region, n);
CREATE INDEX feed_of_transaction ON auth.feed (xid);

CREATE TABLE auth.tombstone (
    entity text NOT NULL,
    id text NOT NULL,
    workspace_id text,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (entity, id)
);
SELECT auth.declare_table('tombstone', 'global', audited => false);

CREATE TABLE auth.drained (
    region text PRIMARY KEY,
    cursor bigint NOT NULL -- of the region's own audit
);
SELECT auth.declare_table('drained', 'global', audited => false);

CREATE TABLE auth.moved (
    workspace_id text NOT NULL REFERENCES auth.workspace ON DELETE CASCADE,
    from_region text NOT NULL,
    to_region text NOT NULL,
    place_version bigint NOT NULL,
    PRIMARY KEY (workspace_id, from_region)
);
SELECT auth.declare_table('moved', 'global');
CREATE INDEX moved_from ON auth.moved (from_region, workspace_id);

-- Every row trigger below is deferred: it runs when the transaction commits, and locks the head first. So numbers are given
-- in the order of commits, and each of two transactions that touch the same account sees the other's rows.
CREATE FUNCTION auth.tell(told_region text, told_entity text, told_id text, told_workspace text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    next bigint;
BEGIN
    IF told_region IS NULL OR told_region = auth.origin() AND told_entity IN ('workspace', 'membership') THEN
        RETURN; -- its own change, which is being applied here
    END IF;
    UPDATE auth.feed_head SET n = n + 1 RETURNING n INTO next;
    INSERT INTO auth.feed AS f (entity, id, region, workspace_id, n, xid)
    VALUES (told_entity, told_id, told_region, told_workspace, next, pg_current_xact_id())
    ON CONFLICT (entity, id, region) DO UPDATE
    SET n = excluded.n, at = excluded.at, xid = excluded.xid, workspace_id = coalesce(excluded.workspace_id, f.workspace_id);
END $$;

-- Those who were told of a record before: they are told that it is gone.
CREATE FUNCTION auth.tell_again(told_entity text, told_id text, told_workspace text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM auth.tell(f.region, told_entity, told_id, told_workspace)
    FROM (SELECT region FROM auth.feed WHERE entity = told_entity AND id = told_id ORDER BY region) AS f;
END $$;

CREATE FUNCTION auth.tell_credential(told_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM auth.tell(r.region, 'credential', told_id, r.workspace_id)
    FROM (
        SELECT f.region, NULL AS workspace_id FROM auth.feed AS f WHERE f.entity = 'credential' AND f.id = told_id
        UNION
        SELECT w.region, NULL FROM auth.credential AS c
        JOIN auth.membership AS m ON m.account_id = c.account_id AND m.workspace_id = coalesce(c.workspace_id, m.workspace_id)
        JOIN auth.workspace AS w ON w.id = m.workspace_id
        WHERE c.id = told_id
        UNION
        SELECT a.region, NULL FROM auth.credential AS c JOIN auth.account AS a ON a.id = c.account_id
        WHERE c.id = told_id AND c.workspace_id IS NULL
    ) AS r ORDER BY r.region;
END $$;

CREATE FUNCTION auth.tell_credentials(of_account text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM auth.tell_credential(c.id)
    FROM (SELECT id FROM auth.credential WHERE account_id = of_account ORDER BY id) AS c;
END $$;

CREATE FUNCTION auth.feed_of_credential() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM FROM auth.feed_head FOR UPDATE;
    IF TG_OP = 'DELETE' THEN
        PERFORM auth.tell_again('credential', old.id, old.workspace_id);
    ELSE
        PERFORM auth.tell_credential(new.id);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION auth.feed_of_membership() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    here text;
    known boolean;
BEGIN
    PERFORM FROM auth.feed_head FOR UPDATE;
    IF TG_OP = 'DELETE' THEN
        PERFORM auth.tell_again('membership', old.id, old.workspace_id);
        PERFORM auth.tell_credentials(old.account_id);
    ELSE
        SELECT region INTO here FROM auth.workspace WHERE id = new.workspace_id;
        PERFORM auth.tell(here, 'membership', new.id, new.workspace_id);
        IF TG_OP = 'INSERT' THEN
            -- Has the region the account's credentials already? `<`: of two that are made at once, one tells.
            known := EXISTS (SELECT FROM auth.account WHERE id = new.account_id AND region = here) OR EXISTS (
                SELECT FROM auth.membership AS m JOIN auth.workspace AS w ON w.id = m.workspace_id
                WHERE m.account_id = new.account_id AND m.id < new.id AND w.region = here
            );
            PERFORM auth.tell_credential(c.id) FROM (
                SELECT id FROM auth.credential WHERE account_id = new.account_id
                AND (workspace_id = new.workspace_id OR workspace_id IS NULL AND NOT known) ORDER BY id
            ) AS c;
        END IF;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION auth.feed_of_workspace() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM FROM auth.feed_head FOR UPDATE;
    IF TG_OP = 'DELETE' THEN
        PERFORM auth.tell_again('workspace', old.id, old.id);
        RETURN NULL;
    END IF;
    PERFORM auth.tell(new.region, 'workspace', new.id, new.id);
    IF TG_OP = 'UPDATE' AND old.region <> new.region THEN
        PERFORM auth.tell(old.region, 'moved', new.id, new.id);
        PERFORM auth.tell(old.region, 'workspace', new.id, new.id);
        PERFORM auth.tell(r.region, 'membership', m.id, new.id), auth.tell_credentials(m.account_id)
        FROM (SELECT id, account_id FROM auth.membership WHERE workspace_id = new.id ORDER BY id) AS m,
        (VALUES (old.region), (new.region)) AS r (region);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION auth.feed_of_account() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM FROM auth.feed_head FOR UPDATE;
    IF old.email <> new.email THEN
        PERFORM auth.tell(m.region, 'membership', m.id, m.workspace_id)
        FROM (
            SELECT m.id, m.workspace_id, w.region FROM auth.membership AS m
            JOIN auth.workspace AS w ON w.id = m.workspace_id WHERE m.account_id = new.id ORDER BY m.id
        ) AS m;
    END IF;
    IF old.region IS DISTINCT FROM new.region THEN
        PERFORM auth.tell_credentials(new.id);
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER feed AFTER INSERT OR UPDATE OR DELETE ON auth.credential
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION auth.feed_of_credential();
CREATE CONSTRAINT TRIGGER feed AFTER INSERT OR UPDATE OR DELETE ON auth.membership
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION auth.feed_of_membership();
CREATE CONSTRAINT TRIGGER feed AFTER INSERT OR UPDATE OR DELETE ON auth.workspace
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION auth.feed_of_workspace();
CREATE CONSTRAINT TRIGGER feed AFTER UPDATE OF email, region ON auth.account
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION auth.feed_of_account();

-- Entries about what is gone are kept for a month; who was away for longer takes a snapshot.
CREATE FUNCTION auth.compact(at_most int) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    last bigint;
BEGIN
    WITH old AS (
        SELECT f.entity, f.id, f.region FROM auth.feed AS f
        WHERE f.at < now() - interval '30 days' AND NOT EXISTS (SELECT FROM auth.credential AS c WHERE f.entity = 'credential' AND c.id = f.id)
        AND NOT EXISTS (SELECT FROM auth.membership AS m WHERE f.entity = 'membership' AND m.id = f.id)
        AND NOT EXISTS (SELECT FROM auth.workspace AS w WHERE f.entity IN ('workspace', 'moved') AND w.id = f.id)
        ORDER BY f.n LIMIT at_most FOR UPDATE SKIP LOCKED
    ), removed AS (
        DELETE FROM auth.feed AS f USING old WHERE (f.entity, f.id, f.region) = (old.entity, old.id, old.region) RETURNING f.n
    )
    SELECT max(n) INTO last FROM removed;
    UPDATE auth.feed_head SET compacted = greatest(compacted, last) WHERE last IS NOT NULL;
    RETURN coalesce(last, 0);
END $$;

-- ----------------------------------------------------------------------------------------------------------- deletions

-- A tombstone beats whatever comes late about the same id.
CREATE FUNCTION auth.bury() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO auth.tombstone (entity, id, workspace_id)
    VALUES (TG_TABLE_NAME, old.id, CASE TG_TABLE_NAME WHEN 'workspace' THEN old.id ELSE to_jsonb(old) ->> 'workspace_id' END);
    RETURN NULL;
END $$;

CREATE TRIGGER bury AFTER DELETE ON auth.workspace FOR EACH ROW EXECUTE FUNCTION auth.bury();
CREATE TRIGGER bury AFTER DELETE ON auth.membership FOR EACH ROW EXECUTE FUNCTION auth.bury();

-- -------------------------------------------------------------------------------------------------------------- rights

GRANT EXECUTE ON FUNCTION auth.compact(int) TO auth_api;
GRANT SELECT, INSERT, UPDATE (email, region) ON auth.account TO auth_api;
GRANT SELECT, INSERT, DELETE, UPDATE (name, url_key, region, place_version, facts_place, row_version, state) ON auth.workspace TO auth_api;
GRANT SELECT, INSERT, DELETE, UPDATE (workspace_id, state, expires_at) ON auth.claim TO auth_api;
GRANT SELECT, INSERT, DELETE, UPDATE (role, name, facts_place, row_version) ON auth.membership TO auth_api;
GRANT SELECT, INSERT, DELETE, UPDATE (revoked_at) ON auth.credential TO auth_api;
GRANT SELECT, INSERT, DELETE, UPDATE (attempts_left) ON auth.sign_in_code TO auth_api;
GRANT SELECT, INSERT, DELETE, UPDATE (count) ON auth.attempt TO auth_api;
GRANT SELECT, INSERT, DELETE, UPDATE (not_before) ON auth.mail_outbox TO auth_api;
GRANT SELECT, INSERT, UPDATE (answer) ON auth.operation TO auth_api;
GRANT SELECT ON auth.feed, auth.feed_head, auth.tombstone TO auth_api;
GRANT SELECT, INSERT, UPDATE (cursor) ON auth.drained TO auth_api;
GRANT SELECT, INSERT, UPDATE (to_region, place_version) ON auth.moved TO auth_api;
