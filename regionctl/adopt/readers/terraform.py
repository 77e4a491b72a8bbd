"""Terraform's configuration and its state: each resource by its type and the provider's names."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from regionctl.adopt import hcl
from regionctl.adopt.inventory import Expression, Found, Module, unreadable
from regionctl.adopt.kinds import AdoptType, granted_by, kind_of_terraform
from regionctl.adopt.readers import knative
from regionctl.adopt.readers.documents import Json, Node, shaped
from regionctl.adopt.readers.resources import Policy, another_providers, found, grants
from regionctl.adopt.shapes import camel, renamed
from regionctl.model.errors import Position, Problem
from regionctl.model.path import join
from regionctl.model.values import SECRET_MASK

GOOGLE: Final = frozenset({"google", "google-beta"})
STATE: Final = "take Terraform's state instead: `terraform state pull > export.tfstate`"
_KNATIVE: Final = "google_cloud_run_service"


def of_type(
    type_: str,
    label: str,
    values: Mapping[str, Any],
    where: Position,
    *,
    provider: str | None = None,
    import_id: str | None = None,
    places: Mapping[str, Position] | None = None,
    from_state: bool = False,
) -> Iterator[Found | Problem]:
    """What a resource of Terraform's is, whether its configuration or its state says so."""
    if provider is not None:
        yield another_providers(type_, label, where, provider)
        return
    if granting := granted_by(type_):
        yield from _granted(granting, f"{type_}.{label}", values, where, places)
        return
    kind = kind_of_terraform(type_)
    if type_ == _KNATIVE and kind is not None:
        values = renamed(knative.as_version_2(values), kind.rest)
    if kind is not None and type_ in kind.also and values.keys() & {"folder", "organization", "org_id"}:
        kind = None  # Config Connector's sink of a folder or an organisation
    yield found(kind, type_, values, where, label=label, import_id=import_id, places=places, from_state=from_state)


def _granted(
    kind: AdoptType,
    address: str,
    values: Mapping[str, Any],
    where: Position,
    places: Mapping[str, Position] | None,
) -> Iterator[Found | Problem]:
    """The members of a binding, or of every binding of a policy."""
    on = {name: value for name, value in values.items() if name not in {"id", "etag", "policy_data", "members"}}
    condition = on.pop("condition", None)
    try:
        if "_iam_policy." in address:
            policy = Policy.model_validate_json(values.get("policy_data") or "{}")
        else:
            said = condition[0] if isinstance(condition, list) and condition else condition or None
            binding = {"role": on.get("role"), "members": values.get("members"), "condition": said}
            policy = Policy.model_validate({"bindings": [binding]})
    except (ValidationError, TypeError):
        what = f"{address}: whom it grants what is no plain list of members"
        yield Problem(where, what, STATE)
        return
    yield from grants(kind.token, on, policy, where, places=places)


# Terraform's state, version 4: `resources[].instances[].attributes`, with the provider's names.
# https://developer.hashicorp.com/terraform/language/state; `stateV4` in internal/states/statefile/version4.go

VERSION: Final = 4
_PULL: Final = "take `terraform state pull > export.tfstate`"


class _Instance(BaseModel):
    """`deposed`: replaced by another, and not deleted yet. `attributes_flat`: as Terraform 0.11 wrote it."""

    attributes: dict[str, Any] | None = None
    attributes_flat: dict[str, Any] | None = None
    deposed: str | None = None
    index_key: str | int | None = None
    sensitive_attributes: list[Any] | None = None


class _Resource(BaseModel):
    mode: str
    type: str
    name: str
    provider: str = ""
    module: str | None = None
    instances: list[Any] | None = None

    def address(self, instance: _Instance) -> str:
        """What Terraform calls it: `module.vm.google_compute_instance.main["a"]`."""
        key = instance.index_key
        index = "" if key is None else f"[{key}]" if isinstance(key, int) else f'["{key}"]'
        return f"{f'{self.module}.' if self.module else ''}{self.type}.{self.name}{index}"

    @property
    def of_provider(self) -> str:
        """provider["registry.terraform.io/hashicorp/google"].eu -> google; the type's first word where it is none."""
        source = re.search(r'provider\["(?:[^"]*/)?([^"/]+)"\]', self.provider)
        return source[1] if source else self.type.partition("_")[0]


def is_state(value: Any) -> bool:
    """Whether a JSON value is a state, of whatever version and however it was sorted."""
    return isinstance(value, Mapping) and "version" in value and bool({"terraform_version", "lineage"} & value.keys())


def read_state(document: Node, text: Json) -> Iterator[Found | Problem]:
    """The managed resources of a state. Raises UnreadableExport."""
    if not isinstance(document.value, dict) or document.value.get("version") != VERSION:
        raise unreadable(text.position(document), "this is no Terraform state of version 4", _PULL)
    resources = text.member(document, "resources")
    if resources is None or resources.value is None:
        return
    if not isinstance(resources.value, list):
        raise unreadable(text.position(resources), "resources is no list", _PULL)
    for node in text.elements(resources):
        where = text.position(node)
        resource = shaped(_Resource, node.value, where, "this is no resource of a Terraform state", _PULL)
        if resource.mode == "managed" and resource.instances:
            instances = text.member(node, "instances")
            assert instances
            for each in text.elements(instances):
                yield from _instance(resource, each, where, text.position(each))


def _instance(resource: _Resource, node: Node, head: Position, where: Position) -> Iterator[Found | Problem]:
    """`head` is where the resource stands: its type and name are what a reader looks for."""
    instance = shaped(_Instance, node.value, where, f"{resource.type}.{resource.name}", _PULL)
    address = resource.address(instance)
    if instance.deposed is not None:
        what = f"{address}: a deposed object ({instance.deposed}), which Terraform has yet to delete"
        yield Problem(where, what, "the current object is compared; run `terraform apply` to delete this one")
    elif instance.attributes is not None:
        values = _without_secrets(instance.attributes, instance.sensitive_attributes or ())
        provider = None if resource.of_provider in GOOGLE else resource.of_provider
        place = where if len(resource.instances or ()) > 1 else head
        for one in of_type(resource.type, resource.name, values, place, provider=provider, from_state=True):
            yield replace(one, address=address) if isinstance(one, Found) else one
    else:
        flat = "as Terraform 0.11 wrote it" if instance.attributes_flat else "without attributes"
        yield Problem(where, f"{address}: an object {flat}", "run `terraform refresh`, then `terraform state pull`")


def _without_secrets(attributes: Mapping[str, Any], sensitive: Any) -> dict[str, Any]:
    """`sensitive_attributes` are paths: [[{"type": "get_attr", "value": "password"}], ...]."""
    first = [path[0] for path in sensitive if isinstance(path, list) and path]
    hidden = {str(step.get("value")) for step in first if isinstance(step, dict)}
    return {name: SECRET_MASK if name in hidden and value else value for name, value in attributes.items()}


# Terraform's language: HCL files, as `gcloud beta resource-config bulk-export --resource-format=terraform` writes them
# (https://cloud.google.com/docs/terraform/resource-management/export), and its JSON syntax (`.tf.json`).
#
# An import id stands in a comment (`# terraform import google_sql_database_instance.main projects/p/instances/main`) or
# in an `import` block. Values are read as they are written: references are kept as such, modules are not followed.

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


def read_hcl(text: str, file: str) -> Iterator[Found | Problem]:
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
        path = join(prefix, camel(name))
        yield path, where
        for block in body.blocks.get(name, ())[:1]:
            yield from _places(block.body, path)


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
