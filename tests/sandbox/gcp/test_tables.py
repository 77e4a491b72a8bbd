"""The tables and emulations of Google Cloud speak of properties that exist."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from regionctl import providers
from regionctl.providers.schema import Kind, Property, Shape, TypeSchema, package
from regionctl.sandbox.emulation import Emulation
from regionctl.sandbox.gcp.provider import GoogleCloud
from regionctl.sandbox.provider import Kinds

TABLES = sorted(Path(providers.__file__).parent.glob("gcp/*/facts.json"))
TOKENS = [token for table in TABLES for token in json.loads(table.read_text())["types"]]


def _emulation(token: str) -> Emulation:
    return GoogleCloud().emulation(package("gcp").schema(token))


def _shape_at(schema: TypeSchema, path: str) -> Shape | None:
    """The shape that a table's path leads to, None where it leads nowhere."""
    props = {**schema.outputs, **schema.inputs}
    shape: Shape | None = None
    for part in path.split("."):
        found: Property | None = props.get(part.removesuffix("[]"))
        shape = found.shape if found else None
        if shape is not None and part.endswith("[]"):
            shape = shape.element
        if shape is None:
            return None
        props = dict(schema.fields(shape))
    return shape


def _references() -> Iterator[tuple[str, str, str]]:
    for token in TOKENS:
        for reference in _emulation(token).references:
            yield from ((token, reference.path, target) for target in reference.to)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.parent.name)
def test_a_table_names_its_source_and_types_of_its_service(table: Path) -> None:
    content = json.loads(table.read_text())
    assert "8.0.0" in content["source"]
    assert content["types"]
    assert {package("gcp").types[token][0] for token in content["types"]} == {table.parent.name}


@pytest.mark.parametrize("token", TOKENS)
def test_what_an_emulation_puts_out_is_an_output_of_the_type(token: str) -> None:
    emulation, schema = _emulation(token), package("gcp").schema(token)
    named = emulation.outputs.keys() | emulation.mutable | emulation.secret
    assert named <= schema.outputs.keys()
    assert emulation.mutable <= emulation.outputs.keys()


@pytest.mark.parametrize(("token", "path", "target"), list(_references()))
def test_a_reference_is_a_string_of_the_type_and_leads_to_an_emulated_type(token: str, path: str, target: str) -> None:
    shape = _shape_at(package("gcp").schema(token), path)
    assert shape is not None
    assert shape.kind is Kind.STRING
    assert not _emulation(target).schema_only


@pytest.mark.parametrize("token", TOKENS)
def test_a_format_is_of_a_string(token: str) -> None:
    schema = package("gcp").schema(token)
    for path in _emulation(token).formats:
        shape = _shape_at(schema, path)
        assert shape is not None, path
        assert shape.kind is Kind.STRING, path


@pytest.mark.parametrize("token", TOKENS)
def test_a_default_has_the_type_of_its_property(token: str) -> None:
    kind = Kinds(GoogleCloud())[token]
    allowed: dict[Kind, type | tuple[type, ...]] = {
        Kind.STRING: str,
        Kind.BOOLEAN: bool,
        Kind.INTEGER: int,
        Kind.NUMBER: (int, float),
    }
    for path, value in kind.facts.default.items():
        shape = _shape_at(kind.schema, path)
        if shape is not None:  # a newer SDK may have dropped it
            assert isinstance(value, allowed[shape.kind]), path
