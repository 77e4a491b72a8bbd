"""Isolation: no stack refers to another, but where the design allows it.

Every text of every input, and every output, is searched for what belongs to the other stacks: names, project ids, host
names, account emails, addresses. Beside that, nothing may name a project that is not the stack's own, so that a stack
that the evidence does not have is found too; no region reads another stack's outputs; no two share a project, a range
of addresses or a file.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from itertools import combinations

from regionctl.model.program import StackKind
from regionctl.render import Declaration

from .findings import Check, Evidence, Finding, StackFacts
from .values import texts

NAME = "isolation"
STACK_REFERENCE = "pulumi:pulumi:StackReference"

# A token ends where a word does. One that is followed by a word of digits is the start of a longer name: the project of
# region `eu`, acme-prod-eu-1, is not meant in acme-prod-eu-1-1, which is that of region `eu-1`.
_BEFORE, _AFTER = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9]|-[0-9]+(?![A-Za-z0-9]))"
_ADDRESS = re.compile(r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?:/[0-9]{1,2})?(?![0-9.])")
# https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin
_PROJECT_ID = r"[a-z][a-z0-9-]{4,28}[a-z0-9]"
_PROJECT = re.compile(rf"(?<![a-z])projects/({_PROJECT_ID})(?=/|$)|@({_PROJECT_ID})\.iam\.gserviceaccount\.com")
# Projects of Google's own service agents: https://cloud.google.com/iam/docs/service-agents
_GOOGLES = re.compile(r"gs-project-accounts|gcp-sa-[a-z0-9-]+|compute-system|serverless-robot-prod|cloud-redis")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Findings at each input that refers to another stack, then those about what two stacks share."""
    tokens = _Tokens(evidence)
    for stack, declaration in evidence.renders.items():
        facts = evidence.facts[stack]
        for text in _all_texts(declaration):
            yield from _foreign(tokens, facts, text)
        yield from _readers(facts, declaration)
    yield from _shared(evidence)


def report(evidence: Evidence, _findings: Sequence[Finding]) -> str:
    """The references that the design allows, each with its reason, as a table in Markdown."""
    rows = [f"| {one.by} | {one.to} | `{one.text}` | {one.reason} |" for one in evidence.allowed]
    return "\n".join(("| from | to | by the text | because |", "|---|---|---|---|", *rows))


CHECK = Check(name=NAME, claim="no stack refers to another, but where the design allows it", run=check, report=report)


@dataclass(frozen=True, kw_only=True)
class _Text:
    urn: str | None
    path: str
    text: str


def _all_texts(declaration: Declaration) -> Iterator[_Text]:
    for resource in declaration.resources.values():
        for path, text in texts(resource.inputs):
            yield _Text(urn=resource.urn, path=path, text=text)
    for path, text in texts(declaration.outputs):
        yield _Text(urn=None, path=path, text=text)


class _Tokens:
    """Whose every token is. At one place in a text the longest one counts."""

    def __init__(self, evidence: Evidence) -> None:
        self.owners: dict[str, dict[str, str]] = defaultdict(dict)  # token -> stack -> what it is
        for facts in evidence.facts.values():
            for what, token in facts.tokens.items():
                self.owners[token].setdefault(facts.stack, what)
        for allowed in evidence.allowed:  # to whom it is not allowed, it is a reference like any other
            self.owners[allowed.text].setdefault(allowed.to, "reference")
        self.allowed = {(allowed.by, allowed.text) for allowed in evidence.allowed}
        self._ranges = {facts.stack: facts.ranges for facts in evidence.facts.values()}

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self.owners, key=len, reverse=True)
        return re.compile(
            f"{_BEFORE}(?:{'|'.join(map(re.escape, longest_first))}){_AFTER}" if longest_first else r"(?!)"
        )

    def owner_of(self, address: IPv4Network, but: str) -> str | None:
        """Another stack that has these addresses."""
        own = self._ranges.get(but, ())
        if any(address.subnet_of(network) for network in own):
            return None
        owned = (s for s, networks in self._ranges.items() if any(address.subnet_of(n) for n in networks))
        return next(owned, None)


def _foreign(tokens: _Tokens, facts: StackFacts, at: _Text) -> Iterator[Finding]:
    allowed_spans = []
    for match in tokens.pattern.finditer(at.text):
        token, owners = match[0], tokens.owners[match[0]]
        if (facts.stack, token) in tokens.allowed:
            allowed_spans.append(match.span())
        elif facts.stack not in owners:
            stack, what = next(iter(owners.items()))
            yield _refers(facts, at, stack, f"{what} {token}")
    for match in _ADDRESS.finditer(at.text):
        network = _network(match[0])
        other = network and tokens.owner_of(network, facts.stack)
        if other:
            yield _refers(facts, at, other, f"addresses {match[0]}")
    for match in _PROJECT.finditer(at.text):
        project = match[1] or match[2]
        known = project in tokens.owners or project == facts.project or _GOOGLES.fullmatch(project)
        if not known and facts.project and not any(s <= match.start() and match.end() <= e for s, e in allowed_spans):
            yield _unknown_project(facts, at, project)


def _network(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text, strict=False)
    except (AddressValueError, NetmaskValueError):
        return None


def _refers(facts: StackFacts, at: _Text, other: str, token: str) -> Finding:
    return Finding(
        check=NAME,
        rule="isolation/refers-to-another-stack",
        stack=facts.stack,
        message=f"refers to {other}: {token}",
        hint="take it from the stack's own resources, or allow it where the design's references are, with a reason",
        urn=at.urn,
        path=at.path,
    )


def _unknown_project(facts: StackFacts, at: _Text, project: str) -> Finding:
    return Finding(
        check=NAME,
        rule="isolation/unknown-project",
        stack=facts.stack,
        message=f"names the project {project}, which is not {facts.stack}'s own",
        hint=f"take it from {facts.project}, or allow it where the design's references are, with a reason",
        urn=at.urn,
        path=at.path,
    )


def _readers(facts: StackFacts, declaration: Declaration) -> Iterator[Finding]:
    """Only the edge reads other stacks' outputs."""
    if facts.kind is StackKind.EDGE:
        return
    for resource in declaration.resources.values():
        if resource.type == STACK_REFERENCE:
            yield Finding(
                check=NAME,
                rule="isolation/reads-another-stack",
                stack=facts.stack,
                message=f"reads the outputs of {resource.inputs.get('name', resource.name)}",
                hint="compute the value from the specs; only the edge reads what a cloud has assigned",
                urn=resource.urn,
                path="name",
            )


def _shared(evidence: Evidence) -> Iterator[Finding]:
    for one, other in combinations(evidence.facts.values(), 2):
        if one.project and one.project == other.project:
            yield _both(one, other, "project", f"have the project {one.project}")
        if one.fleet == other.fleet and any(a.overlaps(b) for a in one.ranges for b in other.ranges):
            yield _both(one, other, "addresses", "have overlapping addresses")
        for what, file in one.files.items():
            if other.files.get(what) == file:
                yield _both(one, other, "file", f"keep their {what} in one file, {file}")


def _both(one: StackFacts, other: StackFacts, what: str, how: str) -> Finding:
    return Finding(
        check=NAME,
        rule=f"isolation/shared-{what}",
        stack=other.stack,
        message=f"{one.stack} and {other.stack} {how}",
        hint="give each its own",
    )
