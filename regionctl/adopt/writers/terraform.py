"""HCL as `gcloud beta resource-config bulk-export --resource-format=terraform` writes it: a file a resource, its
properties in alphabetical order, blocks after a blank line, the command that imports it in a comment at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from regionctl.adopt.shapes import schema_of, snake
from regionctl.adopt.writers.values import exported, import_id, kind_of
from regionctl.sandbox.clouds import CloudResource
from regionctl.sandbox.schema import Kind, Property, Shape, TypeSchema

# Blocks that Terraform names in the singular and Pulumi in the plural: terraform-provider-google.
_SINGULAR: Final = {
    "accesses": "access",
    "audit_log_configs": "audit_log_config",
    "backends": "backend",
    "envs": "env",
    "host_rules": "host_rule",
    "instance_splits": "instance_splits",
    "lifecycle_rules": "lifecycle_rule",
    "path_matchers": "path_matcher",
    "path_rules": "path_rule",
    "traffics": "traffic",
    "weekly_maintenance_windows": "weekly_maintenance_window",
}


def files(resources: Sequence[CloudResource]) -> dict[str, str]:
    """The text of each file by its path."""
    texts: dict[str, str] = {}
    for resource in resources:
        kind = kind_of(resource)
        if kind is not None and kind.template is not None:
            path, text = _file(resource, kind.terraform)
            while path in texts:
                path = path.replace(".tf", "-2.tf")
            texts[path] = text
    return texts


def _file(resource: CloudResource, terraform: str) -> tuple[str, str]:
    schema = schema_of(resource.type)
    assert schema is not None
    values = {"project": resource.project, **exported(resource)}
    if "project" not in schema.inputs:
        del values["project"]
    id_ = import_id(resource)
    label = re.sub(r"[^a-z0-9_]+", "_", id_.rsplit("/", 1)[-1].lower()).strip("_") or "resource"
    label = label if label[0].isalpha() else f"_{label}"
    place = str(values.get("location") or values.get("region") or "")
    folder = "".join(word.capitalize() for word in terraform.removeprefix("google_").split("_"))
    name = re.sub(r"[^\w.@-]+", "_", id_.rsplit("/", 1)[-1])[:100]
    path = "/".join(part for part in ("projects", resource.project, folder, place, f"{name}.tf") if part)
    body = "\n".join(_body(values, schema.inputs, schema, "  "))
    # A line end in an id would end the comment, and what follows would be read as HCL.
    safe = id_ if id_.isprintable() else id_.encode("unicode_escape").decode()
    quoted = f'"{safe}"' if " " in safe else safe
    return path, f'resource "{terraform}" "{label}" {{\n{body}\n}}\n# terraform import {terraform}.{label} {quoted}\n'


def _body(values: Mapping[str, Any], known: Mapping[str, Property], schema: TypeSchema, indent: str) -> Iterator[str]:
    blocks = {name for name in values if name in known and _is_block(known[name].shape, schema)}
    plain = {snake(name): values[name] for name in values.keys() - blocks}
    width = max(map(len, plain), default=0)
    for name in sorted(plain):
        yield f"{indent}{name:{width}} = {literal(plain[name], indent)}"
    for name in sorted(blocks):
        items = values[name] if isinstance(values[name], list) else [values[name]]
        shape = known[name].shape.element or known[name].shape
        called = _SINGULAR.get(snake(name), snake(name))
        for item in items:
            yield ""
            yield f"{indent}{called} {{"
            yield from _body(item, schema.fields(shape), schema, f"{indent}  ")
            yield f"{indent}}}"


def _is_block(shape: Shape, schema: TypeSchema) -> bool:
    inner = shape.element if shape.kind is Kind.LIST else shape
    return inner is not None and inner.kind is Kind.OBJECT and bool(schema.fields(inner))


def literal(value: Any, indent: str) -> str:
    """A value as HCL writes it."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case list():
            return f"[{', '.join(literal(item, indent) for item in value)}]"
        case dict():
            lines = [f"{indent}  {_key(key)} = {literal(item, indent + '  ')}" for key, item in sorted(value.items())]
            return "\n".join(("{", *lines, f"{indent}}}")) if lines else "{}"
        case _:
            return _string(str(value))


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z_][\w-]*", key, re.ASCII) else _string(key)


_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_OPENING = re.compile(r"([$%]*)([$%])\{")


def _string(text: str) -> str:
    escaped = "".join(_ESCAPES.get(character, character) for character in text)
    return '"' + _OPENING.sub(_literally, escaped) + '"'


def _literally(opening: re.Match[str]) -> str:
    """`${` as `$${`. One before it counts as another escape, so it is written by its number (scan_tokens.rl of hcl)."""
    before = "".join(f"\\u{ord(character):04x}" for character in opening[1])
    return f"{before}{opening[2] * 2}{{"
