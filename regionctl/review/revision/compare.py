"""Compares two declarations of one stack: the steps that an engine would take whose state is the first of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from regionctl.engine import Diagnostic, Kind, Op, Plan, Severity, Step
from regionctl.model.hints import stack_command
from regionctl.model.urn import Urn, name_of, root, type_of
from regionctl.model.values import UNKNOWN
from regionctl.render import Alias, Declaration, Resource
from regionctl.render.plain import plain
from regionctl.sandbox.declared import Declared, difference

from .changes import Meaning, Replaced, Verdict, judge, option_changes, shown_inputs


# As the engine finds a resource in its state: `generateAliases`, `inheritedChildAlias` and `collapseAliasToUrn` in
# pkg/resource/deploy/step_generator.go of pulumi v3.259.0.
def old_urns(base: Declaration, head: Declaration) -> Mapping[str, str]:
    """The URN in the base of each resource of the head that the base has, as itself or under an alias."""
    return _Moves(base, head).found


class _Moves:
    def __init__(self, base: Declaration, head: Declaration) -> None:
        self.found: dict[str, str] = {}
        self._head = head
        taken: set[str] = set()
        for resource in head.resources.values():  # parents first
            candidates = (resource.urn, *self._aliases(resource))
            urn = next((urn for urn in candidates if urn in base.resources and urn not in taken), None)
            if urn is not None:
                self.found[resource.urn] = urn
                taken.add(urn)

    def _aliases(self, resource: Resource) -> Iterator[str]:
        own = [self._urn_of(resource, alias) for alias in resource.options.aliases]
        yield from own
        parent = resource.parent
        moved = self.found.get(parent) if parent else None
        if parent is None or moved is None or moved == parent:
            return
        yield _inherited(resource.type, resource.name, parent, moved)
        for urn in own:
            yield _inherited(type_of(urn), name_of(urn), parent, moved)

    def _urn_of(self, resource: Resource, alias: Alias) -> str:
        if alias.urn:
            return alias.urn
        parent = None if alias.no_parent else alias.parent_urn or resource.parent
        if parent:
            parent = self.found.get(parent, parent)
        stack, project = alias.stack or self._head.stack, alias.project or self._head.project
        above = Urn.parse(parent) if parent else root(stack, project)
        child = above.child(alias.type or resource.type, alias.name or resource.name)
        return str(replace(child, stack=stack, project=project))


def _inherited(type_: str, name: str, parent: str, old_parent: str) -> str:
    """The URN below the parent's old one. A name that starts with the parent's is taken to be made from it."""
    if name.startswith(name_of(parent)):
        name = name_of(old_parent) + name.removeprefix(name_of(parent))
    return str(Urn.parse(old_parent).child(type_, name))


def forced_replacements(root: Resource, base: Declaration, done: Set[str]) -> Mapping[str, tuple[str, ...]]:
    """The resources of the base that are replaced because `root` is deleted before it is made again, each with the
    properties that say so: those that depend on what goes would replace it if they were unknown.

    `done`: the URNs that the engine is through with. As `calculateDependentReplacements` in
    pkg/resource/deploy/step_generator.go of pulumi v3.259.0, which looks at dependencies and not at values.
    """
    replaced = {root.urn}
    found: dict[str, tuple[str, ...]] = {}
    for resource in base.resources.values():  # what another depends on comes before it
        if resource.urn not in done and resource.custom and resource.read_id is None:
            keys = _forcing(resource, replaced)
            if keys:
                found[resource.urn] = keys
                replaced.add(resource.urn)
    return found


def _forcing(resource: Resource, replaced: Set[str]) -> tuple[str, ...]:
    if resource.options.provider in replaced:
        return ("provider",)
    dependencies = resource.property_dependencies
    affected = [key for key in resource.inputs if not replaced.isdisjoint(dependencies.get(key, ()))]
    if not affected:
        return ()
    before = Meaning({}).inputs(resource.inputs, {})
    after = {**before, **dict.fromkeys(affected, UNKNOWN)}
    return difference(resource.type, Declared(resource.name, before), Declared(resource.name, after)).replaces


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
