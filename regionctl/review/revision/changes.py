"""Judges what changes of one resource (inputs and options), whether that replaces it, and how sure that is.

Symbols that mean the same are equal in both revisions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from regionctl.engine import ChangeKind, PropertyChange
from regionctl.model.path import Each, Part, Path, parse
from regionctl.model.path import show as show_path
from regionctl.model.urn import name_of, type_of
from regionctl.model.values import SECRET_MASK, UNKNOWN, UNKNOWN_MASK, changed_at, value_at, walk
from regionctl.providers.changes import Change
from regionctl.providers.diff import Difference
from regionctl.render import Asset, Options, Reference, Resource, Secret, Symbol, Symbolic, Unknown, Value
from regionctl.render.plain import plain
from regionctl.sandbox.declared import Declared, Opaque, cloud_chooses, difference, secrets

# Aliases are shown as the move that they make; provider and providers as what is replaced by another one.
_NAMES = {
    "protect": "protect",
    "retain_on_delete": "retainOnDelete",
    "delete_before_replace": "deleteBeforeReplace",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
    "replace_with": "replaceWith",
    "additional_secret_outputs": "additionalSecretOutputs",
    "import_id": "import",
    "custom_timeouts": "customTimeouts",
    "deleted_with": "deletedWith",
    "provider": "provider",
    "version": "version",
    "plugin_download_url": "pluginDownloadURL",
}


def option_changes(old: Options, new: Options, urns: Mapping[str, str]) -> Iterator[PropertyChange]:
    """What differs, in the order of the names. `urns`: the URN in the head of a resource of the base."""
    if old == new:
        return
    before, after = _shown(old, urns), _shown(new, {})
    for name in sorted(before.keys() | after.keys()):
        was, becomes = before.get(name), after.get(name)
        if was == becomes:
            continue
        kind = ChangeKind.ADD if was is None else ChangeKind.DELETE if becomes is None else ChangeKind.UPDATE
        yield PropertyChange(path=name, kind=kind, old=was, new=becomes)


def _shown(options: Options, urns: Mapping[str, str]) -> dict[str, Any]:
    """The options that say something. `protect: false` says what saying nothing says; `deleteBeforeReplace: false`
    overrules the provider."""
    values = {name: _value(getattr(options, field), urns) for field, name in _NAMES.items()}
    return {name: value for name, value in values.items() if _says(name, value)}


def _says(name: str, value: Any) -> bool:
    return name == "deleteBeforeReplace" if value is False else value not in (None, [], {})


def _value(value: Any, urns: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return urns.get(value, value)
    if isinstance(value, tuple):
        return [urns.get(item, item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    return {name: item for name, item in asdict(value).items() if item is not None}


_ANY = frozenset({Each.KEY, Each.ITEM, "*"})


def with_ignored(old: Mapping[str, Value], new: Mapping[str, Value], ignored: Sequence[str]) -> Mapping[str, Value]:
    """The new inputs, with the old values at the ignored paths. `*` stands for every key or index."""
    for path in ignored:
        kept = _kept(old, new, parse(path))
        assert isinstance(kept, Mapping), "an object stays one"
        new = kept
    return new


def covers(path: str, changed: str) -> bool:
    """Whether a change lies at or below a path, in which `*` stands for every key or index."""
    parts, found = parse(path), parse(changed)
    return len(parts) <= len(found) and all(
        part == own or part in _ANY for part, own in zip(parts, found, strict=False)
    )


def _kept(old: Value, new: Value, parts: Sequence[Part]) -> Value:
    if not parts:
        return old
    part, below = parts[0], parts[1:]
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = sorted({*old, *new}) if part in _ANY else [str(part)]
        merged = dict(new)
        for key in keys:
            if key in old and (key in new or not below):
                merged[key] = _kept(old[key], new.get(key), below)
            elif not below:
                merged.pop(key, None)
        return merged
    if isinstance(old, list) and isinstance(new, list):
        wanted = range(len(new)) if part in _ANY else [part]
        return [
            _kept(old[index], item, below) if index in wanted and index < len(old) else item
            for index, item in enumerate(new)
        ]
    return new


_SAME = "unknown in both"  # another stack's output, or a computed value that is no string


def symbols(value: Value) -> Iterator[Symbol]:
    """Every symbol in a value."""
    for _, item in walk(value):
        if isinstance(item, Symbolic):
            yield from item.symbols


def unknowns(value: Any) -> bool:
    """Whether something in a value is not even symbolic."""
    return any(item is UNKNOWN for _, item in walk(value))


class Meaning:
    """What the values of one revision mean. `urns` gives a resource's URN in the head; what is `fresh` will be made
    anew, so that nothing is known of its outputs.
    """

    def __init__(self, urns: Mapping[str, str], fresh: set[str] | None = None) -> None:
        self._urns = urns
        self._fresh = set() if fresh is None else fresh

    def symbol(self, symbol: Symbol) -> Symbol:
        """The symbol with its resource's URN in the head."""
        return Symbol(self._urns.get(symbol.source, symbol.source), symbol.property)

    def inputs(self, values: Mapping[str, Value], sources: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Inputs for the providers' rules. `sources`: the resources that each of them is made from."""
        return {key: self._value(value, unknown=self._unknown(sources.get(key, ()))) for key, value in values.items()}

    def _unknown(self, sources: Sequence[str]) -> Any:
        """What an unknown value is in an input that is made from these resources. It does not say from which of them,
        so that it stays the same unless all are made anew.
        """
        return UNKNOWN if sources and self._fresh.issuperset(sources) else Opaque(_SAME)

    def _value(self, value: Value, *, unknown: Any) -> Any:
        match value:
            case Symbolic():
                return self._symbolic(value)
            case Unknown():
                return unknown
            case Secret(held):
                return self._value(held, unknown=unknown)
            case Reference(urn):
                return Opaque(self._urns.get(urn, urn))
            case Asset(kind, content, archive):
                return Opaque(repr((kind, archive, self._value(content, unknown=unknown))))
            case str():
                return value
            case Mapping():
                return {key: self._value(item, unknown=unknown) for key, item in value.items()}
            case Sequence():
                return [self._value(item, unknown=unknown) for item in value]
            case _:
                return value

    def _symbolic(self, value: Symbolic) -> Any:
        if any(symbol.source in self._fresh for symbol in value.symbols):
            return UNKNOWN
        text = str(value)
        for symbol in value.symbols:
            meant = self.symbol(symbol)
            for written in _written(symbol):
                text = text.replace(written, f"${{{meant.source}.{meant.property}}}")
        return Opaque(text)


def _written(symbol: Symbol) -> tuple[str, ...]:
    """How a symbol may be written: with the resource's type where the name alone is not enough (render/monitor.py)."""
    name, type_ = name_of(symbol.source), type_of(symbol.source)
    return (f"${{{name}.{symbol.property}}}", f"${{{name}#{type_}.{symbol.property}}}") if type_ else ()


def shown_inputs(resource: Resource) -> dict[str, Any]:
    """What the program or the provider calls secret reads "[secret]", what is not even symbolic "[unknown]"."""
    hidden = secrets(resource.type, resource.inputs)
    shown = changed_at(plain(resource.inputs), hidden, lambda value: None if value is None else SECRET_MASK)
    return dict(shown)


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
