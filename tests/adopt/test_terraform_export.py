"""What is exported of the emulated clouds as HCL is what Terraform's provider takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from regionctl.adopt import hcl
from regionctl.adopt.hcl import Block, Body, Document
from regionctl.adopt.kinds import types
from regionctl.adopt.writers.terraform import files
from regionctl.render import render
from regionctl.sandbox.clouds import CloudResource, resources
from regions.load import load_fleet
from stacks.programs import programs
from tests.adopt.clouds import REGIONS
from tests.adopt.clouds import resources as declared
from tests.sandbox.samples import Samples

SCHEMAS: Mapping[str, Any] = json.loads(Path(__file__).with_name("terraform_schema.json").read_text())["types"]
STACKS = [
    (fleet, name)
    for fleet in ("prod", "staging")
    for name in sorted(programs(load_fleet(REGIONS, fleet)))
    if not name.endswith(".edge")
]
EXPORTED = sorted(token for token, kind in types().items() if kind.import_id)


def _mistakes(block: Block) -> list[str]:
    schema = SCHEMAS[block.labels[0]]
    return [f"{block.labels[0]}: {found}" for found in _in_body(block.body, schema, "")]


def _in_body(body: Body, schema: Mapping[str, Any], path: str) -> Iterator[str]:
    known = {flag: set(schema.get(flag, "").split()) for flag in ("required", "optional", "computed", "any")}
    blocks: Mapping[str, Any] = schema.get("blocks", {})
    for name, value in body.attributes.items():
        if name in known["any"]:
            continue
        if name not in known["required"] | known["optional"]:
            why = "only the cloud sets it" if name in known["computed"] else "a block" if name in blocks else "unknown"
            yield f"{path}{name} = ...: {why}"
        if value in ("", [], {}) and name not in known["required"] and not path:
            yield f"{name} is empty"
    for name, found in body.blocks.items():
        if name in known["any"]:
            continue
        if name not in blocks:
            yield f"{path}{name} {{}}: {'no block' if any(name in names for names in known.values()) else 'unknown'}"
            continue
        if len(found) > blocks[name].get("max", len(found)):
            yield f"{path}{name} {{}} stands there {len(found)} times"
        for block in found:
            yield from _in_body(block.body, blocks[name], f"{path}{name}.")
    needed = known["required"] | {name for name, block in blocks.items() if block.get("min")}
    yield from (f"{path}{name} is missing" for name in sorted(needed - body.attributes.keys() - body.blocks.keys()))


def _documents(found: list[CloudResource]) -> list[Document]:
    return [hcl.parse(text.encode(), path) for path, text in files(found).items()]


def _blocks(documents: list[Document], type_: str) -> list[Block]:
    return [block for document in documents for block in document.blocks if block.type == type_]


@cache
def _declared(fleet: str, name: str) -> list[Document]:
    program = programs(load_fleet(REGIONS, fleet))[name]
    return _documents(declared(program, render(program)))


@pytest.mark.parametrize(("fleet", "name"), STACKS)
def test_what_a_stack_declares_is_exported_as_terraform_takes_it(fleet: str, name: str) -> None:
    exported = _blocks(_declared(fleet, name), "resource")
    assert len(exported) > 10
    assert [mistake for block in exported for mistake in _mistakes(block)] == []


@pytest.mark.parametrize("token", EXPORTED)
@pytest.mark.parametrize("wide", [False, True], ids=["as little as goes", "as much as goes"])
def test_what_an_emulated_cloud_adds_is_exported_as_terraform_takes_it(token: str, wide: bool, data: Path) -> None:
    samples = Samples.of("gcp", data)
    made = samples.make(token, wide=wide or token in _NEEDS_MORE)
    (found,) = (one for one in resources(data) if one.type == token and one.id == made.made.id)
    exported = _blocks(_documents([found]), "resource")
    assert [mistake for block in exported for mistake in _mistakes(block)] == []


# The SDK lets be left out what the cloud asks for.
_NEEDS_MORE = frozenset(token for token in EXPORTED if re.search(r"cloudrunv2/\w+Iam", token))


def test_a_secret_is_a_variable_that_the_file_declares(data: Path) -> None:
    samples = Samples.of("gcp", data)
    made = samples.make("gcp:secretmanager/secretVersion:SecretVersion")
    documents = _documents([one for one in resources(data) if one.type == made.token])
    (resource,) = _blocks(documents, "resource")
    (variable,) = _blocks(documents, "variable")
    assert resource.body.attributes["secret_data"].text == f"var.{variable.labels[0]}"
    assert variable.body.attributes["sensitive"] is True
    assert made.inputs.values["secretData"] not in "".join(files(resources(data)).values())


def test_no_two_resources_of_a_type_have_one_label(data: Path) -> None:
    samples = Samples.of("gcp", data)
    for _ in range(3):
        samples.make("gcp:secretmanager/secretVersion:SecretVersion")
        samples.create(
            "gcp:secretmanager/secretVersion:SecretVersion",
            {"secret": samples.make("gcp:secretmanager/secret:Secret").made.id, "secretData": "x"},
        )
    labels = [block.labels for block in _blocks(_documents(resources(data)), "resource")]
    assert len(labels) == len(set(labels)) > 6
