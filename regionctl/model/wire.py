"""Property values between Pulumi's wire format and plain Python values.

The core of the sandbox works on plain values; which of them are secret is kept beside them, as paths. The signature
keys and the unknown sentinels are those of Pulumi's SDK, `sdk/go/common/resource/properties.go` and
`sdk/go/common/resource/plugin/rpc.go` at v3.259.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, TypeAlias

from google.protobuf import struct_pb2

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

_UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        _UNKNOWN_STRING,
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


class Unknown(Enum):
    """A value that only an apply will tell."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN

Value: TypeAlias = Any  # None, bool, int, float, str, UNKNOWN, list[Value] or dict[str, Value]
Path: TypeAlias = tuple[str | int, ...]


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
            return UNKNOWN if text in _UNKNOWNS else text
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
        case str(signature) if signature == SECRET:
            secrets.add(path)
            return _read(fields["value"], path, secrets)
        case str(signature) if signature == OUTPUT:
            if "secret" in fields and fields["secret"].bool_value:
                secrets.add(path)
            return _read(fields["value"], path, secrets) if "value" in fields else UNKNOWN
        case str(signature) if signature == RESOURCE:
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
        fields[SIGNATURE].string_value = SECRET
        _write_plain(fields["value"], value, None)
    else:
        _write_plain(out, value, wrap)


def _write_plain(out: struct_pb2.Value, value: Value, wrap: _Wrap | None) -> None:
    if value is UNKNOWN:
        out.string_value = _UNKNOWN_STRING
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


def is_asset(value: Value) -> bool:
    """Whether `value` is an asset or an archive, as the wire has them."""
    return isinstance(value, dict) and value.get(SIGNATURE) in {ASSET, ARCHIVE}


def fact_path(path: Path) -> str:
    """The same path as the tables write it: `settings.databaseFlags[].value`."""
    text = ""
    for key in path:
        text += "[]" if isinstance(key, int) else f".{key}" if text else key
    return text


def paths_at(value: Value, fact: str) -> Iterator[Path]:
    """Every place in `value` that a table's path means, and that holds something."""
    yield from _paths_at(value, fact.split(".") if fact else [], ())


def _paths_at(value: Value, parts: list[str], done: Path) -> Iterator[Path]:
    if not parts:
        yield done
        return
    name = parts[0].removesuffix("[]")
    inner = value.get(name) if isinstance(value, Mapping) else None
    if inner is not None and name == parts[0]:
        yield from _paths_at(inner, parts[1:], (*done, name))
    elif isinstance(inner, list):
        for i, item in enumerate(inner):
            yield from _paths_at(item, parts[1:], (*done, name, i))


def value_at(value: Value, path: Path) -> Value:
    """The value at a place, UNKNOWN within an unknown one, None where nothing is."""
    for key in path:
        if value is UNKNOWN:
            return UNKNOWN
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
            value = value[key]
        else:
            return None
    return value
