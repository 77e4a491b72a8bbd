"""What changes of one resource, whether that replaces it, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from regionctl.engine import ChangeKind, PropertyChange
from regionctl.model.path import Path
from regionctl.model.path import show as show_path
from regionctl.model.values import SECRET_MASK, UNKNOWN, UNKNOWN_MASK, value_at
from regionctl.providers.changes import Change
from regionctl.providers.diff import Difference
from regionctl.render import Resource, Secret, Symbol, Unknown, Value
from regionctl.sandbox.declared import Declared, cloud_chooses, difference

from .options import covers, with_ignored
from .symbols import Meaning, shown_inputs, symbols, unknowns

_DEFAULT_PROVIDER = "::default"  # providers that the engine makes: pulumi:providers:gcp::default_10_2_0


_NOTHING = Difference(changes=(), delete_before_replace=False)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What changes, what of it replaces (nothing: an update), and whether the old resource goes first then."""

    diff: tuple[PropertyChange, ...] = ()
    replace_keys: tuple[str, ...] = ()
    deleted_first: bool = False

    def also(self, forced: tuple[str, ...]) -> Verdict:
        """The same for a resource that goes before another one, because of these properties."""
        if not forced:
            return self
        return replace(self, replace_keys=tuple(dict.fromkeys((*self.replace_keys, *forced))), deleted_first=True)


class Replaced:
    """The resources of the head that will be made anew, as they are found: those before it in the program's order.

    `urns` gives the URN in the head of a resource of the base.
    """

    def __init__(self, urns: Mapping[str, str]) -> None:
        self.urns = urns
        self._fresh: set[str] = set()
        self._deleted_first: set[str] = set()
        self.before = Meaning(urns)
        self.after = Meaning({}, self._fresh)

    def add(self, urn: str, *, deleted_first: bool = False) -> None:
        self._fresh.add(urn)
        if deleted_first:
            self._deleted_first.add(urn)

    def __contains__(self, urn: str) -> bool:
        return urn in self._fresh

    def surely_changes(self, symbol: Symbol) -> bool:
        """Whether an input that held this symbol before surely holds another value now.

        An id is another one. And what depends on a resource that is deleted first is deleted before that, where an
        unknown value would replace it: `calculateDependentReplacements` in pkg/resource/deploy/step_generator.go.
        """
        return symbol.source in self._deleted_first or (symbol.source in self._fresh and symbol.property == "id")


def judge(old: Resource, new: Resource, replaced: Replaced) -> Verdict:
    """What the change does to a resource that both revisions have. Pure."""
    given = with_ignored(old.inputs, new.inputs, new.options.ignore_changes)
    before = replaced.before.inputs(old.inputs, old.property_dependencies)
    after = replaced.after.inputs(given, new.property_dependencies)
    same = before == after and not unknowns(after)
    found = _NOTHING if same else difference(new.type, Declared(old.name, before), Declared(new.name, after))
    diff = _told(found, old, replace(new, inputs=given), after, replaced) if found.changes else ()
    keys = (*(change.path for change in diff if change.replaces), *_other_reasons(old, new, replaced))
    first = new.options.delete_before_replace
    return Verdict(
        diff=diff,
        replace_keys=keys,
        deleted_first=found.delete_before_replace if first is None else first,
    )


def _told(
    found: Difference, old: Resource, new: Resource, after: Mapping[str, Any], replaced: Replaced
) -> tuple[PropertyChange, ...]:
    shown = _Shown(old, new, after, replaced)
    return tuple(_as_asked(new, shown.change(change)) for change in found.changes)


def _as_asked(resource: Resource, change: PropertyChange) -> PropertyChange:
    """The change, which replaces where `replaceOnChanges` names it."""
    if change.replaces or not any(covers(path, change.path) for path in resource.options.replace_on_changes):
        return change
    return replace(change, kind=ChangeKind(f"{change.kind}-replace"))


def _other_reasons(old: Resource, new: Resource, replaced: Replaced) -> Iterator[str]:
    """What replaces besides inputs: another provider, and `replaceWith`.

    A default provider may be another one, a provider of the program may not: `providerChanged` in
    pkg/resource/deploy/step_generator.go.
    """
    was = replaced.urns.get(old.options.provider or "", old.options.provider)
    if was != new.options.provider and not (_is_default(was) and _is_default(new.options.provider)):
        yield "provider"
    if any(urn in replaced for urn in new.options.replace_with):
        yield "replaceWith"


def _is_default(provider: str | None) -> bool:
    return provider is None or _DEFAULT_PROVIDER in provider


class _Shown:
    """Changes as people see them, and how sure they are."""

    def __init__(self, old: Resource, new: Resource, after: Mapping[str, Any], replaced: Replaced) -> None:
        self._old = old
        self._new = new
        self._after = after
        self._replaced = replaced
        self._was = shown_inputs(old)
        self._becomes = shown_inputs(new)

    def change(self, change: Change) -> PropertyChange:
        old, new = _at(self._old.inputs, change.path), _at(self._new.inputs, change.path)
        becomes = value_at(self._becomes, change.path)
        unknown = value_at(self._after, change.path) is UNKNOWN and becomes != SECRET_MASK
        return PropertyChange(
            path=show_path(change.path),
            kind=ChangeKind(f"{change.kind}-replace" if change.replaces else change.kind),
            old=value_at(self._was, change.path),
            new=UNKNOWN_MASK if unknown else becomes,
            certain=self._certain(old, new, change.path),
        )

    def _certain(self, old: Value, new: Value, path: Path) -> bool:
        """Whether the two values surely differ."""
        if old is None or new is None:
            return new is None or not cloud_chooses(self._new.type, path)
        before = {self._replaced.before.symbol(symbol) for symbol in symbols(old)}
        after = set(symbols(new))
        if any(self._replaced.surely_changes(symbol) for symbol in before & after):
            return True
        if unknowns(old) or unknowns(new):
            return False
        if not before and not after:
            return True
        # Two resources have no property in common by chance; one resource's id and name may say the same.
        return bool(before and after) and {s.source for s in before} != {s.source for s in after}


def _at(value: Value, path: Path) -> Value:
    """The value at a path; the secret or unknown value that it lies within."""
    for key in path:
        if isinstance(value, Secret | Unknown):
            return value
        value = value_at(value, (key,))
    return value
