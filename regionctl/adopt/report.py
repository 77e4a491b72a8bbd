"""The coverage of an export: what is matched, what is left, what to decide. As data, and in Markdown."""

from __future__ import annotations

import html
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from regionctl.adopt.classify import Class, Classification, Row, by_class
from regionctl.adopt.compare import Difference
from regionctl.adopt.declared import Declared
from regionctl.model.errors import Problem, SpecError
from regionctl.model.values import pruned

VERSION: Final = 1
_WORDS: Final = re.compile(r"[\w .,:;/'()=-]*")
_DECIDE: Final = (Class.AMBIGUOUS, Class.FOREIGN, Class.ELSEWHERE, Class.UNKNOWN)


def to_decide(coverage: Classification) -> tuple[Row, ...]:
    """What a human has to say something about, what blocks an import first."""
    return tuple(sorted(coverage.of(*_DECIDE), key=lambda row: not row.blocks))


def why_missing(declared: Declared) -> str:
    """Why the export may lack it, and what then happens."""
    if not declared.kind.import_id:
        return "cannot be imported; `up` makes it again, which changes nothing"
    return "not in the export: `up` would make it"


def document(stack: str, coverage: Classification) -> dict[str, Any]:
    """The report as data."""
    return {
        "version": VERSION,
        "stack": stack,
        "summary": {class_.name.lower(): len(rows) for class_, rows in by_class(coverage.rows).items()},
        "resources": [_row(row) for row in coverage.rows],
        "missing": [
            {"name": one.name, "type": one.resource.type, "urn": one.urn, "because": why_missing(one)}
            for one in coverage.missing
        ],
        "notRead": not_read(coverage),
    }


def not_read(coverage: Classification) -> list[dict[str, Any]]:
    """What of the export was not read, as data."""
    return [{"where": str(one.where), "because": one.what, "hint": one.hint} for one in coverage.unread]


def _row(row: Row) -> dict[str, Any]:
    found = row.found
    return {
        "class": row.class_.name.lower(),
        "because": row.because,
        "type": found.type,
        "name": found.name,
        "project": found.project,
        "location": found.location,
        "importId": found.import_id,
        "where": str(found.where),
        "declared": row.declared.urn if row.declared else None,
        "differences": [_difference(one) for one in row.differences],
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {"path": one.path, "declared": _plain(one.declared), "exists": _plain(one.exists), "where": str(one.where)}


def _plain(value: Any) -> Any:
    """JSON knows no expression of HCL."""
    return json.loads(json.dumps(value, default=str))


def markdown(stack: str, coverage: Classification) -> str:
    """The report for people."""
    return "\n".join(_markdown(stack, coverage)) + "\n"


def _markdown(stack: str, coverage: Classification) -> Iterator[str]:
    yield f"# What exists, and what {stack} declares"
    yield ""
    yield "| class | resources |"
    yield "|---|---:|"
    for class_, rows in by_class(coverage.rows).items():
        yield f"| {class_} | {len(rows)} |"
    yield f"| declared, and not in the export | {len(coverage.missing)} |"
    if decide := to_decide(coverage):
        yield from _table("To decide", ("resource", "what it is", "where"), (_told(row) for row in decide))
    differing = ((row.declared.name, one) for row in coverage.matched if row.declared for one in row.differences)
    cells = [(name, one.path, shown(one.declared), shown(one.exists), str(one.where)) for name, one in differing]
    if cells:
        yield from _table("Differences", ("resource", "property", "declared", "exists", "where"), cells)
    if coverage.missing:
        missing = ((one.name, short(one.resource.type), why_missing(one)) for one in coverage.missing)
        yield from _table("Not in the export", ("resource", "type", "what happens"), missing)
    if coverage.unread:
        unread = ((str(one.where), one.what, one.hint or "") for one in coverage.unread)
        yield from _table("Not read", ("where", "why", "what to do"), unread)
    left = coverage.of(Class.GLOBAL, Class.GOOGLE, Class.NOT_ESSENTIAL)
    if left:
        yield from _table("Stays as it is", ("resource", "what it is", "where"), (_told(row) for row in left))


def _told(row: Row) -> tuple[str, str, str]:
    return f"{short(row.found.type)} {row.found.name}", f"{row.class_}: {row.because}", str(row.found.where)


def _table(title: str, headings: Sequence[str], rows: Any) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def _cell(text: str) -> str:
    """A cell in which foreign text is nothing but text: no column, no HTML, no mention of anybody."""
    line = text.replace("\n", " ")
    return line if _WORDS.fullmatch(line) else f"<code>{html.escape(line).replace('|', '&#124;')}</code>"


def short(type_: str) -> str:
    """`gcp:sql/databaseInstance:DatabaseInstance` -> `sql.DatabaseInstance`; other names as they are."""
    package, _, rest = type_.partition(":")
    module, _, name = rest.partition(":")
    return f"{module.partition('/')[0]}.{name}" if package == "gcp" and name else type_


def shown(value: Any, limit: int = 120) -> str:
    """A value on one line, without the provider's own notes."""
    if value is None:
        return "-"
    told = pruned(value, lambda key, _: key != "__defaults")
    text = told if isinstance(told, str) else json.dumps(_plain(told), ensure_ascii=False)
    return text if len(text) <= limit else f"{text[:limit]}..."


Report = Mapping[str, Any]


_HINTS: Final = {
    Class.AMBIGUOUS: "delete one of them, or export again without it",
    Class.FOREIGN: "export that project for a region of its own, or say with a rule that it stays out (--rules FILE)",
    Class.ELSEWHERE: "say with a rule what it is (--rules FILE), or leave it out of the export",
    Class.UNKNOWN: "say with a rule what it is (--rules FILE), or leave it out of the export",
}
_FEW: Final = 10
_NUMBER: Final = (
    "if it is the region's own, put what `gcloud projects describe PROJECT --format=json` prints into the export as"
    " project.json; else say with a rule that it stays out (--rules FILE)"
)


class Undecided(SpecError):
    """Resources of an export that a human must say something about first: each at its line. Nothing was imported."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = tuple(rows)
        alike: dict[tuple[str, Class], list[Row]] = defaultdict(list)
        for row in rows:
            alike[row.found.type, row.class_].append(row)
        super().__init__([problem for group in alike.values() for problem in _problems(group)])


def _problems(rows: Sequence[Row]) -> Iterator[Problem]:
    """A line each; of the thousands that one rule answers, the first few and how many more there are."""
    shown = rows if len(rows) <= _FEW else rows[: _FEW - 1]
    yield from (_problem(row, "") for row in shown)
    if more := rows[len(shown) :]:
        yield _problem(more[0], f" (and {len(more) - 1} more of this type)")


def _problem(row: Row, more: str) -> Problem:
    what = f"{short(row.found.type)} {row.found.name!r} is {row.class_}: {row.because}{more}"
    numbered = row.class_ is Class.FOREIGN and str(row.found.project).isdigit()
    return Problem(row.found.where, what, _NUMBER if numbered else _HINTS[row.class_])
