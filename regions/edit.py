"""Changes to a fleet's files, in place: the bytes of a value change, and no others.

`with_value` edits one text, purely. `edit_fleet` edits files: the whole fleet is validated with the new texts before
the first one is written, and each is written whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from regionctl.model.errors import Position, RegionctlError, SpecError
from regionctl.system.files import NotWritten, write_all
from regions.draft import region_file
from regions.load import FLEET_FILE, Fleet, load_fleet, merge
from regions.source import dotted, parse_document, shown

# Text that YAML reads back as the same text without quotes, in block and flow style alike.
_PLAIN = re.compile(r"[a-z][a-z0-9]*([:./_-][a-z0-9]+)*")
_NOT_TEXT = frozenset({"null", "true", "false"})
_LINE_END = re.compile(r"\r\n|\n|\r")
_DEFAULT_INDENT = 2


class NotEditable(RegionctlError):
    """The file writes the value in a way that cannot be changed without changing more. Nothing was changed."""

    def __init__(self, where: Position, path: tuple[str, ...], why: str) -> None:
        self.path = path
        super().__init__(
            f"{dotted(path)}: {why}, so it is not changed in place",
            where=where,
            hint=f"write it as a plain `{path[-1]}: value` line, then run the command again",
        )


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A value to write at a path of a region's file, or (`region` None) of fleet.yaml. Words of `_PLAIN` alone."""

    region: str | None
    path: tuple[str, ...]
    value: str

    def __post_init__(self) -> None:
        for word in (*self.path, self.value):
            assert _is_plain(word), f"{word!r} needs quotes"


def edit_fleet(regions_dir: Path, fleet: str, edits: Iterable[Edit]) -> Fleet:
    """Makes the edits; returns the fleet as its files then say it.

    Raises NotEditable, NotWritten, and SpecError where the fleet would not be valid: then no file is touched.
    """
    texts: dict[Path, bytes] = {}
    for edit in edits:
        path = _file(regions_dir, fleet, edit.region)
        before = texts.get(path) or _read(path)
        texts[path] = with_value(before, edit.path, edit.value, file=shown(path))
    edited = load_fleet(regions_dir, fleet, instead=texts)
    write_all(texts, shown={path: shown(path) for path in texts})
    return edited


def with_value(data: bytes, path: tuple[str, ...], value: str, *, file: str) -> bytes:
    """The YAML with `value` at `path`: in place of the one there, or as a new last line of its section.

    Quotes, comments, order, line ends, a byte order mark and a missing last line end stay. Raises NotEditable, and
    SpecError for text that is no YAML.
    """
    document = parse_document(data, file)
    if document.problems:
        raise SpecError(document.problems)
    text = data.decode("utf-8")
    start = 1 if text.startswith("\ufeff") else 0
    editor = _Editor(text[start:], path, file)
    edited = (text[:start] + editor.set(value)).encode()
    # Whatever YAML has in store (anchors, block text, directives): the file says this and nothing else is different.
    after = parse_document(edited, file)
    if after.problems or after.value != merge(document.value, _nested(path, value)):
        raise NotEditable(document.position(path), path, "changing it here would change something else")
    return edited


def _is_plain(word: str) -> bool:
    return bool(_PLAIN.fullmatch(word)) and word not in _NOT_TEXT


def _nested(path: tuple[str, ...], value: str) -> dict[str, object]:
    key, *rest = path
    return {key: _nested(tuple(rest), value) if rest else value}


