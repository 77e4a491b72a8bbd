"""The diff of a fleet between a revision and the checkout."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from regionctl.engine import Plan
from regionctl.model.errors import RegionctlError

from .answers import Rendered
from .compare import compare
from .export import Recipe, render_both
from .repository import Commit, Repository


@dataclass(frozen=True, kw_only=True)
class RevisionDiff:
    """`results` has a plan, or why there is none, for each stack that was asked for and that a revision has.

    `stacks` are all of both revisions. `lacks`: how many commits the base has that the checkout has not.
    """

    base: Commit
    lacks: int
    stacks: tuple[str, ...]
    results: Mapping[str, Plan | RegionctlError]


def diff(project: Path, revision: str, recipe: Recipe) -> RevisionDiff:
    """What the checkout at `project` declares, uncommitted changes included, against a revision of its repository.

    Raises NoRepository, OutsideRepository, UnknownRevision, GitFailed; and SpecError, RevisionFailed or OtherLayout
    where one of the two cannot even make its programs.
    """
    repository = Repository.of(project)
    repository.holds(project / recipe.folder)
    base = repository.commit(revision)
    began = time.monotonic()
    old, new = render_both(project, repository, base, recipe)
    took_s = time.monotonic() - began
    stacks = tuple(dict.fromkeys((*new.stacks, *old.stacks)))
    results = {name: _result(name, old, new) for name in stacks if name in new.facts or name in old.facts}
    return RevisionDiff(
        base=base,
        lacks=repository.lacks(base),
        stacks=stacks,
        results={
            name: replace(result, duration_s=took_s) if isinstance(result, Plan) else result
            for name, result in results.items()
        },
    )


def _result(stack: str, old: Rendered, new: Rendered) -> Plan | RegionctlError:
    before, after = old.declared.get(stack), new.declared.get(stack)
    for side in (after, before):
        if isinstance(side, RegionctlError):
            return side
    assert not isinstance(before, RegionctlError)
    assert not isinstance(after, RegionctlError)
    return compare(new.facts.get(stack) or old.facts[stack], before, after)
