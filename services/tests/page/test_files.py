"""How the page is served. What it does is tried in a browser: tests/browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from product import page
from product.settings import Locality

STATIC = Path(page.__file__).parent / "static"
LOCALITIES = {
    "here": Locality(name="This continent", time_zones=("Europe/", "Africa/Cairo")),
    "there": Locality(name="The other one", time_zones=("America/", "Europe/Lisbon")),
}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=page.routes(localities=LOCALITIES))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        yield opened


@pytest.mark.parametrize("path", ["/", "/w/acme", "/w/acme/0190", *(f"/page/{file.name}" for file in STATIC.iterdir())])
async def test_each_file_comes_under_a_policy_that_lets_nothing_else_in(client: httpx.AsyncClient, path: str) -> None:
    if path == "/page/index.html":
        assert (await client.get(path)).status_code == 404
        return
    answer = await client.get(path)
    assert answer.status_code == 200
    policy = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src", "img-src", "form-action")} == {"'self'"}
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_file_is_asked_for_each_time_and_sent_where_it_is_another(client: httpx.AsyncClient) -> None:
    first = await client.get("/page/app.js")
    assert first.headers["cache-control"] == "no-cache"
    again = await client.get("/page/app.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    assert (await client.get("/page/app.css")).headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize("name", ["", "..%2f__init__.py", "%2e%2e/__init__.py", "__init__.py", "nothing.js"])
async def test_nothing_but_the_pages_files_is_served(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/page/{name}")).status_code == 404


@pytest.mark.parametrize("file", sorted(STATIC.iterdir()), ids=lambda file: file.name)
def test_no_file_names_another_host_or_makes_markup_from_text(file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|wss?://|//[a-z0-9-]+\.[a-z]", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc", text)
    assert not re.search(r"""\son[a-z]+=["']|\sstyle=|<script>""", text)


@pytest.mark.parametrize(
    ("why", "zone", "suggested"),
    [
        ("time-zone", "Europe/Berlin", "here"),
        ("time-zone", "Europe/Lisbon", "there"),
        ("time-zone", "Africa/Cairo", "here"),
        ("time-zone", "Asia/Kolkata", None),
        ("country", "Europe/Berlin", None),
        ("default", "", None),
    ],
)
async def test_the_page_hears_where_a_new_account_goes_and_what_it_may_choose(
    client: httpx.AsyncClient, why: str, zone: str, suggested: str | None
) -> None:
    headers = {"X-Edge-Placement": why, "X-Time-Zone": zone, "Cookie": "a=b; __Host-session=; c=d"}
    answer = await client.get("/page/start", headers=headers)
    assert answer.json() == {
        "has_session": False,
        "suggested": suggested,
        "why": why,
        "places": [{"name": "here", "title": "This continent"}, {"name": "there", "title": "The other one"}],
    }
    assert answer.headers["cache-control"] == "private, no-store"


async def test_the_page_hears_whether_a_session_is_shown_and_nothing_of_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/page/start", headers={"Cookie": "__Host-session=secret"})
    assert answer.json()["has_session"] is True
    assert "secret" not in answer.text
