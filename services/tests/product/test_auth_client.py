"""The client of auth: generated from the committed schema, and at one with servers a release apart."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import GraphQLSchema, build_schema, parse, validate
from graphql.utilities import find_breaking_changes

from product.auth import Auth, static_token
from product.auth_client import WorkspaceState
from product.errors import AuthUnavailable
from tests.product.fake_auth import SCHEMA, FakeAuth

SERVICES = Path(__file__).parents[2]
QUERIES = sorted((SERVICES / "product" / "auth_queries").glob("*.graphql"))


def test_the_client_is_what_the_schema_generates(tmp_path: Path) -> None:
    committed = SERVICES / "product" / "auth_client"
    config = (SERVICES / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(config)["tool"]["ariadne-codegen"]["target_package_path"] == "product"
    made = tmp_path / "pyproject.toml"
    made.write_text(config.replace('target_package_path = "product"', f'target_package_path = "{tmp_path}"'))
    generate = [str(Path(sys.executable).with_name("ariadne-codegen")), "--config", str(made), "client"]
    subprocess.run(generate, cwd=SERVICES, check=True, capture_output=True)

    fresh = {file.name: file.read_text() for file in (tmp_path / "auth_client").glob("*.py")}

    assert fresh == {file.name: file.read_text() for file in committed.glob("*.py")}, (
        "make it again: cd services && .venv/bin/ariadne-codegen client"
    )


# What auth may add without asking: a release of a region that does not know of it goes on.
ADDITIONS: dict[str, Callable[[str], str]] = {
    "a field": lambda schema: schema.replace("type Workspace {\n", "type Workspace {\n  colour: String!\n"),
    "an argument with a default": lambda schema: schema.replace(
        "confirmWorkspace(workspaceId: ID!)", "confirmWorkspace(workspaceId: ID!, loudly: Boolean! = false)"
    ),
    "an optional field of an input": lambda schema: schema.replace(
        "input WorkspaceFactsInput {\n", "input WorkspaceFactsInput {\n  colour: String = null\n"
    ),
    "a kind of record": lambda schema: (
        schema.replace("union Record = ", "union Record = Limit | ") + "\ntype Limit {\n  id: ID!\n}\n"
    ),
    "a mutation": lambda schema: schema.replace("type Mutation {\n", "type Mutation {\n  wave: Deleted!\n"),
}


@pytest.mark.parametrize("what", ADDITIONS)
def test_a_client_a_release_behind_asks_a_newer_auth(what: str) -> None:
    newer = build_schema(ADDITIONS[what](SCHEMA.read_text(encoding="utf-8")))
    assert newer != build_schema(SCHEMA.read_text(encoding="utf-8"))

    assert not find_breaking_changes(build_schema(SCHEMA.read_text(encoding="utf-8")), newer)
    assert not list(_refused(newer))


async def test_a_record_of_a_kind_that_this_release_does_not_know_is_passed_over() -> None:
    schema = build_schema(ADDITIONS["a kind of record"](SCHEMA.read_text(encoding="utf-8")))
    fake = FakeAuth(schema=schema)
    account, _ = fake.sign_up("ada@example.com", "here")
    workspace = fake.found(account["id"], "acme", "here")
    fake.workspaces["limit"] = {"__typename": "Limit", "id": "limit", "region": "here"}
    fake.feeds["here"].insert(0, ("WORKSPACE", "limit", None))

    page = await _client(fake).changes_since(f"{fake.epoch}.0", 100)

    assert page.typename__ == "Changes"
    assert {change.id for change in page.changes if change.entity.value == "WORKSPACE"} == {workspace["id"]}


async def test_an_answer_of_a_kind_that_this_release_does_not_know_is_no_answer() -> None:
    def newer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": {"confirmWorkspace": {"__typename": "ConfirmedLater"}}})

    auth = Auth("http://auth/graphql", httpx.AsyncClient(transport=httpx.MockTransport(newer)), static_token("here"))

    with pytest.raises(AuthUnavailable):
        await auth.confirm_workspace("ws_1")


def test_a_region_that_is_ahead_of_auth_is_told_at_once_what_auth_lacks() -> None:
    """Auth is deployed first. Were it not, the question is refused whole: nothing is half carried out."""
    older = build_schema(
        SCHEMA.read_text(encoding="utf-8")
        .replace("type Account {\n", "type Account {\n  shape: Int\n")
        .replace("  confirmWorkspace(workspaceId: ID!)", "  confirmWorkspaceLater(workspaceId: ID!)")
    )

    assert any("confirmWorkspace" in message for message in _refused(older))


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503, json={"data": None}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"errors": [{"message": "secret"}], "data": {"signOut": None}}),
        httpx.Response(302, headers={"Location": "http://elsewhere/"}),
        httpx.Response(200, json=[]),
    ],
    ids=["status", "html", "errors", "redirect", "list"],
)
async def test_what_is_no_answer_is_never_taken_for_one(answer: httpx.Response) -> None:
    auth = Auth(
        "http://auth/graphql", httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer)), static_token("here")
    )

    with pytest.raises(AuthUnavailable) as refused:
        await auth.sign_out("0" * 64)

    assert "secret" not in str(refused.value)


async def test_a_lost_answer_is_no_answer_and_the_same_id_asks_again() -> None:
    fake = FakeAuth()
    account, _ = fake.sign_up("ada@example.com", "here")
    auth = _client(fake)
    fake.lose("createWorkspace")
    with pytest.raises(AuthUnavailable):
        await auth.create_workspace("operation-1", account["id"], "Acme", "acme")

    claimed = await auth.create_workspace("operation-1", account["id"], "Acme", "acme")

    assert claimed.typename__ == "WorkspaceClaimed"
    assert claimed.workspace.state is WorkspaceState.PENDING
    assert len(fake.workspaces) == 1


def _client(fake: FakeAuth) -> Auth:
    return Auth("http://auth/graphql", httpx.AsyncClient(transport=fake.transport()), static_token("here"))


def _refused(schema: GraphQLSchema) -> Any:
    document = parse("\n".join(file.read_text(encoding="utf-8") for file in QUERIES))
    return (error.message for error in validate(schema, document))
