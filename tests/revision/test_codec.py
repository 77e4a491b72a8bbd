"""Declarations between processes: they arrive as they were sent, and what is none is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionctl.model.errors import Position
from regionctl.render import (
    UNKNOWN,
    Alias,
    Asset,
    CustomTimeouts,
    Declaration,
    Options,
    Reference,
    Resource,
    Secret,
    Symbol,
    Symbolic,
    Value,
)
from regionctl.review.revision import UnreadableAnswer, answers
from regionctl.review.revision.encode import declaration_json, value_json
from tests.revision.declared import NETWORK, PREFIX, declaration, of, resource

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
keys = texts | st.sampled_from(["$map", "$secret", "$unknown", "$symbolic", "$", "symbols", "kind"])
names = st.text("abcXYZ-", min_size=1, max_size=8)
urns = st.builds(lambda type_, name: f"{PREFIX}{type_}::{name}", names, names)
symbols = st.builds(Symbol, urns | st.just("config"), names)
symbolic = st.builds(lambda text, found: Symbolic(text, tuple(found)), texts, st.lists(symbols, min_size=1, max_size=3))
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts | symbolic | st.just(UNKNOWN)
) | st.builds(Reference, urns)


def _special(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return (
        st.lists(inner, max_size=3)
        | st.dictionaries(keys, inner, max_size=3)
        | st.builds(Secret, inner)
        | st.builds(Asset, st.sampled_from(["text", "uri"]), texts, st.booleans())
        | st.builds(Asset, st.just("assets"), st.dictionaries(keys, inner, max_size=2), st.just(True))
    )


values = st.recursive(scalars, _special, max_leaves=10)
objects = st.dictionaries(keys, values, max_size=3)
flags = st.none() | st.booleans()
options = st.builds(
    Options,
    protect=flags,
    retain_on_delete=flags,
    delete_before_replace=flags,
    ignore_changes=st.lists(texts, max_size=2).map(tuple),
    replace_with=st.lists(urns, max_size=2).map(tuple),
    aliases=st.lists(
        st.builds(Alias, urn=st.none() | urns, name=st.none() | names, no_parent=st.booleans()), max_size=2
    ).map(tuple),
    import_id=st.none() | texts,
    custom_timeouts=st.none() | st.builds(CustomTimeouts, create=texts),
    provider=st.none() | urns,
    providers=st.dictionaries(names, urns, max_size=2),
)
resources = st.builds(
    Resource,
    urn=urns,
    type=names,
    name=names,
    custom=st.booleans(),
    inputs=objects,
    parent=st.none() | urns,
    dependencies=st.lists(urns, max_size=2).map(tuple),
    property_dependencies=st.dictionaries(keys, st.lists(urns, max_size=2).map(tuple), max_size=2),
    options=options,
    outputs=objects,
    read_id=st.none() | texts | symbolic,
    created_at=st.none() | st.builds(Position, texts, st.integers(1, 99), st.integers(1, 99)),
)
declarations = st.builds(
    lambda found, outputs, warnings: Declaration(
        project="p", stack="s.t", resources={one.urn: one for one in found}, outputs=outputs, warnings=tuple(warnings)
    ),
    st.lists(resources, max_size=3),
    objects,
    st.lists(texts, max_size=2),
)


def marked(value: Value) -> Any:
    """A value with its symbols and types in the open: equality of texts does not see them."""
    match value:
        case Symbolic():
            return ("symbolic", str(value), value.symbols)
        case Secret(held):
            return ("secret", marked(held))
        case Asset(kind, content, archive):
            return ("asset", kind, marked(content), archive)
        case str() | bool() | int() | float():
            return (type(value), value)
        case Mapping():
            return {key: marked(item) for key, item in value.items()}
        case Sequence():
            return [marked(item) for item in value]
        case _:
            return value


def sent(data: Any) -> Any:
    return json.loads(json.dumps(data))


@given(values)
def test_every_kind_of_value_arrives_as_it_was_sent(value: Value) -> None:
    assert marked(answers.value(sent(value_json(value)))) == marked(value)


@settings(max_examples=40)
@given(declarations)
def test_a_declaration_arrives_as_it_was_sent(one: Declaration) -> None:
    again = answers.declaration(json.dumps(declaration_json(one)))
    assert again == one
    for urn, arrived in again.resources.items():
        assert marked(arrived.inputs) == marked(one.resources[urn].inputs)
        assert marked(arrived.read_id) == marked(one.resources[urn].read_id)
        assert arrived.created_at == one.resources[urn].created_at


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(junk)
def test_junk_is_a_value_or_refused(data: Any) -> None:
    try:
        answers.value(data)
    except UnreadableAnswer:
        return


@settings(max_examples=60)
@given(st.data(), junk)
def test_a_declaration_with_junk_in_it_is_read_or_refused(data: st.DataObject, thing: Any) -> None:
    network = resource(NETWORK, "vpc", name="main")
    good = sent(declaration_json(declaration(network, resource(NETWORK, "b", name=of(network, "id")))))
    part = data.draw(st.sampled_from([good, *good["resources"], good["resources"][0]["options"]]))
    part[data.draw(st.sampled_from(sorted(part) or ["options"]))] = thing
    try:
        answers.declaration(json.dumps(good))
    except UnreadableAnswer:
        return


@pytest.mark.parametrize(
    "data", [{"$unknown": False}, {"$new": 1}, {"$symbolic": 3, "symbols": []}, {"$secret": {"$x": 1}, "more": 1}]
)
def test_a_value_of_no_known_kind_is_refused(data: Any) -> None:
    with pytest.raises(UnreadableAnswer):
        answers.value(data)


def test_a_file_is_told_with_a_digest_of_what_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "code" / "main.js"
    file.parent.mkdir()
    file.write_text("one")
    first = [value_json(Asset("path", str(path))) for path in (file, file.parent)]
    file.write_text("two")
    second = [value_json(Asset("path", str(path))) for path in (file, file.parent)]
    assert first[0]["$asset"].startswith("code/main.js (sha256 ")
    assert all(one["$asset"] != other["$asset"] for one, other in zip(first, second, strict=True))
