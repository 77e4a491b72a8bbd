"""Declared values as the providers' rules take them: symbols that mean the same are equal in both revisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from regionctl.model.path import Path
from regionctl.model.urn import name_of, type_of
from regionctl.model.values import SECRET_MASK, UNKNOWN, walk
from regionctl.render import Asset, Reference, Resource, Secret, Symbol, Symbolic, Unknown, Value
from regionctl.render.plain import plain
from regionctl.sandbox.declared import Opaque, secrets

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
    values: dict[str, Any] = plain(resource.inputs)
    for path in secrets(resource.type, resource.inputs):
        values = _masked(values, path)
    return values


def _masked(value: Any, path: Path) -> Any:
    if not path:
        return value if value is None else SECRET_MASK
    key, below = path[0], path[1:]
    if isinstance(value, dict) and key in value:
        return {**value, key: _masked(value[key], below)}
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return [_masked(item, below) if index == key else item for index, item in enumerate(value)]
    return value
