"""A YAML file as plain values that remember where they stood.

YAML 1.2's core schema, so `no` is a word and `012` is twelve. Aliases are followed; tags and merge keys are not read.
Any bytes at all give a document or problems, never another exception.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from regionctl.model.errors import Position, Problem

KeyPath = tuple[str | int, ...]

# A region's file is a page. The limits keep hostile ones (alias bombs, endless nesting) from costing time or memory.
MAX_BYTES = 64 * 1024
MAX_NODES = 20_000
MAX_DEPTH = 32

_STR_TAG = "tag:yaml.org,2002:str"
_CORE_TAGS = {
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "null", "bool", "int", "float", "timestamp", "merge", "value", "seq", "map")
}


@dataclass
class Document:
    """What one file says. `problems` are those of the file alone: syntax, duplicates, tags."""

    file: str
    value: dict[str, object] = field(default_factory=dict)
    values: dict[KeyPath, Position] = field(default_factory=dict)
    keys: dict[KeyPath, Position] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def top(self) -> Position:
        return Position(self.file, 1, 1)

    def sets(self, path: KeyPath) -> bool:
        """Whether the file says something at this very path."""
        return path in self.values

    def position(self, path: KeyPath) -> Position:
        """Where the value stands (a map: its key), or the nearest thing around it."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.values:
                return self.values[path[:end]]
        return self.top

    def key_position(self, path: KeyPath) -> Position:
        """Where the key stands, or the nearest thing around it."""
        return self.keys.get(path) or self.position(path)


def shown(path: Path) -> str:
    """The path as people see it: relative to the current directory where it lies in it."""
    absolute = os.path.abspath(path)  # noqa: PTH100 - resolving would follow symbolic links
    relative = os.path.relpath(absolute)
    return absolute if relative.startswith("..") else relative


def read_document(path: Path) -> Document:
    """The document in a file. What cannot be read is a problem of it."""
    document = Document(shown(path))
    try:
        if not path.is_file():
            document.problems.append(_no_file(path, document.top))
            return document
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as err:
        reason = err.strerror or type(err).__name__
        document.problems.append(Problem(document.top, f"cannot be read: {reason}", "mend its permissions"))
        return document
    _parse(data, document)
    return document


def _no_file(path: Path, where: Position) -> Problem:
    if not path.is_symlink() and not path.exists():
        return Problem(where, "missing", "restore the file, or write it")
    what = "a directory, not a file" if path.is_dir() else "not a file that can be read"
    return Problem(where, what, "move it away or put a YAML file in its place")


def parse_document(data: bytes, file: str) -> Document:
    """The document in these bytes; `file` is the name that positions carry."""
    document = Document(file)
    _parse(data, document)
    return document


def _parse(data: bytes, document: Document) -> None:
    text = _decode(data, document)
    node = None if text is None else _compose(text, document)
    if node is not None:
        _Reader(document).read(node)


def _decode(data: bytes, document: Document) -> str | None:
    if len(data) > MAX_BYTES:
        document.problems.append(Problem(document.top, f"longer than {MAX_BYTES // 1024} KiB", "a spec is a page"))
        return None
    if b"\0" in data:
        document.problems.append(Problem(document.top, "a binary file", "put a YAML file in its place"))
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        before = data[: err.start]
        line_start = before.rfind(b"\n") + 1
        column = len(before[line_start:].decode("utf-8-sig", "replace")) + 1
        where = Position(document.file, before.count(b"\n") + 1, column)
        document.problems.append(Problem(where, "not UTF-8", "save the file as UTF-8"))
        return None
    return text