class _Editor:
    """One change of one text, at the positions that the parser gives."""

    def __init__(self, text: str, path: tuple[str, ...], file: str) -> None:
        self.text, self.path, self.file = text, path, file
        self.root: MappingNode = YAML(typ="safe", pure=True).compose(text)
        found = _LINE_END.search(text)
        self.line_end = found[0] if found else "\n"

    def set(self, value: str) -> str:
        node = self.root
        for depth, key in enumerate(self.path):
            entry = _entry(node, key)
            if entry is None:
                return self._added(node, depth, value)
            key_node, child = entry
            if child.start_mark.index < key_node.start_mark.index:
                raise self._refusal(key_node, "an alias (*) stands there, whose value others share")
            if depth == len(self.path) - 1:
                return self._replaced(child, value)
            if not isinstance(child, MappingNode):
                raise self._refusal(key_node, f"{dotted(self.path[: depth + 1])} has no keys")
            node = child
        raise AssertionError("a path without keys")

    def _replaced(self, node: Node, value: str) -> str:
        if not isinstance(node, ScalarNode):
            raise self._refusal(node, "keys or a list stand there")
        written = self._source(node)
        if written[:1] in "&!|>":  # also: nothing is written
            raise self._refusal(node, "it is written with an anchor, a tag or as a block" if written else "it is empty")
        quote = written[0] if written[0] in "'\"" else ""
        return self._spliced(node.start_mark.index, node.end_mark.index, f"{quote}{value}{quote}")

    def _added(self, section: MappingNode, depth: int, value: str) -> str:
        """With the missing part of the path as the last entry of a section that is there."""
        missing = self.path[depth:]
        if section.flow_style:
            return self._added_in_flow(section, missing, value)
        margins = (" " * (_column(section) + level * self._indent()) for level in range(len(missing)))
        lines = [f"{margin}{key}:" for margin, key in zip(margins, missing, strict=True)]
        lines[-1] += f" {value}"
        if section is self.root and len(missing) > 1:
            lines.insert(0, "")  # a section of its own stands apart
        at = self._end_of_line(section)
        return self._spliced(at, at, "".join(self.line_end + line for line in lines))

    def _added_in_flow(self, section: MappingNode, missing: tuple[str, ...], value: str) -> str:
        entry = value
        for level, key in enumerate(reversed(missing)):
            entry = f"{key}: {entry}" if level == 0 else f"{key}: {{{entry}}}"
        if section.value:
            at = section.value[-1][1].end_mark.index
            return self._spliced(at, at, f", {entry}")
        at = section.end_mark.index - 1
        return self._spliced(at, at, entry)

    def _indent(self) -> int:
        """How far the file indents: as its first nested section does."""
        top = _column(self.root)
        nested = (child for _, child in self.root.value if isinstance(child, MappingNode) and not child.flow_style)
        return next((_column(child) - top for child in nested), _DEFAULT_INDENT)

    def _end_of_line(self, section: MappingNode) -> int:
        """The end of the line of the last thing in a section, after its comment."""
        written = self.text[: _last(section).end_mark.index].rstrip()
        found = _LINE_END.search(self.text, len(written))
        return found.start() if found else len(self.text)

    def _source(self, node: Node) -> str:
        return self.text[node.start_mark.index : node.end_mark.index]

    def _spliced(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]

    def _refusal(self, node: Node, why: str) -> NotEditable:
        where = Position(self.file, node.start_mark.line + 1, node.start_mark.column + 1)
        return NotEditable(where, self.path, why)


def _entry(section: MappingNode, key: str) -> tuple[Node, Node] | None:
    return next(((key_node, value) for key_node, value in section.value if key_node.value == key), None)


def _column(section: MappingNode) -> int:
    """Where the keys of a block section stand, counted from 0."""
    column: int = section.value[0][0].start_mark.column
    return column


def _last(section: MappingNode) -> Node:
    """The last thing that is written in a block section: an alias's key, since its value stands elsewhere."""
    key: Node
    value: Node
    key, value = section.value[-1]
    if value.start_mark.index < key.start_mark.index:
        return key
    return _last(value) if isinstance(value, MappingNode) and not value.flow_style else value


def _file(regions_dir: Path, fleet: str, region: str | None) -> Path:
    return regions_dir / fleet / FLEET_FILE if region is None else region_file(regions_dir, fleet, region)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as err:
        raise NotWritten(shown(path), err.strerror or type(err).__name__) from err
