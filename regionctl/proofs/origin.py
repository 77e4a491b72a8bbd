"""Finds the line of a spec that a declared value comes from.

Found by trying: were the value of a line another one, would the property be another? What changes it is where it comes
from, whatever the program makes of it in between. Only lines that may have to do with the property are tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from regionctl.model.errors import Position, RegionctlError
from regionctl.model.program import StackProgram
from regionctl.render import Declaration, render

from .findings import Evidence, Finding
from .values import Found, at, shown

_MOST_TRIED = 6  # renders for one property; half a second each


@dataclass(frozen=True, kw_only=True)
class Variation:
    """A value of the specs: its path, where it stands, and a stack's program as it were with another value there."""

    path: tuple[str, ...]
    value: str
    source: Position
    changed_program: StackProgram


Variations = Callable[[str], Sequence[Variation]]  # by stack


def traced(findings: Iterable[Finding], evidence: Evidence, variations: Variations) -> Iterator[Finding]:
    """The findings, those about a property at the line of the spec that it comes from, where there is one.

    A finding that is excused, or stands at a line of a spec already, stays as it is.
    """
    search = _Search(evidence, variations)
    for finding in findings:
        source = search.source(finding)
        yield replace(finding, source=source) if source else finding


class _Search:
    """Remembers what was tried: findings of many stacks tend to have one cause."""

    def __init__(self, evidence: Evidence, variations: Variations) -> None:
        self._evidence = evidence
        self._variations_of = variations
        self._variations: dict[str, Sequence[Variation]] = {}
        self._changed: dict[tuple[str, tuple[str, ...]], Declaration | None] = {}
        self._cause: dict[object, tuple[str, ...] | None] = {}

    def source(self, finding: Finding) -> Position | None:
        if not finding.fails or finding.urn is None or finding.path is None:
            return None
        resource = self._evidence.renders[finding.stack].resources.get(finding.urn)
        if resource is None or finding.source != resource.created_at:
            return None
        kind = self._evidence.facts[finding.stack].kind
        alike = (kind, finding.rule, finding.path, resource.type, finding.source)
        candidates = self._candidates(finding, at(resource, finding.path))
        if alike in self._cause:
            candidates = [variation for variation in candidates if variation.path == self._cause[alike]]
        cause = next((variation for variation in candidates if self._moves(variation, finding)), None)
        self._cause.setdefault(alike, cause.path if cause else None)
        return cause.source if cause else None

    def _candidates(self, finding: Finding, value: Found) -> list[Variation]:
        stack = finding.stack
        if stack not in self._variations:
            self._variations[stack] = self._variations_of(stack)
        ranked = [
            (_likeness(variation, finding.path or "", shown(value)), variation) for variation in self._variations[stack]
        ]
        likely = sorted((pair for pair in ranked if pair[0]), key=lambda pair: -pair[0])
        return [variation for _, variation in likely[:_MOST_TRIED]]

    def _moves(self, variation: Variation, finding: Finding) -> bool:
        """Whether the property is another one under the variation."""
        key = (finding.stack, variation.path)
        if key not in self._changed:
            self._changed[key] = _render(variation.changed_program)
        declaration = self._changed[key]
        if declaration is None or finding.urn is None or finding.path is None:
            return False
        before = self._evidence.renders[finding.stack].resources[finding.urn]
        after = declaration.resources.get(finding.urn)
        return after is None or at(after, finding.path) != at(before, finding.path)


def _render(program: StackProgram) -> Declaration | None:
    try:
        return render(program)
    except RegionctlError:  # a program may refuse a value that no spec can have
        return None


def _likeness(variation: Variation, path: str, value: str) -> int:
    """How likely a property comes from a line: they share the value, or words of their names."""
    same_value = re.search(rf"(?<![a-z0-9]){re.escape(variation.value.lower())}(?![a-z0-9])", value.lower())
    return 2 * (same_value is not None) + len(_words(variation.path[-1]) & _words(path))


def _words(name: str) -> set[str]:
    """`backupConfiguration.retained_days` is backup, configuration, retained, days."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
