"""Writes what a provider's Pulumi schema says of our types into their tables, and prints what changed.

    pulumi package get-schema gcp@10.2.0 > gcp.json
    python -m tools.facts gcp.json

Only types that a table has already are written. What Pulumi's bridge to Terraform puts into a schema (`genProperty` and
`genResourceType` of its pkg/tfgen/generate_schema.go):

    replace, secret, deprecated     all of them, so that what the schema no longer says goes. Of a type of the plugin
                                    framework it says no replacement (`ForceNew` of pkg/pf/internal/schemashim/
                                    attr_schema.go): `replace` stays where no property of a type has one
    required                        where the SDK's Python classes, which the sandbox reads, leave it optional
    default, enum                   those that the bridge adds; Terraform's own are in no schema, and stay as they are

What a type has in `byHand` (`"byHand": {"replace": ["tier"]}`) is somebody's own: it counts besides, and stays.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from regionctl import providers
from regionctl.model.errors import RegionctlError
from regionctl.model.path import Each, join
from regionctl.providers.schema import Kind, Property, TypeSchema, UnknownType, package
from regionctl.system.files import write_whole

ROOT: Final = Path(__file__).parents[1]
TABLES: Final = Path(providers.__file__).parent
_WHOLE: Final = ("replace", "secret", "required", "deprecated")  # a schema says all or nothing of these
_TYPES: Final = "#/types/"
Json = Mapping[str, Any]
Table = dict[str, Any]


class WrongSchema(RegionctlError):
    """A file that is no schema, or the schema of another provider or version than the requirements name."""


def main(arguments: Sequence[str], tables: Path = TABLES, requirements: Path = ROOT / "requirements.lock") -> None:
    """Raises WrongSchema before it writes anything."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.facts", description="Writes a schema's facts into the tables."
    )
    parser.add_argument("schema", type=Path, help="what `pulumi package get-schema` printed")
    parser.add_argument("--any-version", action="store_true", help="also of a version that is not the required one")
    asked = parser.parse_args(arguments)
    schema = _read(asked.schema)
    found = sorted((tables / schema["name"]).glob("**/facts.json"))
    if not found:
        raise WrongSchema(f"there are no tables of the provider {schema['name']!r}", where=str(asked.schema))
    _check_version(schema, requirements, any_version=asked.any_version, where=str(asked.schema))
    changed = sum(_write(file, schema) for file in found)
    print(f"{changed} of {len(found)} tables changed" if changed else "nothing to change")


def updated(table: Json, schema: Json) -> tuple[Table, list[str]]:
    """The table with what the schema says, and a line for each row that is another one now."""
    lines: list[str] = []
    types = {}
    for token, row in table["types"].items():
        types[token] = row
        if token not in schema["resources"]:
            lines.append(f"{token}: not in this schema; its rows stay")
            continue
        types[token] = _merged(row, told(token, schema))
        lines += [f"{token}: {line}" for line in _differences(row, types[token])]
    stamp = f"pulumi-{schema['name']} {schema['version']}"
    return {"source": table["source"], "schema": stamp, "types": types}, lines


def told(token: str, schema: Json) -> Table:
    """What a schema says of one type, by the rows of a table."""
    resource = schema["resources"][token]
    inputs = dict(_properties(resource.get("inputProperties", {}), resource.get("requiredInputs", ()), schema))
    outputs = dict(_properties(resource.get("properties", {}), (), schema))
    enums = {path: _enum(spec, schema) for path, (spec, _) in inputs.items()}
    return {
        "replace": [p for p, (s, _) in inputs.items() if s.get("willReplaceOnChanges") or s.get("replaceOnChanges")],
        "secret": [path for path, (spec, _) in {**outputs, **inputs}.items() if spec.get("secret")],
        "required": sorted({path for path, (_, needed) in inputs.items() if needed} - _required_by_sdk(token)),
        "deprecated": {p: s["deprecationMessage"] for p, (s, _) in inputs.items() if s.get("deprecationMessage")},
        "default": {path: spec["default"] for path, (spec, _) in inputs.items() if "default" in spec},
        "enum": {path: values for path, values in enums.items() if values},
    }


def text_of(table: Json) -> str:
    """A table as its file has it: a row a line while it fits, lists filled, a line an entry of a mapping."""
    head = [f" {_line(name)}: {_line(value)}" for name, value in table.items() if name != "types"]
    types = [
        "\n".join([f"  {_line(token)}: {{", ",\n".join(_row(*row) for row in rows.items()), "  }"])
        if rows
        else f"  {_line(token)}: {{}}"
        for token, rows in table["types"].items()
    ]
    return "{\n" + ",\n".join([*head, ' "types": {\n' + ",\n".join(types) + "\n }"]) + "\n}\n"


def _read(file: Path) -> Json:
    try:
        schema = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as failure:
        raise WrongSchema(f"cannot be read: {failure}", where=str(file)) from failure
    if not isinstance(schema, dict) or not all(isinstance(schema.get(key), dict) for key in ("resources", "types")):
        raise WrongSchema("no Pulumi schema: it has no `resources` and `types`", where=str(file))
    return {"version": "of no version", **schema, "name": str(schema.get("name"))}


