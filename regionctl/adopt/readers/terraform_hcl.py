"""Terraform's language: HCL files, as `gcloud beta resource-config bulk-export --resource-format=terraform` writes them
(https://cloud.google.com/docs/terraform/resource-management/export), and its JSON syntax (`.tf.json`).

An import id stands in a comment (`# terraform import google_sql_database_instance.main projects/p/instances/main`) or
in an `import` block. Values are read as they are written: references are kept as such, modules are not followed.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from regionctl.adopt import hcl
from regionctl.adopt.inventory import Expression, Found, Module, unreadable
from regionctl.adopt.readers.documents import Json, Node
from regionctl.adopt.readers.terraform import GOOGLE, STATE, of_type
from regionctl.adopt.shapes import camel
from regionctl.model.errors import Position, Problem

_IMPORT = re.compile(r"(?:#|//)\s*terraform import (\S+) (.+)")
# What Terraform itself is told about a resource: https://developer.hashicorp.com/terraform/language/resources
_META: Final = frozenset(
    {"provider", "depends_on", "count", "for_each", "lifecycle", "connection", "provisioner", "timeouts"}
)
# https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping
_TEMPLATE: Final = re.compile(r"(?<!\$)\$\{|(?<!%)%\{")


@dataclass(frozen=True, kw_only=True)
class _Block:
    """A `resource`, in either syntax."""

    type: str
    label: str
    values: Mapping[str, Any]
    where: Position
    places: Mapping[str, Position] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"{self.type}.{self.label}"


def read(text: str, file: str) -> Iterator[Found | Problem]:
    """The resources of one HCL file. Raises UnreadableExport."""
    document = hcl.parse(text.encode(), file)
    ids: dict[str, list[str]] = defaultdict(list)
    for _, comment in document.comments:
        if match := _IMPORT.match(comment):
            ids[match[1]].append(match[2].strip().strip('"'))
    blocks = []
    for block in document.blocks:
        if block.type == "resource" and len(block.labels) == 2:
            type_, label = block.labels
            places = dict(_places(block.body, ""))
            blocks.append(_Block(type=type_, label=label, values=_values(block.body), where=block.where, places=places))
        elif block.type == "resource":
            raise unreadable(block.where, "a resource has a type and a name", "mend the line, or export it again")
        elif block.type == "module":
            yield _module(".".join(block.labels), _values(block.body), block.where)
        elif block.type == "import":
            to, id_ = (block.body.attributes.get(name) for name in ("to", "id"))
            if isinstance(to, Expression) and isinstance(id_, str):
                ids[str(to)].append(id_)
    yield from _resources(blocks, ids)


def read_json(document: Node, text: Json) -> Iterator[Found | Problem]:
    """The resources of one file in Terraform's JSON syntax. Raises UnreadableExport.
    https://developer.hashicorp.com/terraform/language/syntax/json"""
    blocks = []
    for type_, label, values, where in _labelled(document, "resource", text):
        blocks.append(_Block(type=type_, label=label, values=_values_of_json(values), where=where))
    for part in _each(document, text):
        for modules in _each(text.member(part, "module"), text):
            for name in modules.value:
                for body in _each(text.member(modules, name), text):
                    yield _module(name, body.value, text.position(body))
    yield from _resources(blocks, {})


def _resources(blocks: Sequence[_Block], ids: Mapping[str, Sequence[str]]) -> Iterator[Found | Problem]:
    """An export to standard output calls equal resources of several regions alike: their ids come in their order."""
    alike = Counter(block.address for block in blocks)
    before: Counter[str] = Counter()
    for block in blocks:
        told = ids.get(block.address, ())
        import_id = told[before[block.address]] if len(told) == alike[block.address] else None
        before[block.address] += 1
        if alike[block.address] == 1 and told:
            import_id = told[-1]
        provider = block.type.partition("_")[0]
        for one in of_type(
            block.type,
            block.label,
            {name: value for name, value in block.values.items() if name not in _META},
            block.where,
            provider=None if provider in GOOGLE else provider,
            import_id=import_id,
            places=block.places,
        ):
            if isinstance(one, Found):
                yield replace(one, doubt=_doubt(block.values), address=block.address, configured=True)
            else:
                yield one


def _doubt(values: Mapping[str, Any]) -> str | None:
    """Why it is not known whether, and how often, what the block says exists."""
    if "for_each" in values:
        return f"`for_each` says how many of it there are; {STATE}"
    count = values.get("count", 1)
    if count in (1, "1"):
        return None
    if count in (0, "0"):
        return "`count` is 0: Terraform makes none of it, and it may exist all the same"
    return f"`count` says how many of it there are; {STATE}"


def _module(name: str, values: Mapping[str, Any], where: Position) -> Module:
    source = values.get("source")
    told = f" ({source})" if isinstance(source, str) else ""
    own = isinstance(source, str) and source.startswith(("./", "../")) and set(values) == {"source"}
    folder = str(Path(where.file).parent / str(source)) if own else None
    return Module(where, f"module {name!r}{told} is not followed, so its resources are not read", STATE, name, folder)


def _values(body: hcl.Body) -> dict[str, Any]:
    inner = {name: [_values(block.body) for block in blocks] for name, blocks in body.blocks.items()}
    inner.pop("dynamic", None)
    # How many blocks there are is an expression's to say: nothing is known of what they hold.
    dynamic = [block.labels[0] for block in body.blocks.get("dynamic", ()) if block.labels]
    return {**body.attributes, **inner, **{name: Expression(f"dynamic {name}") for name in dynamic}}


def _places(body: hcl.Body, prefix: str) -> Iterator[tuple[str, Position]]:
    for name, where in body.places.items():
        path = f"{prefix}{camel(name)}"
        yield path, where
        for block in body.blocks.get(name, ())[:1]:
            yield from _places(block.body, f"{path}.")


def _labelled(document: Node, section: str, text: Json) -> Iterator[tuple[str, str, Mapping[str, Any], Position]]:
    """`{"resource": {TYPE: {NAME: body}}}`, where each level may be an array of such instead."""
    for part in _each(document, text):
        for types in _each(text.member(part, section), text):
            for type_ in types.value:
                for names in _each(text.member(types, type_), text):
                    for name in names.value:
                        for body in _each(text.member(names, name), text):
                            yield type_, name, body.value, text.position(body)


def _each(node: Node | None, text: Json) -> Iterator[Node]:
    """The object, or the objects of the array. Raises UnreadableExport for anything else."""
    if node is None or node.value is None:
        return
    if isinstance(node.value, list):
        for element in text.elements(node):
            yield from _each(element, text)
    elif isinstance(node.value, dict):
        yield node
    else:
        raise unreadable(text.position(node), "an object belongs here", "mend the line, or export it again")


def _values_of_json(value: Any) -> Any:
    """Strings are templates: one with a `${...}` in it is an expression."""
    if isinstance(value, str):
        if _TEMPLATE.search(value):
            return Expression(value)
        return value.replace("$${", "${").replace("%%{", "%{")
    if isinstance(value, list):
        return [_values_of_json(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    values = {key: _values_of_json(item) for key, item in value.items() if key not in {"//", "dynamic"}}
    dynamic = value.get("dynamic")
    names = dynamic if isinstance(dynamic, Mapping) else {}
    return {**values, **{name: Expression(f"dynamic {name}") for name in names}}
