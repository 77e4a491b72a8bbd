"""From what travels to the engine (protobuf) to the declaration's values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

from regionctl.model.declaration import UNKNOWN, Asset, Reference, Secret, Symbol, Symbolic, Value

# The signatures of special values and of unknowns, by kind: sdk/go/common/resource/properties.go and
# sdk/go/common/resource/plugin/rpc.go (UnknownStringValue and those after it) of pulumi v3.259.0.
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
_UNKNOWNS = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
_SYMBOL = re.compile(r"\$\{[^{}]+\}")


def symbol_text(name: str, property_name: str) -> str:
    """How a symbol reads: `${keys.database.id}`."""
    return f"${{{name}.{property_name}}}"


class Decoder:
    """Decodes wire values; strings that hold one of the `symbols` (text -> symbol) become symbolic."""

    def __init__(self, symbols: Mapping[str, Symbol]) -> None:
        self._symbols = symbols

    def struct(self, wire: struct_pb2.Struct) -> dict[str, Value]:
        return {key: self.value(wire.fields[key]) for key in sorted(wire.fields)}

    def value(self, wire: struct_pb2.Value) -> Value:
        match wire.WhichOneof("kind"):
            case "string_value":
                return self.text(wire.string_value)
            case "number_value":
                number = wire.number_value
                return int(number) if number.is_integer() else number
            case "bool_value":
                return bool(wire.bool_value)
            case "list_value":
                return [self.value(item) for item in wire.list_value.values]
            case "struct_value":
                return self._object(wire.struct_value)
            case _:
                return None

    def text(self, text: str) -> Value:
        if text in _UNKNOWNS:
            return UNKNOWN
        if "${" not in text:
            return text
        found = tuple(dict.fromkeys(self._symbols[s] for s in _SYMBOL.findall(text) if s in self._symbols))
        return Symbolic(text, found) if found else text

    def _object(self, wire: struct_pb2.Struct) -> Value:
        if _SIGNATURE not in wire.fields:
            return self.struct(wire)
        match wire.fields[_SIGNATURE].string_value:
            case signature if signature == _SECRET:
                return Secret(self.value(wire.fields["value"]))
            case signature if signature == _REFERENCE:
                return Reference(wire.fields["urn"].string_value)
            case signature if signature in {_ASSET, _ARCHIVE}:
                return self._asset(wire, archive=signature == _ARCHIVE)
            case signature:
                raise AssertionError(f"a value of an unknown kind is on the wire: {signature}")

    def _asset(self, wire: struct_pb2.Struct, *, archive: bool) -> Asset:
        kind = next(k for k in ("text", "path", "uri", "assets") if k in wire.fields)
        content: Any = self.value(wire.fields[kind])
        return Asset(kind, content, archive)


def encode_text(text: str, *, secret: bool) -> struct_pb2.Value:
    """A string on the wire, wrapped as a secret where it is one."""
    plain = struct_pb2.Value(string_value=text)
    if not secret:
        return plain
    fields = {_SIGNATURE: struct_pb2.Value(string_value=_SECRET), "value": plain}
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))