def _check_version(schema: Json, requirements: Path, *, any_version: bool, where: str) -> None:
    name, version = schema["name"], schema["version"]
    pinned = re.search(
        rf"^pulumi-{re.escape(name)}==([^\s;\\]+)", requirements.read_text(encoding="utf-8"), re.MULTILINE
    )
    if pinned is None:
        raise WrongSchema(f"{requirements.name} names no pulumi-{name}", where=where)
    if version.removeprefix("v") != pinned[1] and not any_version:
        raise WrongSchema(
            f"the schema of {name} {version}, where {requirements.name} names {pinned[1]}",
            where=where,
            hint=f"run `pulumi package get-schema {name}@{pinned[1]}`, or add --any-version",
        )


def _write(file: Path, schema: Json) -> bool:
    old = file.read_text(encoding="utf-8")
    table, lines = updated(json.loads(old), schema)
    for line in lines:
        print(line)
    if text_of(table) == old:
        return False
    write_whole(file, text_of(table), private=False)
    return True


def _properties(
    props: Json, required: Sequence[str], schema: Json, path: str = "", within: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[Json, bool]]]:
    """Every property with its path and whether it must be given; of a type within itself, the first time alone."""
    for name, spec in props.items():
        here = join(path, name)
        yield here, (spec, name in required)
        inner, held = _held(spec, here)
        type_ = _type_of(held)
        if type_ and type_ not in within and "properties" in schema["types"].get(type_, ()):
            found = schema["types"][type_]
            needed = found.get("language", {}).get("nodejs", {}).get("requiredInputs", found.get("required", ()))
            yield from _properties(found["properties"], needed, schema, inner, (*within, type_))


def _held(spec: Json, path: str) -> tuple[str, Json]:
    """What a list or map holds, however deep, and its path."""
    for key, each in (("items", Each.ITEM), ("additionalProperties", Each.KEY)):
        if key in spec:
            return _held(spec[key], join(path, each))
    return path, spec


def _type_of(spec: Json) -> str | None:
    ref = spec.get("$ref", "")
    return unquote(ref.removeprefix(_TYPES)) if ref.startswith(_TYPES) else None


def _enum(spec: Json, schema: Json) -> list[Any]:
    """The only values that a property may have; a union with `string` takes any other one besides."""
    type_ = _type_of(spec)
    return [choice["value"] for choice in schema["types"].get(type_, {}).get("enum", ())] if type_ else []


def _required_by_sdk(token: str) -> set[str]:
    try:
        schema = package(token.partition(":")[0]).schema(token)
    except UnknownType:
        return set()
    return set(_required(schema, schema.inputs))


def _required(
    schema: TypeSchema, props: Mapping[str, Property], path: str = "", within: tuple[str, ...] = ()
) -> Iterator[str]:
    for prop in props.values():
        here, shape = join(path, prop.name), prop.shape
        if prop.required:
            yield here
        while shape.element is not None:
            here, shape = join(here, Each.ITEM if shape.kind is Kind.LIST else Each.KEY), shape.element
        if shape.class_name and shape.class_name not in within:
            yield from _required(schema, schema.fields(shape), here, (*within, shape.class_name))


def _merged(row: Json, says: Table) -> Table:
    merged = dict(row)
    known = set(row.get("replaceIfGiven", ()))
    for name, value in says.items():
        old = row.get(name, {} if isinstance(value, dict) else [])
        if name == "replace" and not value:
            continue
        by_hand = row.get("byHand", {}).get(name, ())
        if isinstance(value, dict):
            kept = {} if name in _WHOLE else {path: item for path, item in old.items() if path not in value}
            new: Any = {path: item for path, item in sorted({**kept, **value}.items()) if path not in by_hand}
        else:
            new = sorted(set(value) - set(by_hand) - (known if name == "replace" else set()))
        if new and (new != old if isinstance(new, dict) else set(new) != set(old)):
            merged[name] = new
        elif not new:
            merged.pop(name, None)
    return merged


def _differences(old: Json, new: Json) -> Iterator[str]:
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get(name, ()), new.get(name, ())
        if was == now:
            continue
        gone = [f"-{path}" for path in was if path not in now]
        come = [f"+{path}" for path in now if path not in was]
        other = [f"~{path}" for path in now if path in was and isinstance(now, dict) and now[path] != was[path]]
        yield f"{name} {' '.join([*gone, *come, *other])}"


def _row(name: str, value: Any) -> str:
    one = f"   {_line(name)}: {_line(value)}"
    if len(one) <= 118 or not isinstance(value, list | dict):
        return one
    if isinstance(value, dict):
        return (
            f"   {_line(name)}: {{\n" + ",\n".join(f"    {_line(k)}: {_line(v)}" for k, v in value.items()) + "\n   }"
        )
    lines = [""]
    for i, item in enumerate(value):
        text = _line(item) + "," * (i < len(value) - 1)
        if lines[-1] and len(lines[-1]) + 1 + len(text) > 113:
            lines.append("")
        lines[-1] += f" {text}" if lines[-1] else text
    return f"   {_line(name)}: [\n" + "\n".join(f"    {line}" for line in lines) + "\n   ]"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except RegionctlError as error:
        sys.exit(f"error: {error}")
