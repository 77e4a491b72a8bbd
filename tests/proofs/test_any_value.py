"""Whatever a program declares, residency and baseline give findings and never raise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regionctl.model.path import Path, show
from regionctl.proofs import Check, baseline, residency
from regionctl.render import UNKNOWN, Asset, Reference, Secret, Symbol, Symbolic
from tests.proofs.changes import AUTH, EDGE, REGION, Sets, changed, organised
from tests.proofs.evidence import custom

SYMBOL = (Symbol("urn:pulumi:s::p::t::nobody", "id"),)
VALUES = st.one_of(
    st.sampled_from(
        [
            UNKNOWN,
            Symbolic("${nobody.id}", SYMBOL),
            Symbolic("projects/${nobody.id}-1", SYMBOL),
            Secret("s"),
            Secret(UNKNOWN),
            Asset("text", "x"),
            Reference("urn:none"),
            [UNKNOWN],
            {"name": UNKNOWN},
        ]
    ),
    st.recursive(
        st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
)


def paths(value: object, path: Path = ()) -> Iterator[str]:
    """Every path into a value."""
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield show((*path, key))
        yield from paths(inner, (*path, key))


@cache
def places() -> list[tuple[str, str, str]]:
    """Every property of three stacks: the stack, the logical name, the path."""
    return [
        (stack, resource.name, path)
        for stack in (REGION, AUTH, EDGE)
        for resource in custom(organised(), stack)
        if len(organised().renders[stack].named(resource.name)) == 1
        for path in paths(resource.inputs)
    ]


@pytest.mark.parametrize("check", [baseline.CHECK, residency.CHECK], ids=lambda check: check.name)
@given(place=st.deferred(lambda: st.sampled_from(places())), value=VALUES)
def test_any_value_anywhere_gives_findings(check: Check, place: tuple[str, str, str], value: Any) -> None:
    stack, name, path = place
    evidence = changed(stack, Sets(name, path, value))
    findings = list(check.run(evidence))
    assert check.report is not None
    assert check.report(evidence, findings)
