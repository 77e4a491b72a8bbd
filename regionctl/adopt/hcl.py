"""The literal part of Terraform's language (HCL): blocks of attributes with values that are written out.

What is no literal (a reference, a call, an interpolation) is kept as an Expression. The grammar is tree-sitter's;
meaning of escapes and heredocs: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md, "Template Expressions".
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import tree_sitter
import tree_sitter_hcl

from regionctl.adopt.inventory import Expression, unreadable
from regionctl.model.errors import Position


@dataclass(frozen=True)
class Body:
    """Attributes and the blocks by type, in order. `places` are the positions of both."""

    attributes: Mapping[str, Any]
    blocks: Mapping[str, tuple[Block, ...]]
    places: Mapping[str, Position]


@dataclass(frozen=True)
class Block:
    """`type "label" "label" { body }`."""

    type: str
    labels: tuple[str, ...]
    body: Body
    where: Position


@dataclass(frozen=True)
class Document:
    """A file: its blocks, and its comments with their lines."""

    blocks: tuple[Block, ...]
    comments: tuple[tuple[Position, str], ...]


def parse(source: bytes, file: str) -> Document:
    """Reads one file. Raises UnreadableExport at the first place that is not HCL."""
    root = _parser().parse(source).root_node
    if root.has_error:
        raise _syntax_error(root, source, file)
    reader = _Reader(file)
    body = next((node for node in root.named_children if node.type == "body"), None)
    blocks = tuple(reader.block(node) for node in _named(body, "block"))
    comments = tuple((reader.position(node), _text(node)) for node in _comments(root))
    return Document(blocks, comments)


@cache
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


def _syntax_error(root: tree_sitter.Node, source: bytes, file: str) -> Exception:
    node, end = next(_errors(root), root), len(source.rstrip())
    is_open = source.count(b"{") > source.count(b"}")
    if node.start_byte >= end or (is_open and node.end_byte >= end):
        line, column = max(node.start_point, root.end_point)
        where = Position(file, line + 1, column + 1)
        return unreadable(where, "the file ends in the middle of a block", "export it again: this one was cut off")
    line, column = node.start_point
    return unreadable(Position(file, line + 1, column + 1), "this is not HCL", "mend the line, or export it again")


def _errors(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    if node.is_error or node.is_missing:
        yield node
    for child in node.children:
        if child.has_error:
            yield from _errors(child)


def _comments(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    for child in node.children:
        if child.type == "comment":
            yield child
        elif child.type == "body":
            yield from _comments(child)


def _named(node: tree_sitter.Node | None, type_: str) -> Iterator[tree_sitter.Node]:
    yield from (child for child in (node.named_children if node else ()) if child.type == type_)


def _text(node: tree_sitter.Node) -> str:
    assert node.text is not None
    return node.text.decode("utf-8", "replace")


# https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#template-literals
_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([nrt"\\]))|([$%])\4\{')
_CHARACTERS = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def _unescaped(match: re.Match[str]) -> str:
    short, long, simple, sign = match.groups()
    if sign:
        return f"{sign}{{"
    if simple:
        return _CHARACTERS[simple]
    code = int(short or long, 16)
    if code > sys.maxunicode or 0xD800 <= code < 0xE000:
        raise ValueError(f"{match[0]} is no character")
    return chr(code)


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file

    def position(self, node: tree_sitter.Node) -> Position:
        line, column = node.start_point
        return Position(self._file, line + 1, column + 1)

    def block(self, node: tree_sitter.Node) -> Block:
        first, *rest = (child for child in node.named_children if child.type in {"identifier", "string_lit"})
        body = next(_named(node, "body"), None)
        labels = tuple(_text(label).strip('"') for label in rest)
        return Block(_text(first), labels, self._body(body), self.position(node))

    def _body(self, node: tree_sitter.Node | None) -> Body:
        attributes: dict[str, Any] = {}
        places: dict[str, Position] = {}
        blocks: dict[str, list[Block]] = {}
        for child in node.named_children if node else ():
            if child.type == "attribute":
                name, expression = child.named_children[0], child.named_children[-1]
                attributes[_text(name)] = self._value(expression)
                places[_text(name)] = self.position(child)
            elif child.type == "block":
                block = self.block(child)
                blocks.setdefault(block.type, []).append(block)
                places.setdefault(block.type, block.where)
        return Body(attributes, {name: tuple(found) for name, found in blocks.items()}, places)

    def _value(self, node: tree_sitter.Node) -> Any:
        match node.type:
            case "expression" | "literal_value" | "collection_value" | "template_expr" if node.named_child_count == 1:
                return self._value(node.named_children[0])
            case "string_lit" | "quoted_template":
                return self._template(node)
            case "heredoc_template":
                return self._heredoc(node)
            case "numeric_lit":
                return _number(_text(node))
            case "bool_lit":
                return _text(node) == "true"
            case "null_lit":
                return None
            case "tuple":
                return [self._value(item) for item in _named(node, "expression")]
            case "object":
                return dict(self._element(item) for item in _named(node, "object_elem"))
            case _:
                return _negative(_text(node))

    def _element(self, node: tree_sitter.Node) -> tuple[str, Any]:
        key, value = _named(node, "expression")
        name = self._value(key)
        return name if isinstance(name, str) else _text(key), self._value(value)

    def _template(self, node: tree_sitter.Node) -> Any:
        parts = [child for child in node.named_children if not child.type.startswith("quoted_template_")]
        if any(part.type != "template_literal" for part in parts):
            return Expression(_text(node))
        try:
            # The nodes of the grammar leave out spaces at the ends.
            return _ESCAPE.sub(_unescaped, _text(node)[1:-1])
        except ValueError as error:
            raise unreadable(self.position(node), str(error), "mend the line, or export it again") from error

    def _heredoc(self, node: tree_sitter.Node) -> Any:
        parts = [child for child in node.named_children if not child.type.startswith("heredoc_")]
        if any(part.type != "template_literal" for part in parts):
            return Expression(_text(node))
        whole = _text(node)
        lines = whole.split("\n")[1:-1]
        if whole.startswith("<<-"):
            indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
            lines = [line[indent:] for line in lines]
        return "".join(f"{line}\n" for line in lines).replace("$${", "${").replace("%%{", "%{")


def _number(text: str) -> Any:
    """A number, exactly where it is whole; one that no API would write is kept as its text."""
    if re.fullmatch(r"\d{1,30}", text, re.ASCII):
        return int(text)
    try:
        value = float(text)
    except ValueError:
        value = math.inf
    if not math.isfinite(value):
        return Expression(text)
    return int(value) if value.is_integer() else value


def _negative(text: str) -> Any:
    """A negative number is an operation in the grammar; anything else is an expression."""
    if not re.fullmatch(r"-\s*\d{1,30}(\.\d+)?", text, re.ASCII):
        return Expression(text)
    return -_number(text[1:].strip())
