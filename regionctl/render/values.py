"""Decodes what travels to the engine (protobuf) into the declaration's values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

from regionctl.model.values import (
    ARCHIVE_SIGNATURE,
    ASSET_SIGNATURE,
    RESOURCE_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE,
    UNKNOWN,
    UNKNOWN_TEXTS,
    Asset,
    Reference,
    Secret,
    Symbol,
    Symbolic,
    Value,
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
        if text in UNKNOWN_TEXTS:
            return UNKNOWN
        if "${" not in text:
            return text
        found = tuple(dict.fromkeys(self._symbols[s] for s in _SYMBOL.findall(text) if s in self._symbols))
        return Symbolic(text, found) if found else text

    def _object(self, wire: struct_pb2.Struct) -> Value:
        if SIGNATURE not in wire.fields:
            return self.struct(wire)
        match wire.fields[SIGNATURE].string_value:
            case signature if signature == SECRET_SIGNATURE:
                return Secret(self.value(wire.fields["value"]))
            case signature if signature == RESOURCE_SIGNATURE:
                return Reference(wire.fields["urn"].string_value)
            case signature if signature in {ASSET_SIGNATURE, ARCHIVE_SIGNATURE}:
                return self._asset(wire, archive=signature == ARCHIVE_SIGNATURE)
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
    fields = {SIGNATURE: struct_pb2.Value(string_value=SECRET_SIGNATURE), "value": plain}
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))
