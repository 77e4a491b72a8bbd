"""JSON schemas for editors, made from the models: `python -m regions.schema` writes them next to this file.

An editor sees one file at a time, so a schema asks only for what that file must say: in a region's file and in
`defaults`, any part may be left to the other one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from regions.load import FROM_FILE_NAME, REGION_ONLY
from regions.requests import RequestsFile
from regions.spec import FleetSpec, RegionSpec

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REQUIRED_OF_A_REGION = [key for key in REGION_ONLY if RegionSpec.model_fields[key].is_required()]

Schema = dict[str, Any]


def region_schema() -> Schema:
    """What regions/<fleet>/<region>.yaml may say."""
    schema, definitions = _partial_region()
    return {
        "$schema": DIALECT,
        "title": "A region of a fleet",
        **schema,
        "required": REQUIRED_OF_A_REGION,
        "$defs": definitions,
    }


def fleet_schema() -> Schema:
    """What regions/<fleet>/fleet.yaml may say."""
    schema = _closed(FleetSpec.model_json_schema())
    defaults, definitions = _partial_region()
    properties = _without(schema["properties"], FROM_FILE_NAME)
    properties["defaults"] = {
        **_drop(defaults, REGION_ONLY),
        "description": properties["defaults"]["description"],
    }
    return {
        **schema,
        "$schema": DIALECT,
        "title": "A fleet",
        "properties": properties,
        "required": [key for key in schema["required"] if key not in FROM_FILE_NAME],
        "$defs": {**schema["$defs"], **definitions},
    }


def requests_schema() -> Schema:
    """What regions/<fleet>/requests.yaml may say."""
    schema = _closed(RequestsFile.model_json_schema())
    return {"$schema": DIALECT, "title": "Sample requests of a fleet", **schema}


def written(schema: Schema) -> str:
    """The text of a schema's file."""
    return json.dumps(schema, indent=2) + "\n"


def write(folder: Path) -> None:
    """Writes the schemas into the folder."""
    for name, schema in (("region", region_schema()), ("fleet", fleet_schema()), ("requests", requests_schema())):
        (folder / f"{name}.schema.json").write_text(written(schema), encoding="utf-8")


def _partial_region() -> tuple[Schema, Schema]:
    """A region's schema in which nothing is required, and its definitions, named apart from the whole ones."""
    schema = _drop(_renamed(_closed(RegionSpec.model_json_schema())), FROM_FILE_NAME)
    definitions = {f"Partial{name}": definition for name, definition in schema.pop("$defs").items()}
    for part in (schema, *definitions.values()):
        part.pop("required", None)
    return schema, definitions


def _drop(schema: Schema, keys: tuple[str, ...]) -> Schema:
    return {**schema, "properties": _without(schema["properties"], keys)}


def _without(properties: Schema, keys: tuple[str, ...]) -> Schema:
    return {key: value for key, value in properties.items() if key not in keys}


def _renamed(node: Any) -> Any:
    """References lead to the partial definitions."""
    if isinstance(node, dict):
        return {key: _reference(value) if key == "$ref" else _renamed(value) for key, value in node.items()}
    return [_renamed(item) for item in node] if isinstance(node, list) else node


def _reference(reference: str) -> str:
    return reference.replace("#/$defs/", "#/$defs/Partial")


def _closed(node: Any) -> Any:
    """Maps take only keys of their pattern; titles, which repeat the keys, are left out."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    if "patternProperties" in closed:
        closed["additionalProperties"] = False
    return closed


if __name__ == "__main__":
    write(Path(__file__).parent)
