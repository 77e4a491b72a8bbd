"""What stops an adoption before it starts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from regionctl.adopt.classify import Row
from regionctl.adopt.report import short
from regionctl.adopt.rules import Class
from regionctl.model.errors import Problem, SpecError

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
