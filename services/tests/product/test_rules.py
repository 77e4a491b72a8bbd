"""Rules that every change of the product has to keep, read from its code, its routes and its tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from starlette.routing import BaseRoute, Mount

from kit.database import Database
from product.access import All, DeclaredRoute, DeclaredSocket, Key, Public, Session
from product.api.app import make_app
from product.api.call import Body
from product.background.deliveries import BILLING
from product.background.sweeping import TABLES as DELETED_IN_STEPS
from product.page import routes as page_routes
from product.sync.app import make_app as make_sync
from product.sync.database_log import ENTITIES
from tests.postgres import TestDatabase

SERVICES = Path(__file__).parents[2]
REPOSITORY = SERVICES.parent
PRODUCT = SERVICES / "product"
# Of Google's locations: https://cloud.google.com/about/locations
LOCATION = re.compile(r"\b(africa|asia|australia|europe|me|northamerica|southamerica|us)-[a-z]+\d+\b")
# Who answers whether it runs: kit/web.py. They say nothing of anybody.
OPEN = {"/healthz", "/readyz"}


def sources() -> Iterator[Path]:
    for file in sorted(PRODUCT.rglob("*")):
        if file.suffix in {".py", ".sql", ".js", ".html", ".css", ".graphql"}:
            yield file


def names_of_regions() -> set[str]:
    specs = REPOSITORY / "regions"
    found = {file.stem for file in specs.glob("*/*.yaml")} - {"fleet", "requests"}
    assert found, "no specs of regions"
    return found


def lines_that_name_a_region(text: str, names: set[str]) -> list[str]:
    named = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(names)))
    return [line.strip() for line in text.splitlines() if named.search(line) or LOCATION.search(line)]


def test_product_code_knows_no_region() -> None:
    names = names_of_regions()
    assert lines_that_name_a_region('if region == "eu-west":\nlocation = "europe-west1"\n', names) == [
        'if region == "eu-west":',
        'location = "europe-west1"',
    ]
    found = {
        str(file.relative_to(PRODUCT)): lines
        for file in sources()
        if (lines := lines_that_name_a_region(file.read_text(encoding="utf-8"), names))
    }
    assert not found, "a region's name and its places come from the environment and from auth"


def test_product_code_knows_no_address_of_another_region() -> None:
    address = re.compile(
        r"https?://(?![\w.]*(google\.com|whatwg\.org|stripe\.com|w3\.org|developer\.mozilla\.org))[\w.-]+"
    )
    found = {
        str(file.relative_to(PRODUCT)): lines
        for file in sources()
        if (lines := [line for line in file.read_text(encoding="utf-8").splitlines() if address.search(line)])
    }
    assert not found


def all_routes() -> list[BaseRoute]:
    pages = page_routes(localities={})
    api = make_app(more_routes=pages).routes
    sync = make_sync(None, None, {}, None).routes  # type: ignore[arg-type] # nothing of it is called
    found: list[BaseRoute] = []
    todo = [*api, *sync]
    while todo:
        route = todo.pop()
        if isinstance(route, Mount):
            todo += route.routes
        else:
            found.append(route)
    return found


def path(route: BaseRoute) -> str:
    return str(getattr(route, "path", route))


@pytest.mark.parametrize("route", all_routes(), ids=path)
def test_every_route_says_who_may_come_in(route: BaseRoute) -> None:
    if path(route) in OPEN:
        return
    assert isinstance(route, DeclaredRoute | DeclaredSocket), "declare it: product/access.py"
    assert isinstance(route.access, Session | Key | All | Public)
    if isinstance(route.access, Key):
        assert "{key}" in route.path
    if isinstance(route, DeclaredRoute) and isinstance(route.access, Session):
        assert route.path.startswith(("/api/", "/auth/"))


def test_what_is_open_to_all_is_a_short_list() -> None:
    open_to_all = {path(route) for route in all_routes() if isinstance(getattr(route, "access", None), Public)}
    assert open_to_all == {"/", "/w/{rest:path}", "/page/start", "/page/{name}", "/auth/code", "/auth/sign-in"}


def test_whose_workspace_it_is_stands_in_no_path_and_no_body() -> None:
    assert not [path(route) for route in all_routes() if "workspace_id" in path(route) or "{workspace" in path(route)]
    assert not [model.__name__ for model in bodies(Body) if "workspace_id" in model.model_fields]


def bodies(of: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in of.__subclasses__():
        yield model
        yield from bodies(model)


def test_the_routes_are_those_of_the_documentation() -> None:
    """The table of docs/services/product.md: `GET`, `PATCH /api/x` are two."""
    text = (REPOSITORY / "docs" / "services" / "product.md").read_text(encoding="utf-8")
    documented = set()
    for cell in re.findall(r"^\| (`(?:GET|POST|PUT|PATCH|DELETE)`?[^|]*) \|", text, re.MULTILINE):
        methods: list[str] = []
        for word in re.findall(r"[A-Z]{3,6}(?=[`\s])|/[^`\s?]+", cell):
            if word.startswith("/"):
                documented |= {(method, word) for method in methods}
                methods = []
            else:
                methods.append(word)
    served = {
        (next(iter((route.methods or set()) - {"HEAD"})), route.path)
        for route in make_app().routes
        if isinstance(route, DeclaredRoute)
    }
    assert documented - {("GET", one) for one in OPEN} == served
    assert f"`{BILLING.kind}`" in text


async def test_every_table_of_workspaces_that_the_api_reads_shows_one_workspace(
    database: TestDatabase, api: Database
) -> None:
    """But for the heads of the logs, which are numbers alone."""
    open_tables = await database.fetch(
        """
        SELECT c.relname FROM pg_catalog.pg_class c
        WHERE c.relnamespace = 'product'::regnamespace AND c.relkind = 'r' AND NOT c.relrowsecurity
        AND pg_catalog.obj_description(c.oid, 'pg_class') = 'scope: workspace'
        AND has_any_column_privilege('product_api', c.oid, 'SELECT')
        """
    )
    assert [row["relname"] for row in open_tables] == ["change_head"]


async def test_every_key_of_a_table_of_workspaces_is_the_workspace_and_one_column_more(database: TestDatabase) -> None:
    """So that a workspace can be moved: no id means anything without its workspace."""
    keys = await database.fetch(
        """
        SELECT c.relname AS name, array_agg(a.attname::text ORDER BY part.n) AS columns
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
        CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS part (attnum, n)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = part.attnum
        WHERE c.relnamespace = 'product'::regnamespace
        AND pg_catalog.obj_description(c.oid, 'pg_class') = 'scope: workspace' GROUP BY 1
        """
    )
    found = {row["name"]: row["columns"] for row in keys}
    one_a_workspace = {name for name, columns in found.items() if columns == ["workspace_id"]}
    assert one_a_workspace == {"workspace", "change_head"}
    assert found["change"] == ["workspace_id", "n"]
    assert found["operation"] == ["workspace_id", "account_id", "id"]  # ids of operations are each account's own
    others = found.keys() - one_a_workspace - {"change", "operation"}
    assert {name: found[name] for name in others} == {name: ["workspace_id", "id"] for name in others}
    assert {"member", "project", "issue", "comment", "attachment", "route_key"} <= others


async def test_every_table_that_clients_see_is_in_the_sync_log_and_deleted_in_steps(database: TestDatabase) -> None:
    """A table of workspaces with a `version` is what members work on. But for keys, which are shown once."""
    versioned = await database.fetch(
        """
        SELECT c.relname AS name, array_agg(DISTINCT t.tgname::text) FILTER (WHERE t.tgname IS NOT NULL) AS triggers
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'updated_at'
        LEFT JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
        WHERE c.relnamespace = 'product'::regnamespace
        AND pg_catalog.obj_description(c.oid, 'pg_class') = 'scope: workspace' GROUP BY 1
        """
    )
    found = {row["name"]: set(row["triggers"]) for row in versioned}
    assert found.keys() - {"route_key"} == set(ENTITIES)
    for name in ENTITIES:
        assert {"stage_inserted", "stage_updated", "stage_deleted"} <= found[name], name
        assert found[name] & {"next_version", "raise_version"}, name
    assert found.keys() <= {*DELETED_IN_STEPS, "workspace", "member"}
