"""Property values between Pulumi's protobuf messages and plain Python values.

The emulated clouds work on plain values; which of them are secret is kept beside them, as paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from google.protobuf import struct_pb2

from regionctl.model.path import Path
from regionctl.model.values import (
    OUTPUT_SIGNATURE,
    RESOURCE_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE,
    UNKNOWN,
    UNKNOWN_TEXT,
    UNKNOWN_TEXTS,
)

Value: TypeAlias = Any  # None, bool, int, float, str, UNKNOWN, list[Value] or dict[str, Value]


@dataclass(frozen=True)
class Bag:
    """Plain property values, and the paths of those that are secret (with everything below them)."""

    values: dict[str, Value]
    secrets: frozenset[Path] = field(default_factory=frozenset)

    def hides(self, path: Path) -> bool:
        """Whether the value at `path` is, holds or lies within a secret."""
        return any(path[: len(secret)] == secret or secret[: len(path)] == path for secret in self.secrets)


def unmarshal(struct: struct_pb2.Struct) -> Bag:
    """The plain values of a message, resource references as ids, assets as the maps that the wire has."""
    secrets: set[Path] = set()
    values = {key: _read(value, (key,), secrets) for key, value in struct.fields.items()}
    return Bag(values, frozenset(secrets))


def marshal(bag: Bag) -> struct_pb2.Struct:
    """The message for plain values; every secret path is wrapped, unknown values become the unknown string."""
    result = struct_pb2.Struct()
    roots = _tree(bag.secrets)
    for key, value in bag.values.items():
        if value is not None:
            _write(result.fields[key], value, roots.get(key))
    return result


def _read(value: struct_pb2.Value, path: Path, secrets: set[Path]) -> Value:
    match value.WhichOneof("kind"):
        case "string_value":
            text = value.string_value
            return UNKNOWN if text in UNKNOWN_TEXTS else text
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_read(item, (*path, i), secrets) for i, item in enumerate(value.list_value.values)]
        case "struct_value":
            return _read_struct(value.struct_value, path, secrets)
        case _:
            return None


def _read_struct(struct: struct_pb2.Struct, path: Path, secrets: set[Path]) -> Value:
    fields = struct.fields
    match fields[SIGNATURE].string_value if SIGNATURE in fields else None:
        case str(signature) if signature == SECRET_SIGNATURE:
            secrets.add(path)
            return _read(fields["value"], path, secrets)
        case str(signature) if signature == OUTPUT_SIGNATURE:
            if "secret" in fields and fields["secret"].bool_value:
                secrets.add(path)
            return _read(fields["value"], path, secrets) if "value" in fields else UNKNOWN
        case str(signature) if signature == RESOURCE_SIGNATURE:
            return _read(fields["id"], path, secrets) if "id" in fields else UNKNOWN
        case _:
            return {key: _read(item, (*path, key), secrets) for key, item in fields.items()}


class _Wrap:
    """A node of the tree of secret paths: this value is secret, or some below it are."""

    __slots__ = ("below", "secret")

    def __init__(self) -> None:
        self.secret = False
        self.below: dict[str | int, _Wrap] = {}

    def get(self, key: str | int) -> _Wrap | None:
        return self.below.get(key)


def _tree(secrets: frozenset[Path]) -> _Wrap:
    root = _Wrap()
    for path in secrets:
        node = root
        for key in path:
            node = node.below.setdefault(key, _Wrap())
        node.secret = True
    return root


def _write(out: struct_pb2.Value, value: Value, wrap: _Wrap | None) -> None:
    if wrap is not None and wrap.secret:
        fields = out.struct_value.fields
        fields[SIGNATURE].string_value = SECRET_SIGNATURE
        _write_plain(fields["value"], value, None)
    else:
        _write_plain(out, value, wrap)


def _write_plain(out: struct_pb2.Value, value: Value, wrap: _Wrap | None) -> None:
    if value is UNKNOWN:
        out.string_value = UNKNOWN_TEXT
    elif isinstance(value, bool):
        out.bool_value = value
    elif isinstance(value, int | float):
        out.number_value = value
    elif isinstance(value, str):
        out.string_value = value
    elif isinstance(value, Mapping):
        out.struct_value.SetInParent()
        for key, item in value.items():
            if item is not None:
                _write(out.struct_value.fields[key], item, wrap.get(key) if wrap else None)
    elif isinstance(value, list | tuple):
        out.list_value.SetInParent()
        for i, item in enumerate(value):
            _write(out.list_value.values.add(), item, wrap.get(i) if wrap else None)
    else:
        out.null_value = struct_pb2.NULL_VALUE