def _compose(text: str, document: Document) -> Node | None:
    try:
        node: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        where = Position(document.file, mark.line + 1, mark.column + 1) if mark else document.top
        document.problems.append(Problem(where, f"not YAML: {_without_quotes(err.problem)}", _syntax_hint(err.problem)))
        return None
    except ReaderError as err:
        before = text[: err.position] if isinstance(err.position, int) else ""
        where = Position(document.file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        document.problems.append(Problem(where, "a control character", "remove it"))
        return None
    except RecursionError:
        document.problems.append(Problem(document.top, "nested too deeply", "a spec has five levels at most"))
        return None
    except Exception:  # ruamel.yaml answers some text with other errors: an escape over U+10FFFF with ValueError
        document.problems.append(
            Problem(document.top, "not YAML: it cannot be parsed", "compare it with another region's file")
        )
        return None
    if node is None or (isinstance(node, ScalarNode) and not node.value):
        document.problems.append(Problem(document.top, "an empty file", "copy another one of the fleet, or delete it"))
        return None
    return node


def _without_quotes(problem: str | None) -> str:
    """The parser's words without what it quotes from the file: a password may stand there."""
    return re.sub(r"'[^']{3,}'|\"[^\"]{3,}\"", "...", (problem or "it cannot be parsed").splitlines()[0])


def _syntax_hint(problem: str | None) -> str:
    if problem and "\\t" in problem:
        return "indent with spaces, not tabs"
    return "check the indentation, colons and quotes here"


_UNREAD = object()  # stands for a value that is a problem already


class _LimitReached(Exception):
    pass


class _Reader:
    """Walks the nodes once, in order, and writes values, positions and problems into the document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.nodes = 0

    def read(self, root: Node) -> None:
        if not isinstance(root, MappingNode):
            self._problem(root, "keys with values are wanted", "write `key: value` lines")
            return
        try:
            self.document.value = self._mapping(root, ())
        except _LimitReached:
            self.document.value = {}

    def _value(self, node: Node, path: KeyPath) -> object:
        self.nodes += 1
        if self.nodes > MAX_NODES or len(path) > MAX_DEPTH:
            self._problem(node, "aliases or nesting make this too large", "write the values out")
            raise _LimitReached
        if node.tag not in _CORE_TAGS:
            self._problem(node, f"{dotted(path)}: tags (!) are not read", "put the value in quotes or remove the tag")
            return _UNREAD
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            items = [self._item(item, (*path, index)) for index, item in enumerate(node.value)]
            return [item for item in items if item is not _UNREAD]
        assert isinstance(node, ScalarNode), "ruamel.yaml composes nothing else"
        if _SURROGATE.search(node.value):
            self._problem(node, f"{dotted(path)}: an escape that is no character", "write the character itself")
            return _UNREAD
        return _scalar(node)

    def _item(self, node: Node, path: KeyPath) -> object:
        self.document.values[path] = self._position(node)
        return self._value(node, path)

    def _mapping(self, node: MappingNode, path: KeyPath) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode) or not key_node.value.isprintable():
                self._problem(key_node, "a key that is no word", "write `key: value`")
                continue
            key = key_node.value
            where = (*path, key)
            if key in found:
                first = self.document.keys[where]
                self._problem(
                    key_node, f"{dotted(where)}: the key stands twice", f"remove it here or in line {first.line}"
                )
                continue
            self.document.keys[where] = self._position(key_node)
            plain = isinstance(value_node, ScalarNode)
            self.document.values[where] = self._position(value_node if plain else key_node)
            found[key] = self._value(value_node, where)
        return {key: value for key, value in found.items() if value is not _UNREAD}

    def _position(self, node: Node) -> Position:
        return Position(self.document.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _problem(self, node: Node, what: str, hint: str) -> None:
        self.document.problems.append(Problem(self._position(node), what, hint))


def dotted(path: KeyPath) -> str:
    """A path as people write it: services.api.cpu."""
    return ".".join(map(str, path))


_SURROGATE = re.compile("[\ud800-\udfff]")
_NULL = re.compile(r"null|Null|NULL|~|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def _scalar(node: ScalarNode) -> object:
    """YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema) but for octal and hexadecimal numbers,
    infinity and not-a-number, which no spec has: those stay words."""
    text: str = node.value
    if node.tag == _STR_TAG or (node.style or "-") in "'\"|>":
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
