"""HCL as `gcloud beta resource-config bulk-export --resource-format=terraform` writes it: a file a resource, its
properties in alphabetical order, blocks after a blank line, the command that imports it in a comment at the end.

What Terraform's provider would not take is left out: attributes that only a cloud sets, empty ones, blocks that lack
what they need. A secret is a variable of the same file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from regionctl.adopt.kinds import AdoptType
from regionctl.adopt.shapes import schema_of, snake
from regionctl.adopt.writers.values import exported, import_id, kind_of
from regionctl.model.path import Path, pattern_of
from regionctl.model.values import SECRET_MASK
from regionctl.providers.facts import Facts, facts_of
from regionctl.providers.schema import Kind, Property, Shape, TypeSchema
from regionctl.sandbox.clouds import CloudResource

# What Terraform names in the singular and Pulumi in the plural, some of it in one block only (terraform-provider-google
# 7.46, the schemas of the types in the catalogues). Every other plural is Terraform's own.
_SINGULAR: Final = {
    "accesses": "access",
    "audit_log_configs": "audit_log_config",
    "authorization_attempt_infos": "authorization_attempt_info",
    "backends": "backend",
    "backup_geos": "backup_geo",
    "build_infos": "build_info",
    "client_validation_cas": "client_validation_ca",
    "commands": "command",
    "connection_pool_configs": "connection_pool_config",
    "cors.methods": "method",
    "cors.origins": "origin",
    "cors.response_headers": "response_header",
    "depends_ons": "depends_on",
    "envs": "env",
    "exclusions.request_bodies": "request_body",
    "exclusions.request_cookies": "request_cookie",
    "exclusions.request_headers": "request_header",
    "exclusions.request_query_params": "request_query_param",
    "exclusions.request_uris": "request_uri",
    "geos": "geo",
    "host_rules": "host_rule",
    "lifecycle_rules": "lifecycle_rule",
    "matches_prefixes": "matches_prefix",
    "matches_storage_classes": "matches_storage_class",
    "matches_suffixes": "matches_suffix",
    "nat64_subnetworks": "nat64_subnetwork",
    "negative_caching_policies": "negative_caching_policy",
    "notification_channel_strategies": "notification_channel_strategy",
    "path_matchers": "path_matcher",
    "path_rules": "path_rule",
    "preconfigured_waf_config.exclusions": "exclusion",
    "provisioning_issues": "provisioning_issue",
    "psc_configs": "psc_config",
    "query_string_blacklists": "query_string_blacklist",
    "query_string_whitelists": "query_string_whitelist",
    "request_headers_to_adds": "request_headers_to_add",
    "request_headers_to_removes": "request_headers_to_remove",
    "response_headers_to_adds": "response_headers_to_add",
    "response_headers_to_removes": "response_headers_to_remove",
    "secondary_ip_ranges": "secondary_ip_range",
    "source_ip_ranges_to_nats": "source_ip_ranges_to_nat",
    "statuses": "status",
    "subnetworks": "subnetwork",
    "tests": "test",
    "traffics": "traffic",
    "weekly_maintenance_windows": "weekly_maintenance_window",
    "wrrs": "wrr",
}
# Outputs of Terraform's provider that Pulumi's SDK 10.2.0 takes for inputs.
_OUTPUTS: Final = frozenset({"functionalType"})
# Lists of at most one element, of which Pulumi makes the element itself.
_LISTS_OF_ONE: Final = frozenset({"health_checks"})


def files(resources: Sequence[CloudResource]) -> dict[str, str]:
    """The text of each file by its path."""
    texts: dict[str, str] = {}
    labels: set[tuple[str, str]] = set()
    for resource in resources:
        kind = kind_of(resource)
        if kind is not None and kind.import_id:
            label = _label(kind.terraform, import_id(resource), labels)
            path, text = _file(resource, kind, label)
            while path in texts:
                path = path.replace(".tf", "-2.tf")
            texts[path] = text
    return texts


def _label(terraform: str, id_: str, taken: set[tuple[str, str]]) -> str:
    """As much of the end of an id as tells a resource from the others of its type."""
    segments = [part for part in re.split(r"[/ ]", id_) if part]
    label = "resource"
    for count in range(1, len(segments) + 1):
        label = re.sub(r"[^a-z0-9_]+", "_", "_".join(segments[-count:]).lower()).strip("_") or label
        label = label if label[0].isalpha() else f"_{label}"
        if (terraform, label) not in taken:
            break
    while (terraform, label) in taken:
        label += "_2"
    taken.add((terraform, label))
    return label


def _file(resource: CloudResource, kind: AdoptType, label: str) -> tuple[str, str]:
    schema, terraform = schema_of(resource.type), kind.terraform
    assert schema is not None
    values = {"project": resource.project, **exported(resource, secrets=True)}
    if "project" not in schema.inputs:
        del values["project"]
    id_ = import_id(resource)
    place = str(values.get("location") or values.get("region") or "")
    folder = "".join(word.capitalize() for word in terraform.removeprefix("google_").split("_"))
    name = re.sub(r"[^\w.@-]+", "_", id_.rsplit("/", 1)[-1])[:100]
    path = "/".join(part for part in ("projects", resource.project, folder, place, f"{name}.tf") if part)
    writer = _Writer(schema, facts_of(schema), f"{terraform.removeprefix('google_')}_{label}")
    body = "\n".join(writer.body(values, schema.inputs, (), "  "))
    # A line end in an id would end the comment, and what follows would be read as HCL.
    safe = id_ if id_.isprintable() else id_.encode("unicode_escape").decode()
    quoted = f'"{safe}"' if " " in safe else safe
    variables = "".join(
        f'variable "{variable}" {{\n  sensitive = true\n  type      = string\n}}\n' for variable in writer.variables
    )
    whole = f'resource "{terraform}" "{label}" {{\n{body}\n}}\n# terraform import {terraform}.{label} {quoted}\n'
    return path, variables + whole


@dataclass
class _Writer:
    """Writes one resource. `variables` are those that stand for its secrets."""

    schema: TypeSchema
    facts: Facts
    prefix: str
    variables: list[str] = field(default_factory=list)

    def body(
        self, values: Mapping[str, Any], known: Mapping[str, Property], path: Path, indent: str, block: str = ""
    ) -> Iterator[str]:
        """The lines within a block, `path` in the resource; `block` is its name."""
        told = {
            name: value
            for name, value in values.items()
            if name in known and self._is_told((*path, name), known[name], value)
        }
        blocks = {name for name in told if _is_block(known[name].shape)}
        plain = {_named(name, block): self._plain(told[name], (*path, name), indent) for name in told.keys() - blocks}
        width = max(map(len, plain), default=0)
        for name in sorted(plain):
            yield f"{indent}{name:{width}} = {plain[name]}"
        for name in sorted(blocks):
            shape = known[name].shape.element or known[name].shape
            for here, item in _items((*path, name), told[name]):
                yield ""
                yield f"{indent}{_named(name, block)} {{"
                yield from self.body(item, self.schema.fields(shape), here, f"{indent}  ", snake(name))
                yield f"{indent}}}"

    def _is_told(self, path: Path, prop: Property, value: Any) -> bool:
        """Whether Terraform takes a value here: not one that only the cloud sets, nor an empty one."""
        if pattern_of(path) in self.facts.output | _OUTPUTS or value is None:
            return False
        if value in ("", []) or (value == {} and not _is_block(prop.shape)):
            return prop.required or pattern_of(path) not in self.facts.computed
        if not _is_block(prop.shape):
            return True
        return all(self._is_whole(here, prop.shape, item) for here, item in _items(path, value))

    def _is_whole(self, path: Path, shape: Shape, item: Any) -> bool:
        """Whether a block has what it cannot do without."""
        fields = self.schema.fields(shape.element or shape)
        if not isinstance(item, Mapping):
            return False
        told = {
            name for name, value in item.items() if name in fields and self._is_told((*path, name), fields[name], value)
        }
        choices = list(_choices(self.facts, f"{pattern_of(path)}."))
        needed = {name for name, prop in fields.items() if prop.required}
        return needed <= told and all(choice & told for choice in choices)

    def _plain(self, value: Any, path: Path, indent: str) -> str:
        if value == SECRET_MASK:
            variable = "_".join([self.prefix, *(snake(str(key)) for key in path)])
            self.variables.append(variable)
            return f"var.{variable}"
        whole = [value] if snake(str(path[-1])) in _LISTS_OF_ONE and not isinstance(value, list) else value
        return literal(_without_secrets(whole), indent)


def _choices(facts: Facts, within: str) -> Iterator[set[str]]:
    """The sets of properties of a block of which one at least must be there. Those of a block in it are that one's."""
    for group in (*facts.exactly_one, *facts.at_least_one):
        below = [one.removeprefix(within) for one in group if one.startswith(within)]
        heads = {one.partition(".")[0].removesuffix("[]") for one in below}
        if len(below) == len(group) and (len(heads) > 1 or not any("." in one for one in below)):
            yield heads


def _items(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    """Each block of a property: of a list its elements."""
    yield from (((*path, i), item) for i, item in enumerate(value)) if isinstance(value, list) else [(path, value)]


def _named(name: str, block: str) -> str:
    word = snake(name)
    return _SINGULAR.get(f"{block}.{word}") or _SINGULAR.get(word, word)


def _is_block(shape: Shape) -> bool:
    inner = shape.element if shape.kind is Kind.LIST else shape
    return inner is not None and inner.kind is Kind.OBJECT


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_secrets(item) for key, item in value.items() if item != SECRET_MASK}
    return [_without_secrets(item) for item in value if item != SECRET_MASK] if isinstance(value, list) else value


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
