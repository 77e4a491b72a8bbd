"""What the process of a revision answers, line by line, as typed values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from regionctl.model.errors import Position, Problem, RegionctlError, SpecError
from regionctl.render import Declaration

from . import decode
from .compare import StackFacts
from .decode import UnreadableAnswer

_FORMAT = 1


class RevisionFailed(RegionctlError):
    """The code of a revision failed. `where` names the revision as git does: `main:components/database.py:12`."""

    def __init__(self, revision: str | None, what: str, *, where: str | None, hint: str | None) -> None:
        self.revision = revision
        super().__init__(what, where=_at(revision, where), hint=hint)


class OtherLayout(RegionctlError):
    """The revision is laid out in another way than this release of regionctl can render."""

    def __init__(self, revision: str | None, reason: str) -> None:
        self.revision = revision
        super().__init__(
            f"{revision or 'the checkout'} has another layout, which cannot be rendered ({reason})",
            hint="compare with a later revision" if revision else "run it in the root of the checkout",
        )


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """One revision: every stack that it has, and what those declare that were asked for, or why that is not known."""

    stacks: tuple[str, ...] = ()
    declared: Mapping[str, Declaration | RegionctlError] = field(default_factory=dict)
    facts: Mapping[str, StackFacts] = field(default_factory=dict)


def read(lines: Iterable[str], revision: str | None) -> Rendered:
    """The whole answer. `revision` is None for the checkout.

    Raises SpecError, RevisionFailed (also where it is not all of one), OtherLayout, and UnreadableAnswer.
    """
    try:
        return _read(lines, revision)
    except UnreadableAnswer as error:
        raise UnreadableAnswer(error.reason, where=revision or "the checkout") from error


def _read(lines: Iterable[str], revision: str | None) -> Rendered:
    documents = (_document(line) for line in lines)
    first = next(documents, None)
    if first is None:
        raise _ended(revision)
    if first.get("format") != _FORMAT:
        raise UnreadableAnswer(f"format {first.get('format')!r}")
    if "error" in first:
        raise _error(first["error"], revision)
    declared: dict[str, Declaration | RegionctlError] = {}
    facts: dict[str, StackFacts] = {}
    for document in documents:
        if "end" in document:
            return Rendered(stacks=decode.texts(first.get("stacks")), declared=declared, facts=facts)
        stack = _facts(document)
        facts[stack.stack] = stack
        declared[stack.stack] = _declared(document, revision)
    raise _ended(revision)


def _document(line: str) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnreadableAnswer("it is no JSON") from error
    return decode.object_(document)


def _declared(document: Mapping[str, Any], revision: str | None) -> Declaration | RegionctlError:
    if "error" in document:
        return _error(document["error"], revision)
    return decode.declaration(document.get("declaration"))


def _facts(document: Mapping[str, Any]) -> StackFacts:
    region = document.get("region")
    return StackFacts(
        stack=decode.text(document.get("stack")),
        fleet=decode.text(document.get("fleet")),
        region=None if region is None else decode.text(region),
        target=decode.text(document.get("target")),
    )


def _error(data: Any, revision: str | None) -> RegionctlError:
    match data:
        case {"problems": [_, *_] as problems}:
            return SpecError([_problem(decode.object_(problem), revision) for problem in problems])
        case {"layout": str(reason)}:
            return OtherLayout(revision, reason)
        case {"what": str(what), "where": str() | None as where, "hint": str() | None as hint}:
            return RevisionFailed(revision, what, where=where, hint=hint)
        case _:
            raise UnreadableAnswer("an error is none")


def _problem(data: Mapping[str, Any], revision: str | None) -> Problem:
    match data:
        case {"file": str(file), "line": int(line), "column": int(column), "what": str(what), "hint": hint}:
            where = Position(_at(revision, file) or file, line, column)
            return Problem(where, what, None if hint is None else decode.text(hint))
        case _:
            raise UnreadableAnswer("a problem is none")


def _at(revision: str | None, where: str | None) -> str | None:
    """A place in a file of a revision, as git writes it: `main:regions/prod/fleet.yaml`."""
    return f"{revision}:{where}" if revision and where else where or revision


def _ended(revision: str | None) -> RegionctlError:
    return RevisionFailed(
        revision,
        "its process ended before it had rendered every stack",
        where=None,
        hint="memory may be short: name fewer stacks",
    )
