"""TOML that people write: read once, and every mistake in it at file:line:column.

document = load(file, BadRule)          Raises the given SpecError where the file cannot be read, or is no TOML
document.at("rule", 2, "class")         where a value stands; the nearest that was found above it where it does not
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from regionctl.model.errors import Position, Problem, SpecError

_HEADER: Final = re.compile(r"^[ \t]*\[+[ \t]*(?P<name>[^\n\]]+?)[ \t]*\]+", re.MULTILINE)
_STOPPED: Final = re.compile(r"at line (\d+), column (\d+)")


@dataclass(frozen=True, kw_only=True)
class Document:
    """A file's text and what it says."""

    file: str
    text: str
    table: dict[str, Any]

    def at(self, *path: str | int) -> Position:
        """Where the value at a path stands: its header's line, or its key's in the part that the header begins."""
        start, end, rest = self._part(path)
        for step in rest:
            if isinstance(step, int):
                openings = [match.start() for match in re.finditer(r"\{", self.text[start:end])]
                start += openings[step] if step < len(openings) else 0
            elif match := re.compile(rf"(?<![\w.-])[\"']?{re.escape(step)}[\"']?[ \t]*[.=]").search(
                self.text, start, end
            ):
                start = match.start()
        return self._position(start)

    def _part(self, path: Sequence[str | int]) -> tuple[int, int, Sequence[str | int]]:
        """The text under the header that names the most of a path, and what of the path it does not name."""
        heads = list(_HEADER.finditer(self.text))
        found = (0, len(self.text), path)
        seen: dict[str, int] = {}
        for head, after in zip(heads, [*(head.start() for head in heads), len(self.text)][1:], strict=True):
            name = head["name"]
            number = seen[name] = seen.get(name, -1) + 1
            keys = [quoted or bare for quoted, bare in re.findall(r"\"([^\"]*)\"|([\w-]+)", name)]
            if head[0].lstrip().startswith("[["):
                keys = [*keys, number]
            known = min(len(path), len(keys))
            if list(path[:known]) == keys[:known] and len(path) - known < len(found[2]):
                found = (head.start(), after, path[known:])
        return found

    def _position(self, offset: int) -> Position:
        before = self.text[:offset]
        return Position(self.file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def load(file: Path, mistake: type[SpecError]) -> Document:
    """Reads a file. Raises `mistake` where that cannot be done."""

    name = str(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)

    def bad(what: str, hint: str, where: Position | None = None) -> SpecError:
        return mistake([Problem(where or Position(name, 1, 1), what, hint)])

    try:
        text = file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise bad(f"cannot be read: {error.strerror}", "give a file of the right form") from error
    except UnicodeDecodeError as error:
        raise bad("this is no text in UTF-8", "save it as UTF-8") from error
    empty = Document(file=name, text=text, table={})
    try:
        return Document(file=name, text=text, table=tomllib.loads(text))
    except RecursionError as error:
        raise bad("this is not TOML (nested too deeply)", "mend it") from error
    except ValueError as error:  # TOMLDecodeError is one, and so is a number of too many digits
        stopped = _STOPPED.search(str(error))
        where = Position(name, int(stopped[1]), int(stopped[2])) if stopped else None
        if "end of document" in str(error):
            where = empty._position(len(text))
        raise bad(f"this is not TOML ({str(error)[:200]})", "mend the line", where) from error
