"""What a fleet's file says of requests that carry nobody's credential."""

from __future__ import annotations

import pytest

from regions.public_requests import overlap
from tests.regions.conftest import Folder

START = "  public_requests:\n"


def added(prod: Folder, *entries: str) -> None:
    """Entries in flow style before those that are there."""
    prod.replace("fleet.yaml", START, START + "".join(f"    {entry}\n" for entry in entries))


@pytest.mark.parametrize(
    ("entry", "path", "what"),
    [
        ("{ path: in, key: minted }", "path", "a path such as"),
        ("{ path: '/in?x', key: minted }", "path", "a path such as"),
        ("{ path: '/in/x{key}', key: minted }", "path", "a path such as"),
        ("{ path: '/{key}', key: minted }", "path", "the first segment must be a name"),
        ("{ path: '/**', key: minted, query: k }", "path", "the first segment must be a name"),
        ("{ path: '/in/../{key}', key: minted }", "path", "dot segments"),
        ("{ path: '/in/**/{key}', key: minted }", "path", "** stands for all the rest"),
        ("{ path: '/in/{key}/{key}', key: minted }", "path", "{key} is there twice"),
        ("{ path: '/in/{key}', key: minted, query: k }", "query", "the key stands in the path already"),
        ("{ path: '/in/{key}', key: claimed, header: X-Id }", "header", "the key stands in the path already"),
        ("{ path: /in, key: claimed, query: id, header: X-Id }", "header", "the key stands in the query already"),
        ("{ path: /in, key: minted }", "key", "the key stands nowhere"),
        ("{ path: '/in/{key}' }", "key", "missing: minted"),
        ("{ path: '/in/{key}', key: both }", "key", ""),
        ("{ path: /in, key: claimed, header: Authorization }", "header", "the Worker reads or sets this header"),
        ("{ path: /in, key: claimed, header: X-Edge-Region }", "header", "the Worker reads or sets this header"),
        ("{ path: /in, key: claimed, header: x_id }", "header", "the name of a header"),
        ("{ path: /in, key: claimed, query: workspace }", "query", "?workspace= is what the Worker reads"),
        ("{ path: '/in/{key}', key: minted, kind: File }", "kind", "2 to 40 lower-case"),
        ("{ path: '/in/{key}', key: minted, forward: [cookie, cookie] }", "forward", "one of them is there twice"),
        ("{ path: '/in/{key}', key: minted, forward: [x-api-key] }", "forward.0", ""),
        ("{ path: '/in/{key}', key: minted, personal_data: false }", "personal_data", "said with `deliver: all` alone"),
        ("{ path: '/in/{key}', key: minted, headers: [X-Id] }", "headers", "said with `deliver: all` alone"),
        ("{ path: '/in/{key}', deliver: all, personal_data: false }", "deliver", "a request with a key goes"),
        (
            "{ path: /in, deliver: all, key: minted, personal_data: false }",
            "key",
            "with `deliver: all` there is no key",
        ),
        ("{ path: /in, deliver: some, personal_data: false }", "deliver", ""),
        ("{ path: /in, deliver: all }", "personal_data", "`deliver: all` leaves the workspace's jurisdiction"),
        ("{ path: /in, deliver: all, personal_data: true }", "personal_data", "`deliver: all` leaves"),
        (
            "{ path: /in, deliver: all, personal_data: false, forward: [cookie] }",
            "forward",
            "with `deliver: all` nobody's",
        ),
        (
            "{ path: /in, deliver: all, personal_data: false, headers: [Cookie] }",
            "headers.0",
            "the Worker reads or sets",
        ),
        ("{ path: /in, deliver: all, personal_data: false, headers: [A, a] }", "headers", "one of them is there twice"),
    ],
)
def test_an_entry_that_cannot_be_one_is_told_at_its_line(prod: Folder, entry: str, path: str, what: str) -> None:
    added(prod, f"odd: {entry}")
    problem = prod.problem()
    assert problem.what.startswith(f"edge.public_requests.odd.{path}: {what}")
    assert problem.where.line == prod.line_of("fleet.yaml", "odd:")


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ("/in/x", "/in/{key}", "/in/{key} shadows /in/x of one"),
        ("/in/{key}", "/in/x", "/in/x is shadowed by /in/{key} of one"),
        ("/in/{key}", "/IN/X", "/IN/X is shadowed by /in/{key} of one"),
        ("/in/{key}/**", "/in/*", "/in/* is shadowed by /in/{key}/** of one"),
        ("/in/*/x", "/in/y/*", "/in/y/* overlaps /in/*/x of one"),
        ("/in/{key}", "/in/{key}", "/in/{key} is shadowed by /in/{key} of one"),
    ],
)
def test_no_path_belongs_to_two_entries(prod: Folder, one: str, other: str, what: str) -> None:
    keys = ["" if "{key}" in path else ", query: k" for path in (one, other)]
    added(
        prod, f"one: {{ path: '{one}', key: minted{keys[0]} }}", f"other: {{ path: '{other}', key: minted{keys[1]} }}"
    )
    problem = prod.problem()
    line = prod.line_of("fleet.yaml", "one: {")
    assert problem.what == f"edge.public_requests.other.path: {what} (regions/prod/fleet.yaml:{line}:18)"
    assert problem.where.line == prod.line_of("fleet.yaml", "other: {")


@pytest.mark.parametrize("other", ["/in/a/b", "/inn/a", "/in", "/in/*/c", "/out/**"])
def test_paths_apart_are_apart(other: str) -> None:
    one, two = ("in", "{key}"), tuple(other[1:].split("/"))
    assert not overlap(one, two)
    assert not overlap(two, one)


def test_a_kind_is_one_thing(prod: Folder) -> None:
    added(prod, "one: { path: '/in/{key}', key: minted, kind: hook }", "hook: { path: '/out/{key}', key: claimed }")
    problem = prod.problem()
    assert problem.what.startswith("edge.public_requests.hook.key: requests of kind hook are another thing in one")
    assert problem.where.line == prod.line_of("fleet.yaml", "hook: {")


def test_two_paths_may_share_a_kind(prod: Folder) -> None:
    added(prod, "preview: { path: '/previews/{key}', key: minted, kind: file }")
    assert prod.load().spec.edge.public_requests["preview"].kind == "file"
