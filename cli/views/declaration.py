"""A declaration as a tree of components, one resource in full, and both as JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from rich.tree import Tree

from cli.views.console import say
from cli.views.text import Text
from regionctl.model.urn import name_of, short_type, type_of
from regionctl.render import Declaration, Resource
from regionctl.render.find import name_in_cloud
from regionctl.render.plain import in_line, plain


def print_tree(declaration: Declaration) -> None:
    children: Mapping[str | None, list[Resource]] = _by_parent(declaration)
    root = Tree(Text(declaration.stack, "bold"))
    _grow(root, children, None)
    say(root)
    custom = sum(resource.custom for resource in declaration.resources.values())
    say(
        f"{custom} resources in {len(declaration.resources) - custom} components, "
        f"{len(declaration.outputs)} outputs: {', '.join(sorted(declaration.outputs))}"
    )


def _by_parent(declaration: Declaration) -> Mapping[str | None, list[Resource]]:
    children: dict[str | None, list[Resource]] = defaultdict(list)
    for resource in declaration.resources.values():
        children[resource.parent].append(resource)
    return children


def _grow(tree: Tree, children: Mapping[str | None, list[Resource]], parent: str | None) -> None:
    for resource in children.get(parent, []):
        _grow(tree.add(_label(resource)), children, resource.urn)


def _label(resource: Resource) -> Text:
    label = Text(resource.name, "bold" if resource.component else "")
    label.append(f"  {short_type(resource.type)}", "cyan" if resource.component else "dim")
    cloud_name = name_in_cloud(resource)
    if cloud_name and cloud_name != resource.name:
        label.append(f"  {cloud_name}", "dim")
    if resource.options.protect:
        label.append("  protected", "yellow")
    return label


def print_resources(resources: Iterable[Resource]) -> None:
    for resource in resources:
        print_resource(resource)


def print_resource(resource: Resource) -> None:
    say(Text.assemble((resource.name, "bold"), f"  {resource.type}"))
    say(f"urn: {resource.urn}")
    options = resource_json(resource)["options"]
    if options:
        say(f"options: {', '.join(f'{key}={in_line(value)}' for key, value in options.items())}")
    say("inputs:" if resource.inputs else "inputs: none")
    print_values(plain(dict(resource.inputs)))
    if resource.dependencies:
        say("depends on:")
        for urn in resource.dependencies:
            say(f"  {name_of(urn)}  {short_type(type_of(urn))}")


def print_values(value: Any, indent: str = "  ") -> None:
    """A nested value, a line a leaf."""
    items = value.items() if isinstance(value, Mapping) else ((f"[{index}]", item) for index, item in enumerate(value))
    for key, item in items:
        if isinstance(item, Mapping | list) and item:
            say(f"{indent}{key}:")
            print_values(item, indent + "  ")
        else:
            say(f"{indent}{key}: {in_line(item)}")


def resource_json(resource: Resource) -> dict[str, Any]:
    options = {
        key: plain(value)
        for key, value in vars(resource.options).items()
        if value not in (None, (), {}) and key not in {"version", "plugin_download_url"}
    }
    return {
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "custom": resource.custom,
        "parent": resource.parent,
        "inputs": plain(dict(resource.inputs)),
        "dependencies": list(resource.dependencies),
        "propertyDependencies": {key: list(urns) for key, urns in resource.property_dependencies.items() if urns},
        "options": options,
    }


def resources_document(resources: Iterable[Resource]) -> list[dict[str, Any]]:
    return [resource_json(resource) for resource in resources]


def declaration_document(declaration: Declaration) -> dict[str, Any]:
    return {
        "version": 1,
        "kind": "declaration",
        "stack": declaration.stack,
        "resources": resources_document(declaration.resources.values()),
        "outputs": plain(dict(declaration.outputs)),
    }


def graph_document(stack: str, language: str, text: str) -> dict[str, Any]:
    return {"version": 1, "kind": "graph", "stack": stack, "format": language, "text": text}
