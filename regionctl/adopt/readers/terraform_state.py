"""Terraform's state, version 4: `resources[].instances[].attributes`, with the provider's names.
https://developer.hashicorp.com/terraform/language/state; `stateV4` in internal/states/statefile/version4.go"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from regionctl.adopt.inventory import SECRET, Found, unreadable
from regionctl.adopt.kinds import of_terraform
from regionctl.adopt.readers.documents import parse
from regionctl.adopt.readers.resources import found
from regionctl.errors import Position

VERSION: Final = 4


def read(source: bytes, file: str) -> Iterator[Found]:
    """The managed resources of a state. Raises UnreadableExport."""
    document = parse(source, file, 1)
    top = Position(file, 1, 1)
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise unreadable(top, "this is no Terraform state of version 4", "take `terraform state pull > export.tfstate`")
    lines = _lines(source.decode())
    for resource in document.get("resources") or ():
        if resource.get("mode") != "managed":
            continue
        type_, name = resource["type"], resource["name"]
        for instance in resource.get("instances") or ():
            attributes = _without_secrets(instance.get("attributes") or {}, instance.get("sensitive_attributes") or ())
            yield found(
                of_terraform().get(type_),
                type_,
                attributes,
                Position(file, lines.get((type_, name), 1), 1),
                label=name,
                from_state=True,
            )


# Terraform writes these two lines one after the other for each resource.
_HEAD = re.compile(r'^\s*"type": "(\w+)",\n\s*"name": "([^"]+)"', re.MULTILINE)


def _lines(text: str) -> dict[tuple[str, str], int]:
    return {(m[1], m[2]): text.count("\n", 0, m.start()) + 1 for m in _HEAD.finditer(text)}


def _without_secrets(attributes: Mapping[str, Any], sensitive: Any) -> dict[str, Any]:
    """`sensitive_attributes` are paths: [[{"type": "get_attr", "value": "password"}], ...]."""
    hidden = {path[0].get("value") for path in sensitive if isinstance(path, list) and path}
    return {name: SECRET if name in hidden and value else value for name, value in attributes.items()}
