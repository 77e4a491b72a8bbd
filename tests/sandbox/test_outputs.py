"""What an emulated create or update puts out, the real provider could take back as state without a change."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from regionctl.model.path import Path as PropertyPath
from regionctl.model.path import pattern_of
from regionctl.model.path import show as show_path
from regionctl.model.values import is_asset, paths_at
from regionctl.model.wire import Bag, Value
from regionctl.providers.schema import Kind, Property, Shape
from regionctl.sandbox.emulation import TypeKind
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.session import Made
from tests.sandbox.samples import Refused, Samples
from tests.sandbox.test_any_inputs import TOKENS

_TIME = re.compile(r"(Time|Timestamp|On|At)$")
# The API answers with the project's number whatever was given, and the provider compares it as text.
_DIFFERS = {"mtlsPolicy.clientValidationTrustConfig"}
_ANYTHING = Shape(kind=Kind.ANY)
_SCALARS: Mapping[Kind, type | tuple[type, ...]] = {
    Kind.STRING: str,
    Kind.BOOLEAN: bool,
    Kind.INTEGER: int,
    Kind.NUMBER: (int, float),
}


def _mistakes(kind: TypeKind, given: Mapping[str, Value], outputs: Bag) -> list[str]:
    found = [
        *_in_object(kind, outputs.values, kind.schema.outputs, given, ()),
        *(f"{name} is made up, and no cloud chooses it" for name in _not_chosen(kind, given, outputs.values)),
    ]
    shown = (path for fact in kind.facts.secret for path in paths_at(outputs.values, fact))
    open_ = (path for path in shown if not any(path[: len(secret)] == secret for secret in outputs.secrets))
    return [*found, *(f"{show_path(path)} is not secret" for path in open_)]


def _not_chosen(kind: TypeKind, given: Value, outputs: Value, path: PropertyPath = ()) -> Iterator[str]:
    """What was not given and the cloud does not choose: the provider would take it away again."""
    if isinstance(outputs, list):
        for i, item in enumerate(outputs):
            yield from _not_chosen(
                kind, given[i] if isinstance(given, list) and i < len(given) else None, item, (*path, i)
            )
    if not isinstance(outputs, dict) or is_asset(outputs):
        return
    for name, value in outputs.items():
        here = (*path, name)
        said = given.get(name) if isinstance(given, dict) else None
        fact = pattern_of(here)
        if fact in kind.facts.output:
            continue
        if said is not None:
            yield from _not_chosen(kind, said, value, here)
        elif not path and name not in kind.schema.inputs:
            continue
        elif fact not in {*kind.facts.computed, *kind.facts.default, "id"}:
            yield show_path(here)


def _in_object(
    kind: TypeKind, values: Mapping[str, Value], props: Mapping[str, Property], given: Any, path: PropertyPath
) -> Iterator[str]:
    for name, value in values.items():
        here = (*path, name)
        if name.startswith("__") or here == ("id",):
            continue  # the provider's own notes, which the SDK does not name
        if name not in props:
            yield f"{show_path(here)} is unknown"
        else:
            said = given.get(name) if isinstance(given, Mapping) else None
            yield from _in_value(kind, value, props[name].shape, said, here)
    if path:
        for name, prop in props.items():
            if prop.required and name not in values:
                yield f"{show_path((*path, name))} is missing"


def _in_value(kind: TypeKind, value: Value, shape: Shape, given: Any, path: PropertyPath) -> Iterator[str]:
    match shape.kind:
        case Kind.OBJECT if isinstance(value, dict):
            fields = kind.schema.fields(shape)
            yield from _in_object(kind, value, fields, given, path) if fields else ()
        case Kind.LIST if isinstance(value, list):
            for i, item in enumerate(value):
                said = given[i] if isinstance(given, list) and i < len(given) else None
                yield from _in_value(kind, item, shape.element or _ANYTHING, said, (*path, i))
        case Kind.MAP if isinstance(value, dict):
            for key, item in value.items():
                yield from _in_value(kind, item, shape.element or _ANYTHING, None, (*path, key))
        case Kind.ASSET if is_asset(value):
            return
        case Kind.ANY:
            return
        case _ if shape.kind in _SCALARS and _is_a(value, _SCALARS[shape.kind]):
            if value != given:
                yield from _made_up(kind, value, path)
        case _:
            yield f"{show_path(path)} is {value!r}, no {shape}"


def _is_a(value: Value, wanted: type | tuple[type, ...]) -> bool:
    return isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))


def _made_up(kind: TypeKind, value: Value, path: PropertyPath) -> Iterator[str]:
    """What is wrong with a value that nobody gave."""
    fact = pattern_of(path)
    choices = kind.facts.enum.get(fact)
    if value == "" and _TIME.search(str(path[-1])):
        yield f"{show_path(path)} is a time without a value"
    elif choices and value not in choices:
        yield f"{show_path(path)} is {value!r}, not one of {choices}"
    elif value in ("", 0, False) and fact in kind.facts.computed:
        yield f"{show_path(path)} is {value!r}, where the API would answer with nothing"


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("wide", [False, True], ids=["as little as goes", "as much as goes"])
def test_outputs_are_state_of_the_real_provider(token: str, wide: bool, data: Path) -> None:
    samples = Samples.of(token.partition(":")[0], data)
    try:
        sample = samples.make(token, wide=wide)
    except Refused:  # an API asks for more than the SDK does
        return
    kind, clouds = samples.kind(token), samples.clouds
    made: Made = sample.made
    assert _mistakes(kind, sample.inputs.values, made.outputs) == []
    found = clouds.diff(token, old_inputs=sample.inputs.values, state=made.outputs.values, news=sample.inputs.values)
    assert [show_path(change.path) for change in found.changes if show_path(change.path) not in _DIFFERS] == []
    with contextlib.suppress(CloudError):  # a job is not run again by the same token
        again = clouds.update(sample.asked, made.id, sample.inputs, made.outputs)
        assert _mistakes(kind, sample.inputs.values, again) == []


def test_cloudflares_state_says_the_version_of_its_schema_and_its_id(data: Path) -> None:
    samples = Samples.of("cloudflare", data)
    script = samples.make("cloudflare:index/workersScript:WorkersScript")
    assert json.loads(script.made.outputs.values["__meta"]) == {"schema_version": "500"}
    assert script.made.outputs.values["id"] == script.made.id


@pytest.mark.parametrize(
    ("token", "attributed"),
    [("gcp:compute/forwardingRule:ForwardingRule", False), ("gcp:compute/address:Address", True)],
)
def test_pulumis_label_is_where_the_provider_puts_it(token: str, attributed: bool, data: Path) -> None:
    made = Samples.of("gcp", data).make(token).made.outputs.values
    assert ("goog-pulumi-provisioned" in made["effectiveLabels"]) is attributed
