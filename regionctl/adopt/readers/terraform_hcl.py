"""HCL files, as `gcloud beta resource-config bulk-export --resource-format=terraform` writes them: a file a resource,
its import id in a comment below it (`# terraform import google_sql_database_instance.main projects/p/instances/main`).
https://cloud.google.com/docs/terraform/resource-management/export"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from regionctl.adopt import hcl
from regionctl.adopt.inventory import Found
from regionctl.adopt.kinds import of_terraform
from regionctl.adopt.readers.resources import found
from regionctl.adopt.shapes import camel
from regionctl.errors import Position

_IMPORT = re.compile(r"#\s*terraform import (\S+) (.+)")
# What Terraform itself is told about a resource: https://developer.hashicorp.com/terraform/language/resources
_META: Final = frozenset(
    {"provider", "depends_on", "count", "for_each", "lifecycle", "connection", "provisioner", "timeouts"}
)


def read(source: bytes, file: str) -> Iterator[Found]:
    """The resources of one file. Raises UnreadableExport."""
    document = hcl.parse(source, file)
    ids = {match[1]: match[2] for _, text in document.comments if (match := _IMPORT.match(text))}
    own = {f"{b.labels[0]}.{b.labels[1]}": b for b in document.blocks if b.type == "resource" and len(b.labels) == 2}
    for address, block in own.items():
        kind = of_terraform().get(block.labels[0])
        yield found(
            kind,
            block.labels[0],
            {name: value for name, value in _values(block.body).items() if name not in _META},
            block.where,
            label=block.labels[1],
            import_id=_unquoted(ids[address]) if address in ids else None,
            places=dict(_places(block.body, "")),
        )


def _unquoted(text: str) -> str:
    return text.strip().strip('"')


def _values(body: hcl.Body) -> dict[str, Any]:
    return {
        **body.attributes,
        **{name: [_values(block.body) for block in inner] for name, inner in body.blocks.items()},
    }


def _places(body: hcl.Body, prefix: str) -> Iterator[tuple[str, Position]]:
    for name, where in body.places.items():
        path = f"{prefix}{camel(name)}"
        yield path, where
        for block in body.blocks.get(name, ())[:1]:
            yield from _places(block.body, f"{path}.")
