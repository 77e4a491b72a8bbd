"""The steps of a saved plan against those that the engine would take now.

They must be the same: operation, resource and inputs, secrets by their fingerprints. One thing may differ: what was
unknown when the plan was made may be known now, since a stack that it comes from has been applied in the same run. A
resource that was to be updated or replaced because of an unknown may then turn out to need less, never more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from regionctl.engine import Op, Plan, PropertyChange
from regionctl.model import differences
from regionctl.model.urn import name_of
from regionctl.model.values import UNKNOWN_MASK, get

from .document import SavedStack, SavedStep, of_plan

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
