"""What the tables say holds for each type: which inputs are refused, and what a change does.

The expected answers follow from the provider's schema as the tables have it, for every type alike.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from regionctl import providers
from regionctl.model.path import Path as PropertyPath
from regionctl.model.path import show as show_path
from regionctl.model.values import paths_at, value_at
from regionctl.model.wire import Bag, Value
from regionctl.providers.check import Checked, check
from regionctl.providers.coercion import Plugin
from regionctl.providers.comparisons import same_as
from regionctl.providers.constraints import FORMATS
from regionctl.providers.defaults import DEFAULTS, Naming
from regionctl.providers.diff import Difference, diff
from regionctl.providers.schema import Kind
from regionctl.sandbox.emulation import TypeKind
from tests.sandbox.samples import Sample, Samples

TABLES = sorted(Path(providers.__file__).parent.glob("**/facts.json"))
TOKENS = [token for table in TABLES for token in json.loads(table.read_text())["types"]]
# The API answers with the project's number where a program wrote the id, and the provider compares the texts.
_ANSWERED_OTHERWISE = {"mtlsPolicy.clientValidationTrustConfig"}
_NAMING = Naming(urn_name="sample", seed=b"seed")
_OTHER: Final[Mapping[Kind, Callable[[Any], Value]]] = {
    Kind.STRING: lambda value: f"{value}x",
    Kind.INTEGER: lambda value: value + 1,
    Kind.NUMBER: lambda value: value + 1,
}


class Case:
    """A resource that was made, with the inputs of a program that says as much as it can."""

    def __init__(self, token: str, data: Path) -> None:
        samples = Samples.of(token.partition(":")[0], data)
        self.sample: Sample = samples.make(token, wide=True)
        self.kind: TypeKind = samples.clouds.kinds[token]
        self.given: dict[str, Any] = _without_defaults(self.sample.inputs.values)

    def check(self, given: Mapping[str, Value]) -> Checked:
        return check(self.kind.check_rules, Bag(dict(given)), self.sample.inputs, _NAMING)

    def refuses(self, path: PropertyPath, value: Value) -> bool:
        failures = self.check(_with(self.given, path, value)).failures
        return any(failure.path == show_path(path) for failure in failures)

    def diff(self, given: Mapping[str, Value]) -> Difference:
        return diff(
            self.kind.diff_rules,
            old_inputs=self.sample.inputs.values,
            state=self.sample.made.outputs.values,
            news=self.check(given).inputs.values,
        )


@pytest.fixture
def case(request: pytest.FixtureRequest, data: Path) -> Case:
    return Case(request.param, data)


every_type = pytest.mark.parametrize("case", TOKENS, indirect=True)


@every_type
def test_what_a_validator_does_not_take_is_refused(case: Case) -> None:
    accepted = [
        (show_path(path), value)
        for fact, value in _wrong_values(case.kind)
        for path in paths_at(case.given, fact)
        if not case.refuses(path, value)
    ]
    assert accepted == []


@every_type
def test_a_resource_as_it_was_made_has_no_difference(case: Case) -> None:
    changed = {show_path(change.path) for change in case.diff(case.given).changes}
    assert changed <= _ANSWERED_OTHERWISE


@every_type
def test_a_change_replaces_exactly_where_the_table_says_so(case: Case) -> None:
    facts, wrong = case.kind.facts, []
    for name, prop in case.kind.schema.inputs.items():
        other = _OTHER.get(prop.shape.kind)
        value = case.given.get(name)
        if other is None or value is None or name in facts.write_only or name in case.kind.diff_rules.comparisons:
            continue
        changes = case.diff({**case.given, name: other(value)}).changes
        expected = name in facts.replace | facts.replace_if_given
        if [change.replaces for change in changes if change.path == (name,)] != [expected]:
            wrong.append((name, changes))
    assert wrong == [] or case.kind.emulation.decisions or case.kind.emulation.ignored


@every_type
def test_what_the_cloud_chooses_or_has_a_default_may_be_left_out(case: Case) -> None:
    facts = case.kind.facts
    for name in facts.computed & case.given.keys() - facts.default.keys():
        if case.kind.schema.inputs[name].shape.kind not in _OTHER:
            continue
        fewer = {key: value for key, value in case.given.items() if key != name}
        assert not any(change.path[0] == name for change in case.diff(fewer).changes), name
    for name, default in facts.default.items():
        if "." in name or name not in case.given:
            continue
        kept = {**case.sample.made.outputs.values, name: default}
        fewer = {key: value for key, value in case.given.items() if key != name}
        news = case.check(fewer).inputs.values
        found = diff(case.kind.diff_rules, old_inputs={}, state=kept, news=news)
        assert not any(change.path[0] == name for change in found.changes), name


@every_type
def test_a_name_that_a_program_no_longer_gives_stays(case: Case) -> None:
    for name in case.kind.auto_names:
        fewer = {key: value for key, value in case.given.items() if key != name}
        checked = check(case.kind.check_rules, Bag(fewer), case.sample.inputs, _NAMING)
        assert checked.inputs.values[name] == case.sample.inputs.values[name]
        assert name in checked.inputs.values[DEFAULTS]


@every_type
def test_a_value_of_a_kind_that_the_bridge_converts_is_taken_with_a_warning(case: Case) -> None:
    sdk = case.kind.plugin is Plugin.SDK
    for name, prop in case.kind.schema.inputs.items():
        value = case.given.get(name)
        match prop.shape.kind:
            case Kind.INTEGER if isinstance(value, int):
                given: Value = str(value)
            case Kind.BOOLEAN if isinstance(value, bool) and sdk:
                given = str(value).lower()
            case Kind.LIST if isinstance(value, list) and len(value) == 1 and sdk and not isinstance(value[0], list):
                given = value[0]
            case _:
                continue
        checked = case.check({**case.given, name: given})
        assert checked.failures == ()
        assert checked.inputs.values[name] == case.sample.inputs.values[name]
        assert [warning.path for warning in checked.warnings] == [name]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.parent.name)
def test_a_table_names_formats_and_comparisons_that_there_are(table: Path) -> None:
    for row in json.loads(table.read_text())["types"].values():
        assert set(row.get("format", {}).values()) <= {*FORMATS, "label-keys"}
        assert all(callable(same_as(name)) for name in row.get("same", {}).values())


def _wrong_values(kind: TypeKind) -> Iterator[tuple[str, Value]]:
    facts = kind.facts
    for fact, choices in facts.enum.items():
        if all(isinstance(choice, str) for choice in choices):
            yield fact, "no such choice"
    for fact, bounds in facts.range.items():
        lows = [low for low, _ in bounds if low is not None]
        highs = [high for _, high in bounds if high is not None]
        yield from ((fact, min(lows) - 1) for _ in lows[:1])
        yield from ((fact, max(highs) + 1) for _ in highs[:1])
    for fact, (least, most) in facts.length.items():
        yield from ((fact, "") for _ in range(1) if least)
        yield from ((fact, "x" * int(most + 1)) for _ in range(1) if most is not None)
    yield from ((fact, "{not so}") for fact, name in facts.format.items() if name in FORMATS)


def _with(values: Mapping[str, Any], path: PropertyPath, value: Value) -> dict[str, Any]:
    changed = copy.deepcopy(dict(values))
    value_at(changed, path[:-1])[path[-1]] = value
    return changed


def _without_defaults(value: Value) -> Any:
    """What a program gives: without what a check filled in."""
    if isinstance(value, dict):
        filled = value.get(DEFAULTS, ())
        return {key: _without_defaults(item) for key, item in value.items() if key != DEFAULTS and key not in filled}
    return [_without_defaults(item) for item in value] if isinstance(value, list) else value
