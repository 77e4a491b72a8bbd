"""A declaration as a graph: Mermaid (https://mermaid.js.org/syntax/flowchart.html) or Graphviz DOT.

Components are clusters; an arrow goes from what is needed to what needs it, so that it reads in the order of creation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from regionctl.model.declaration import Declaration, Resource
from regionctl.model.printable import one_line
from regionctl.model.urn import short_type


def mermaid(declaration: Declaration) -> str:
    ids = _ids(declaration)

    def open_cluster(resource: Resource) -> str:
        return f'subgraph {ids[resource.urn]}["{_mermaid(resource.name)}"]'

    def node(resource: Resource) -> str:
        return f'{ids[resource.urn]}["{_mermaid(resource.name)}<br/>{_mermaid(short_type(resource.type))}"]'

    lines = ["flowchart LR", *_nested(declaration, _Language(open_cluster, "end", node))]
    lines += [f"  {ids[source]} --> {ids[target]}" for source, target in _edges(declaration)]
    return "\n".join(lines)


def dot(declaration: Declaration) -> str:
    ids = _ids(declaration)

    def open_cluster(resource: Resource) -> str:
        return f'subgraph "cluster_{ids[resource.urn]}" {{ label="{_dot(resource.name)}"'

    def node(resource: Resource) -> str:
        return f'{ids[resource.urn]} [label="{_dot(resource.name)}\\n{_dot(short_type(resource.type))}"]'

    lines = [f'digraph "{declaration.stack}" {{', "  rankdir=LR", "  node [shape=box]"]
    lines += _nested(declaration, _Language(open_cluster, "}", node))
    lines += [f"  {ids[source]} -> {ids[target]}" for source, target in _edges(declaration)]
    return "\n".join([*lines, "}"])


def _mermaid(text: str) -> str:
    """As a label: https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters"""
    return "".join(f"#{ord(char)};" if char in '"#&<>`\\' else char for char in one_line(text))


def _dot(text: str) -> str:
    """In a quoted string: https://graphviz.org/doc/info/lang.html"""
    return one_line(text).replace("\\", "\\\\").replace('"', '\\"')


def _ids(declaration: Declaration) -> dict[str, str]:
    return {urn: f"r{index}" for index, urn in enumerate(declaration.resources)}


def _edges(declaration: Declaration) -> Iterator[tuple[str, str]]:
    """Between resources that a provider makes; an edge to a component stands for its children and is left out."""
    custom = {urn for urn, resource in declaration.resources.items() if resource.custom}
    for urn in declaration.resources:
        if urn in custom:
            for source in declaration.resources[urn].dependencies:
                if source in custom:
                    yield source, urn


@dataclass(frozen=True)
class _Language:
    """How a drawing language says a cluster and a node."""

    open_cluster: Callable[[Resource], str]
    close_cluster: str
    node: Callable[[Resource], str]


def _nested(declaration: Declaration, language: _Language, parent: str | None = None, indent: str = "  ") -> list[str]:
    lines: list[str] = []
    for resource in declaration.children(parent):
        inner = _nested(declaration, language, resource.urn, indent + "  ")
        if inner:
            own = [f"{indent}  {language.node(resource)}"] if resource.custom else []
            lines += [f"{indent}{language.open_cluster(resource)}", *own, *inner, f"{indent}{language.close_cluster}"]
        elif resource.custom:
            lines.append(f"{indent}{language.node(resource)}")
    return lines


LANGUAGES = {"mermaid": mermaid, "dot": dot}
