"""The database goes away and comes back: typed answers meanwhile, no restart needed, nothing half done."""

from __future__ import annotations

import secrets

import pytest

from tests.postgres import Server, TestDatabase

from .harness import Running, running

AWAY = "ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}"
END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"


async def take_away(server: Server, database: TestDatabase, *, back: bool = False) -> None:
    """No connection is left, and none is to be had."""
    anywhere = TestDatabase(server, "postgres")
    await anywhere.execute(AWAY.format(name=database.name, allowed="true" if back else "false"))
    await anywhere.execute(END.format(name=database.name))


async def test_a_database_that_is_away_is_503_and_signs_nobody_out(auth: Running, server: Server) -> None:
    ann = await auth.sign_in("ann@example.com")
    create = {"operationId": secrets.token_hex(8), "accountId": ann.account_id, "name": "Acme", "urlKey": "acme"}
    question = {
        "query": """mutation M($operationId: ID!, $accountId: ID!, $name: String!, $urlKey: String!) {
            createWorkspace(operationId: $operationId, accountId: $accountId, name: $name, urlKey: $urlKey) {
                __typename
            }
        }""",
        "variables": create,
    }
    await take_away(server, auth.database)
    try:
        answer = await auth.route("cookie", ann.token)
        assert (answer.status_code, answer.json()) == (503, {"error": "unavailable"})
        asked = await auth.region().post(question)
        assert (asked.status_code, asked.json()["error"]["code"]) == (503, "unavailable")
        assert asked.headers["retry-after"] == "1"
        assert (await auth.client.get("/readyz")).status_code == 503
        assert (await auth.client.get("/healthz")).status_code == 200
        assert (await auth.client.get("/.well-known/jwks.json")).status_code == 200
    finally:
        await take_away(server, auth.database, back=True)
    assert (await auth.client.get("/readyz")).status_code == 200
    assert (await auth.route("cookie", ann.token)).status_code == 200
    assert (await auth.region().post(question)).json()["data"]["createWorkspace"]["__typename"] == "WorkspaceClaimed"


async def test_connections_that_were_cut_are_made_anew(auth: Running, server: Server) -> None:
    ann = await auth.sign_in("ann@example.com")
    await take_away(server, auth.database, back=True)
    answers = [(await auth.route("cookie", ann.token)).status_code for _ in range(3)]
    assert answers[-1] == 200


async def test_a_mistake_of_ours_is_500_and_says_nothing(auth: Running, caplog: pytest.LogCaptureFixture) -> None:
    """A table that is not there: the answer and the log hold neither the query nor what was asked."""
    await auth.database.execute("ALTER TABLE auth.attempt RENAME TO attempt_elsewhere")
    question = {
        "query": 'mutation M { requestSignInCode(email: "ann@example.com", address: "203.0.113.9") { __typename } }'
    }
    answer = await auth.region().post(question)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert "attempt" not in answer.text
    assert any(record.exc_info for record in caplog.records)
    assert not any("ann@example.com" in str(record.getMessage()) for record in caplog.records)


async def test_a_login_that_may_more_than_the_stage_says_does_not_start(server: Server, migrated: TestDatabase) -> None:
    await migrated.execute('GRANT auth_owner TO "auth-login"')
    try:
        with pytest.raises(Exception, match="auth_owner"):
            async with running(migrated):
                pass
    finally:
        await migrated.execute('REVOKE auth_owner FROM "auth-login"')
