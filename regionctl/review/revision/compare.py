"""Two declarations of one stack, as the steps that an engine would take whose state is the first of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from regionctl.engine import Diagnostic, Kind, Op, Plan, Severity, Step
from regionctl.model.hints import stack_command
from regionctl.render import Declaration, Resource
from regionctl.render.plain import plain

from .changes import Replaced, Verdict, judge
from .dependents import forced_replacements
from .moves import old_urns
from .options import option_changes
from .symbols import shown_inputs


@dataclass(frozen=True, kw_only=True)
class StackFacts:
    """What a plan says of its stack besides its steps."""

    stack: str
    fleet: str
    region: str | None
    target: str


def compare(stack: StackFacts, base: Declaration | None, head: Declaration | None) -> Plan:
    """What the change from `base` to `head` does to one stack; None for the side that does not have it.

    The steps are in the order of the head's registrations, and what is deleted comes last. Secrets are masked. Pure.
    """
    nothing = Declaration(project="", stack=stack.stack, resources={}, outputs={})
    return Plan(
        stack=stack.stack,
        fleet=stack.fleet,
        region=stack.region,
        target=stack.target,
        kind=Kind.REVISION,
        steps=tuple(_Comparison(base or nothing, head or nothing).steps()),
        outputs=plain(head.outputs) if head else {},
        diagnostics=_gone(stack.stack) if head is None else (),
    )


def _gone(stack: str) -> tuple[Diagnostic, ...]:
    message = (
        f"{stack} is no longer declared. `up` deletes nothing of a stack that is not there: before this change,"
        f" run `{stack_command(stack, 'down')}`"
    )
    return (Diagnostic(stack=stack, severity=Severity.WARNING, message=message),)


class _Comparison:
    def __init__(self, base: Declaration, head: Declaration) -> None:
        self._base = base
        self._head = head
        self._old_urns = old_urns(base, head)
        self._new_urns = {old: new for new, old in self._old_urns.items()}
        self._replaced = Replaced(self._new_urns)
        self._forced: dict[str, tuple[str, ...]] = {}  # by URN in the base: what replaces it besides its own change
        self._done: set[str] = set()

    def steps(self) -> Iterator[Step]:
        for resource in self._head.resources.values():
            old_urn = self._old_urns.get(resource.urn)
            if old_urn is None:
                yield self._created(resource)
            else:
                yield from self._kept(self._base.resources[old_urn], resource)
        for resource in reversed(list(self._base.resources.values())):
            if resource.urn not in self._new_urns:
                yield _step(Op.DELETE, resource)

    def _created(self, resource: Resource) -> Step:
        if resource.read_id is not None:
            return _step(Op.READ, resource)
        if resource.options.import_id is not None:
            return _step(Op.IMPORT, resource)
        self._replaced.add(resource.urn)
        return _step(Op.CREATE, resource)

    def _kept(self, old: Resource, new: Resource) -> Iterator[Step]:
        if new.read_id is not None:
            if old.read_id != new.read_id:
                self._replaced.add(new.urn)
            yield _step(Op.READ, new)
            return
        verdict = judge(old, new, self._replaced).also(self._forced.get(old.urn, ()))
        self._done.add(old.urn)
        facts = self._facts(old, new, verdict)
        if not verdict.replace_keys:
            yield _step(Op.UPDATE if verdict.diff else Op.SAME, new, **facts)
            return
        self._replaced.add(new.urn, deleted_first=verdict.deleted_first)
        if verdict.deleted_first:
            self._forced.update(forced_replacements(old, self._base, self._done))
        order = [Op.DELETE_REPLACED, Op.REPLACE, Op.CREATE_REPLACEMENT]
        for op in order if verdict.deleted_first else reversed(order):
            yield _step(op, new, **facts)

    def _facts(self, old: Resource, new: Resource, verdict: Verdict) -> Mapping[str, Any]:
        return {
            "diff": verdict.diff,
            "replace_keys": verdict.replace_keys,
            "options": tuple(option_changes(old.options, new.options, self._new_urns)),
            "old_urn": old.urn if old.urn != new.urn else None,
        }


def _step(op: Op, resource: Resource, **facts: Any) -> Step:
    return Step(
        op=op,
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        parent=resource.parent,
        custom=resource.custom,
        protect=bool(resource.options.protect),
        inputs=shown_inputs(resource),
        **facts,
    )
