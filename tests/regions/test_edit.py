"""A value changes in a file's text, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regionctl.model.errors import Position, SpecError
from regions.edit import NotEditable, with_value
from regions.load import merge
from regions.source import parse_document

LIFECYCLE = ("lifecycle",)
API = ("release", "api")


def edited(text: str, path: tuple[str, ...] = LIFECYCLE, value: str = "closed") -> str:
    return with_value(text.encode(), path, value, file="x.yaml").decode()


def value_of(text: str) -> dict[str, object]:
    document = parse_document(text.encode(), "x.yaml")
    assert not document.problems, text
    return document.value


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("lifecycle: active\n", "lifecycle: closed\n"),
        ("lifecycle: active # why\n", "lifecycle: closed # why\n"),
        ("lifecycle:   active   \n# end", "lifecycle:   closed   \n# end"),
        ("lifecycle: 'active' # why\n", "lifecycle: 'closed' # why\n"),
        ('"lifecycle" : "active"\n', '"lifecycle" : "closed"\n'),
        ("lifecycle: active", "lifecycle: closed"),
        ("a: 1\r\nlifecycle: active\r\nb: 2\r\n", "a: 1\r\nlifecycle: closed\r\nb: 2\r\n"),
        ("lifecycle:\n  # below\n  active\nb: 1\n", "lifecycle:\n  # below\n  closed\nb: 1\n"),
        ("{b: é, lifecycle: active}", "{b: é, lifecycle: closed}"),
        ("? lifecycle\n: active\n", "? lifecycle\n: closed\n"),
        ("\ufefflifecycle: active\n", "\ufefflifecycle: closed\n"),
        ("---\nlifecycle: active\n...\n", "---\nlifecycle: closed\n...\n"),
        ("email: &a x\nlifecycle: active\nb: *a\n", "email: &a x\nlifecycle: closed\nb: *a\n"),
    ],
)
def test_only_the_value_changes(before: str, after: str) -> None:
    assert edited(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("release:\n  sync: a\n", "release:\n  sync: a\n  api: new\n"),
        ("release:\n  sync: a", "release:\n  sync: a\n  api: new"),
        ("release:\n    sync: a # why\nb: 1\n", "release:\n    sync: a # why\n    api: new\nb: 1\n"),
        ("release:\r\n  sync: a\r\nb: 1\r\n", "release:\r\n  sync: a\r\n  api: new\r\nb: 1\r\n"),
        ("release: {sync: a}\n", "release: {sync: a, api: new}\n"),
        ("release: {\n  sync: a, # why\n}\n", "release: {\n  sync: a, api: new, # why\n}\n"),
        ("release: {}\n", "release: {api: new}\n"),
        ("{release: {}}", "{release: {api: new}}"),
        ("{b: 1}", "{b: 1, release: {api: new}}"),
        ("b: 1\n", "b: 1\n\nrelease:\n  api: new\n"),
        ("b:\n    c: 1 # why\n# end\n", "b:\n    c: 1 # why\n\nrelease:\n    api: new\n# end\n"),
        ("---\nb: 1\n...\n", "---\nb: 1\n\nrelease:\n  api: new\n...\n"),
        ("b: |\n  text\n", "b: |\n  text\n\nrelease:\n  api: new\n"),
        ("c: &c {d: 1}\nb: *c # why\n", "c: &c {d: 1}\nb: *c # why\n\nrelease:\n  api: new\n"),
        ("b: [1,\n 2] # why\n", "b: [1,\n 2] # why\n\nrelease:\n  api: new\n"),
    ],
)
def test_a_value_that_was_not_there_becomes_the_last_of_its_section(before: str, after: str) -> None:
    assert edited(before, API, "new") == after


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("lifecycle: &a active\n", LIFECYCLE),
        ("a: &a active\nlifecycle: *a\n", LIFECYCLE),
        ("lifecycle: !!str active\n", LIFECYCLE),
        ("lifecycle: >-\n  active\n", LIFECYCLE),
        ("lifecycle:\n", LIFECYCLE),
        ("lifecycle: [active]\n", LIFECYCLE),
        ("lifecycle: {a: b}\n", LIFECYCLE),
        ("release: active\n", API),
        ("a: &a {api: x}\nrelease: *a\n", API),
        ("release: &a {api: x}\nb: *a\n", API),  # would change b too
        ("release: &a\n  sync: x\nb: *a\n", API),
        ("b: |+\n  text\n\n\n", API),  # would take the text's last empty lines
    ],
)
def test_what_cannot_be_changed_alone_is_refused(text: str, path: tuple[str, ...]) -> None:
    with pytest.raises(NotEditable) as error:
        edited(text, path)
    assert error.value.path == path


def test_a_refusal_says_where() -> None:
    with pytest.raises(NotEditable) as error:
        edited("a: 1\nlifecycle: &a active\n")
    assert error.value.where == Position("x.yaml", 2, 12)


@pytest.mark.parametrize("text", ["", "- a\n", "a: b: c\n", "lifecycle: a\nlifecycle: b\n", "a: \x07\n", "b: !x 1\n"])
def test_what_is_no_spec_is_not_edited(text: str) -> None:
    with pytest.raises(SpecError):
        edited(text)


words = st.from_regex(r"[a-z]{1,6}(-[a-z]{1,4})?", fullmatch=True).filter(lambda word: word not in {"null", "true"})
comments = st.sampled_from(["", " # why", "  # 'quoted' \"text\": *x", " # ü ✓"])
scalars = st.one_of(
    words,
    words.map(lambda word: f"'{word}'"),
    words.map(lambda word: f'"{word}"'),
    st.sampled_from(["1", "12.5", "true", "10.0", "[a, 'b']", "[]", "{}", "{k: v}", '"\\u00e9"', "'it''s'"]),
)
fillers = st.sampled_from(["", "# a comment", "  # an indented one", "#"])


@st.composite
def files(draw: st.DrawFn) -> str:
    """A spec as people write them: sections, comments, quotes, empty lines, either line end or none at the end."""
    indent = " " * draw(st.integers(1, 4))
    keys = draw(st.lists(words, min_size=1, max_size=5, unique=True))
    lines: list[str] = draw(st.lists(fillers, max_size=2))
    for key in keys:
        if draw(st.booleans()):
            lines.append(f"{key}:{draw(comments)}")
            for inner in draw(st.lists(words, min_size=1, max_size=3, unique=True)):
                lines.append(f"{indent}{inner}: {draw(scalars)}{draw(comments)}")
                lines += draw(st.lists(fillers, max_size=1))
        else:
            lines.append(f"{key}: {draw(scalars)}{draw(comments)}")
        lines += draw(st.lists(fillers, max_size=1))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return end.join(lines) + draw(st.sampled_from(["", end, end * 2]))


def leaves(value: dict[str, object], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for key, item in value.items():
        if isinstance(item, dict):
            found += leaves(item, (*path, key))
        elif not isinstance(item, list):
            found.append((*path, key))
    return found


@given(files(), words, st.data())
def test_a_new_value_is_read_again_and_the_rest_stays_byte_for_byte(text: str, value: str, data: st.DataObject) -> None:
    places = leaves(value_of(text))
    if not places:
        return
    path = data.draw(st.sampled_from(places))
    after = edited(text, path, value)
    nested: object = value
    for key in reversed(path):
        nested = {key: nested}
    assert isinstance(nested, dict)
    assert value_of(after) == merge(value_of(text), nested)
    start, end = _common_start(text, after), _common_end(text, after)
    changed = text[start : len(text) - end]
    assert not {"\n", "#", ":"} & set(changed)


@given(files(), st.lists(words, min_size=1, max_size=2).map(tuple), words)
def test_what_is_added_takes_nothing_away(text: str, path: tuple[str, ...], value: str) -> None:
    present = value_of(text)
    section: object = present
    for key in path[:-1]:
        section = section.get(key, {}) if isinstance(section, dict) else None
    if not isinstance(section, dict) or path[-1] in section:
        return
    after = edited(text, path, value)
    start, end = _common_start(text, after), _common_end(text, after)
    assert start + end >= len(text)
    assert after.count("\r\n") == after.count("\n") or "\r\n" not in after


def _common_start(one: str, other: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _common_end(one: str, other: str) -> int:
    return _common_start(one[::-1], other[::-1])
