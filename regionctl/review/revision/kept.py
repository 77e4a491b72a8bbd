"""Comparing with a revision again and again, as files are saved: what does not change is rendered once.

The base is a commit, so that its render is kept. The checkout is rendered by one process that has imported everything
and forks for each answer; it is cut off and confined as that of a single diff is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .answers import Rendered
from .diff import Export, Recipe, RevisionDiff, Scratch, diff, render_both, scratch
from .repository import Commit, Repository


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    repository: Repository
    base: Commit
    recipe: Recipe
    old: Rendered
    checkout: Export


@dataclass
class Kept:
    """`prepare` is called in the process that keeps, `diff` there and in what is forked from it. `packages`: the
    checkout's own, which are to be imported anew.
    """

    scratch: Scratch
    packages: Collection[str] = ()
    exports: list[Export] = field(default_factory=list)
    _prepared: _Prepared | None = None

    @property
    def stale(self) -> bool:
        """Whether nothing is prepared, or the base is another commit by now. Raises UnknownRevision."""
        known = self._prepared
        return not known or known.checkout.ended or known.repository.commit(known.base.revision) != known.base

    def prepare(self, project: Path, revision: str, recipe: Recipe) -> RevisionDiff:
        """As `diff`; what comes next is quick, also where it raises what is wrong with the checkout."""
        return diff(project, revision, recipe, self._prepare)

    def diff(self, project: Path, revision: str, recipe: Recipe) -> RevisionDiff:
        """As `regionctl.review.revision.diff`, of the files as they are now."""
        return diff(project, revision, recipe, self._both)

    def _prepare(
        self, project: Path, repository: Repository, base: Commit, recipe: Recipe
    ) -> tuple[Rendered, Rendered]:
        self._prepared = None
        checkout = self._started(project, recipe, again=True)
        checkout.ask(())
        tree = self.scratch.folder / base.id
        if not tree.exists():
            repository.write(base, tree)
        old = Rendered()
        if (tree / repository.prefix / recipe.folder).is_dir():
            old = self._started(tree / repository.prefix, recipe).rendered(base.revision)
        self._prepared = _Prepared(repository=repository, base=base, recipe=recipe, old=old, checkout=checkout)
        return old, checkout.rendered(None)

    def _both(self, project: Path, repository: Repository, base: Commit, recipe: Recipe) -> tuple[Rendered, Rendered]:
        known = self._prepared
        if not known or (known.repository, known.base, known.recipe) != (repository, base, recipe):
            return render_both(project, repository, base, recipe)
        if not (project / recipe.folder).is_dir():
            return known.old, Rendered()
        known.checkout.ask(self.packages)
        return known.old, known.checkout.rendered(None)

    def _started(self, tree: Path, recipe: Recipe, *, again: bool = False) -> Export:
        self.exports.append(Export(tree, recipe, self.scratch, again=again))
        return self.exports[-1]


@contextmanager
def kept() -> Iterator[Kept]:
    """Ends its processes at the end, or with the process that called it."""
    exports: list[Export] = []
    try:
        with scratch() as temporary:
            yield Kept(temporary, exports=exports)
    finally:
        for one in exports:
            one.close()
