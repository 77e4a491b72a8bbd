"""The emulated providers take what our programs declare as it is: nothing is refused, converted or ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from regionctl.model.values import UNKNOWN
from regionctl.model.wire import Bag
from regionctl.providers.check import check
from regionctl.providers.defaults import Naming
from regionctl.providers.facts import facts_of
from regionctl.render import Asset, Reference, Secret, Symbolic, Unknown, render
from regionctl.sandbox.providers import PROVIDERS, kinds_of
from tests.inventories import all_programs

PROGRAMS = all_programs()


@pytest.mark.parametrize("stack", PROGRAMS)
def test_a_declaration_is_taken_without_a_warning(stack: str) -> None:
    for resource in render(PROGRAMS[stack]).resources.values():
        provider = resource.type.partition(":")[0]
        if provider not in PROVIDERS:
            continue
        kind = kinds_of(provider)[resource.type]
        assert not facts_of(kind.schema).schema_only, resource.type
        inputs = _known(resource.inputs)
        checked = check(kind.check_rules, Bag(inputs), Bag({}), Naming(urn_name=resource.name, seed=b"seed"))
        assert (checked.failures, checked.warnings) == ((), ()), resource.urn


def _known(value: Any) -> Any:
    """The value as the provider gets it in a first plan, secrets without their mark."""
    match value:
        case Symbolic() | Unknown() | Reference() | Asset():
            return UNKNOWN
        case Secret():
            return _known(value.value)
        case Mapping():
            return {name: _known(item) for name, item in value.items()}
        case list() | tuple():
            return [_known(item) for item in value]
    return value
