"""Compares the steps of a saved plan with those that the engine would take now.

They must be the same: operation, resource and inputs, secrets by their fingerprints. One thing may differ: what was
unknown when the plan was made may be known now, since a stack that it comes from has been applied in the same run. A
resource that was to be updated or replaced because of an unknown may then turn out to need less, never more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from regionctl.engine import Op, Plan, PropertyChange, StateMark
from regionctl.engine.state.state_digest import moved as state_moved
from regionctl.model import differences
from regionctl.model.urn import name_of
from regionctl.model.values import SECRET_MASK, UNKNOWN_MASK, get

from .document import OtherPlace, SavedPlan, SavedStack, SavedStep, moved_files, of_plan

_REPLACEMENT = (Op.REPLACE, Op.CREATE_REPLACEMENT)
_LESS: Mapping[Op, frozenset[Op]] = {
    Op.UPDATE: frozenset({Op.SAME}),
    Op.REPLACE: frozenset({Op.SAME, Op.UPDATE}),
}
_SHOWN = 60  # characters of a value


@dataclass(frozen=True)
class _Resource:
    """The steps on one resource: a replacement has three. `main` is the one with the inputs that it gets."""

    ops: tuple[Op, ...]
    main: SavedStep

    @property
    def has_unknown(self) -> bool:
        return differences.holds_unknown(self.main.inputs) or UNKNOWN_MASK in self.main.fingerprints.values()


def compare(saved: SavedStack, plan: Plan) -> list[str]:
    """What differs, a line each; empty where the steps are those that were saved."""
    was, now = _by_urn(saved.steps), _by_urn(of_plan(plan, saved.mark, saved.config).steps)
    lines = [line for urn in sorted({*was, *now}) for line in _resource(was.get(urn), now.get(urn))]
    lines += [
        f"the output {change.path} would be {_text(change.new)}, planned was {_text(change.old)}"
        for change in _changes(saved.outputs, plan.outputs)
    ]
    return [f"{saved.stack}: {line}" for line in lines]


def _by_urn(steps: Iterable[SavedStep]) -> dict[str, _Resource]:
    grouped: dict[str, list[SavedStep]] = {}
    for step in steps:
        grouped.setdefault(step.urn, []).append(step)
    return {
        urn: _Resource(
            ops=tuple(step.op for step in of_one),
            main=next((step for step in of_one if step.op in _REPLACEMENT), of_one[0]),
        )
        for urn, of_one in grouped.items()
    }


def _resource(was: _Resource | None, now: _Resource | None) -> Iterator[str]:
    if was is None or now is None:
        there = was or now
        assert there is not None
        name, op = _name(there), there.main.op
        yield f"{name} would not be there any more, planned was {op}" if was else f"{name} would be new: {op}"
        return
    if was.ops != now.ops and not _is_less(was, now):
        yield f"{_name(now)} would get: {_words(now.ops)}; planned was: {_words(was.ops)}"
    for change in _changes(was.main.inputs, now.main.inputs):
        yield f"{_name(now)}: {change.path} would be {_text(change.new)}, planned was {_text(change.old)}"
    for path in _other_secrets(was.main, now.main):
        yield f"{_name(now)}: the secret {path} is not the one that was planned"


def _is_less(was: _Resource, now: _Resource) -> bool:
    return was.has_unknown and now.main.op in _LESS.get(_operation(was), ())


def _operation(resource: _Resource) -> Op:
    return Op.REPLACE if resource.main.op in _REPLACEMENT else resource.main.op


def _changes(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[PropertyChange]:
    return (change for change in differences.changes(was, now) if change.old != UNKNOWN_MASK)


def _other_secrets(was: SavedStep, now: SavedStep) -> Iterator[str]:
    for path in sorted({*was.fingerprints, *now.fingerprints}):
        planned = was.fingerprints.get(path, UNKNOWN_MASK if get(was.inputs, path) == UNKNOWN_MASK else None)
        if planned not in {UNKNOWN_MASK, now.fingerprints.get(path)}:
            yield path


def _name(resource: _Resource) -> str:
    return name_of(resource.main.urn)


def _words(ops: tuple[Op, ...]) -> str:
    if Op.REPLACE not in ops:
        return ", ".join(ops)
    return "replace, created first" if ops[0] is Op.CREATE_REPLACEMENT else "replace, deleted first"


def _text(value: Any) -> str:
    if value is None:
        return "absent"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


@dataclass(frozen=True, kw_only=True)
class Now:
    """The same things as they are now. `states` and `configs` have each stack of the fleet that the plan names."""

    time: datetime
    files: Mapping[str, str]
    tools: Mapping[str, str]
    states: Mapping[str, StateMark]
    configs: Mapping[str, Mapping[str, str]]


def check_place(plan: SavedPlan, path: str, *, fleet: str, target: str, backend: str) -> None:
    """Raises OtherPlace where the plan is for another fleet, target or state than this one."""
    for what, planned, here in (
        ("fleet", plan.fleet, fleet),
        ("target", plan.target, target),
        ("state", plan.backend, backend),
    ):
        if planned != here:
            raise OtherPlace(path, what, planned, here)


def check(plan: SavedPlan, now: Now) -> list[str]:
    """Everything that moved, a line each; empty where the plan still holds."""
    return [
        *expired(plan, now.time),
        *moved_files(plan.files, now.files),
        *_moved_tools(plan.tools, now.tools),
        *_moved_states(plan, now.states),
        *_moved_configs(plan, now.configs),
    ]


def expired(plan: SavedPlan, now: datetime) -> list[str]:
    """A line where the plan is too old."""
    if plan.holds_at(now):
        return []
    return [f"it expired {_span(now - plan.expires)} ago, at {plan.expires:%Y-%m-%d %H:%M %Z}"]


def _moved_tools(planned: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    return [
        f"{name} is {found.get(name, 'not there')}, the plan was made with {planned.get(name, 'none')}"
        for name in sorted({*planned, *found})
        if planned.get(name) != found.get(name)
    ]


def _moved_states(plan: SavedPlan, found: Mapping[str, StateMark]) -> list[str]:
    lines = []
    for saved in plan.stacks:
        mark = found.get(saved.stack)
        if mark is None:
            lines.append(f"{saved.stack} is no stack of the fleet any more")
        elif mark.digest != saved.state:
            lines.append(state_moved(saved.stack, saved.mark, mark))
    return lines


def _moved_configs(plan: SavedPlan, found: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [
        f"{key} in the config of {saved.stack} changed since the plan"
        for saved in plan.stacks
        for key in sorted({*saved.config, *found.get(saved.stack, saved.config)})
        if saved.config.get(key) != found.get(saved.stack, saved.config).get(key)
    ]


def _span(time: timedelta) -> str:
    """`3 min`, `2 h`, `4 d`: the largest unit that fits, rounded down."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


def changed_outputs(plan: Plan, held: Mapping[str, Any]) -> tuple[str, ...]:
    """The outputs that the stack holds and that would be others, or cannot be known before. Secrets cannot be told."""
    return tuple(
        name
        for name, value in sorted(held.items())
        if name in plan.outputs and value != SECRET_MASK and plan.outputs[name] != value
    )
