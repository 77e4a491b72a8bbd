"""Property paths, and what differs between two values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regionctl.engine import ChangeKind, PropertyChange
from regionctl.model.differences import changes, cleaned
from regionctl.model.path import Each, Part, Pattern, parse, show
from regionctl.model.values import get

keys = st.text(max_size=8) | st.text('\\".[]*a', max_size=6)
leaves = st.booleans() | st.integers() | st.text(max_size=4)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=10
)


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("settings.tier", ("settings", "tier")),
        ("rules[0].ports[12]", ("rules", 0, "ports", 12)),
        ('labels["a.b"].c', ("labels", "a.b", "c")),
        ('["a \\"quoted\\" key"]', ('a "quoted" key',)),
        ('labels["managed-by"]', ("labels", "managed-by")),
        ('files["a/b.js"].content', ("files", "a/b.js", "content")),
        ('labels["ключ"]', ("labels", "ключ")),
        ("digits.0abc", ("digits", "0abc")),
        ("settings.databaseFlags[].name", ("settings", "databaseFlags", Each.ITEM, "name")),
        ("labels.*", ("labels", Each.KEY)),
        ('labels["*"]', ("labels", "*")),
        ("", ()),
    ],
)
def test_a_path_has_parts_and_is_written_as_pulumi_writes_it(path: str, parts: Pattern) -> None:
    assert parse(path) == parts
    assert show(parts) == path


@given(st.lists(keys | st.integers(0, 99) | st.sampled_from(Each), max_size=5))
def test_a_path_that_is_shown_is_parsed_into_its_parts(parts: list[Part]) -> None:
    assert parse(show(parts)) == tuple(parts)


@given(values)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert changes(value, value) == ()


@given(values, values)
def test_each_change_is_found_at_its_path(old: Any, new: Any) -> None:
    found = changes({"x": old}, {"x": new})
    assert bool(found) == (old != new)
    for change in found:
        if change.kind is not ChangeKind.ADD:
            assert get({"x": old}, change.path) == change.old
        if change.kind is not ChangeKind.DELETE:
            assert get({"x": new}, change.path) == change.new


def test_changes_are_told_at_the_deepest_path() -> None:
    old = {"a": {"b": 1, "c": [1, {"d": 2}]}, "gone": 1}
    new = {"a": {"b": 2, "c": [1, {"d": 3}, 4]}, "made": 1}
    assert changes(old, new) == (
        PropertyChange(path="a.b", kind=ChangeKind.UPDATE, old=1, new=2),
        PropertyChange(path="a.c[1].d", kind=ChangeKind.UPDATE, old=2, new=3),
        PropertyChange(path="a.c[2]", kind=ChangeKind.ADD, new=4),
        PropertyChange(path="gone", kind=ChangeKind.DELETE, old=1),
        PropertyChange(path="made", kind=ChangeKind.ADD, new=1),
    )


def test_secrets_and_unknowns_are_marked_at_any_depth() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    assert cleaned({"a": [secret, {"b": unknown}], "c": "plain"}) == {
        "a": ["[secret]", {"b": "[unknown]"}],
        "c": "plain",
    }


@pytest.mark.parametrize("path", ["a.b", "a[5]", "x", "a[0].b"])
def test_nothing_is_at_a_path_that_leads_nowhere(path: str) -> None:
    assert get({"a": [1]}, path) is None
