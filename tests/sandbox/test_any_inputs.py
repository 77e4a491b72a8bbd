"""Whatever a program leaves out, an emulated cloud makes the resource or says why not: it never fails itself."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from regionctl import providers
from regionctl.model.wire import Bag, Value
from regionctl.providers.schema import package
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.providers import PROVIDERS
from tests.sandbox.samples import Refused, Samples

TABLES = sorted(Path(providers.__file__).parent.glob("**/facts.json"))
TOKENS = [token for table in TABLES for token in json.loads(table.read_text())["types"]]


# Every tenth type of the SDKs that has no table: they are known from their classes alone.
OTHERS = [
    token for provider in PROVIDERS for token in sorted(package(provider).types)[::10] if token not in frozenset(TOKENS)
]


def _without_one(value: Value, depth: int = 3) -> Iterator[Value]:
    """The value without one of the properties in it, for each of them."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name.startswith("__"):
                continue
            yield {key: other for key, other in value.items() if key != name}
            if depth:
                yield from ({**value, name: shorter} for shorter in _without_one(item, depth - 1))
    elif isinstance(value, list) and depth:
        for i, item in enumerate(value):
            yield from ([*value[:i], shorter, *value[i + 1 :]] for shorter in _without_one(item, depth - 1))


@pytest.mark.parametrize("token", TOKENS)
def test_any_property_may_be_absent(token: str, data: Path) -> None:
    samples = Samples.of(token.partition(":")[0], data)
    full = samples.make(token, wide=True)
    attempts = [samples.attempt(full, inputs) for inputs in _without_one(full.inputs.values)]
    assert attempts


@pytest.mark.parametrize("token", TOKENS)
def test_a_resource_lives_with_what_it_cannot_do_without(token: str, data: Path) -> None:
    samples = Samples.of(token.partition(":")[0], data)
    clouds, full = samples.clouds, samples.make(token, wide=True)
    kind = clouds.kinds[token]
    fewer = {
        name: value
        for name, value in full.inputs.values.items()
        if not name.startswith("__") and (name in {*kind.facts.replace, "name"} or kind.schema.inputs[name].required)
    }
    outputs = clouds.update(full.asked, full.made.id, Bag(fewer), full.made.outputs)
    assert clouds.read(full.asked, full.made.id, outputs, Bag(fewer))
    assert clouds.read(full.asked, full.made.id, Bag({}), Bag({}))
    with contextlib.suppress(CloudError):  # it is protected
        clouds.delete(full.asked, full.made.id, outputs)


@pytest.mark.parametrize("token", TOKENS)
def test_a_resource_is_made_of_what_it_cannot_do_without(token: str, data: Path) -> None:
    with contextlib.suppress(Refused):  # an API asks for more than the SDK does
        Samples.of(token.partition(":")[0], data).make(token)


@pytest.mark.parametrize("token", OTHERS)
def test_a_type_that_is_known_from_its_class_alone_lives_and_stays_the_same(token: str, data: Path) -> None:
    samples = Samples.of(token.partition(":")[0], data)
    clouds, sample = samples.clouds, samples.make(token)
    made, given = sample.made, sample.inputs
    assert clouds.diff(token, old_inputs=given.values, state=made.outputs.values, news=given.values).changes == ()
    outputs = clouds.update(sample.asked, made.id, given, made.outputs)
    assert clouds.read(sample.asked, made.id, outputs, given)
    assert clouds.read(sample.asked, made.id, Bag({}), Bag({}))
    clouds.delete(sample.asked, made.id, outputs)
