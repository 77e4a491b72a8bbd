"""What a change does to the declared resources: the programs of two git revisions, rendered and compared.

    diff(project, revision, recipe) -> RevisionDiff     a plan a stack, the checkout against a revision
    kept() -> Kept                                      the same again and again, as files are saved
    compare(stack, base, head) -> Plan                  two declarations; None for the side that does not have the stack

No engine, state, credentials or network. A Plan of this kind (`Kind.REVISION`) has the shape of the engine's own, so
that what takes the one takes the other. It cannot know drift, what was never applied, and what the cloud assigns.

    RevisionFailed      the code of a revision failed
    OtherLayout         the revision is laid out in another way than can be rendered
    UnknownRevision     the repository does not have it
    NoRepository        the checkout is no clone
    OutsideRepository   the specs lie outside of the repository, so that they have no other revision
    GitFailed           git failed
    UnreadableAnswer    the process of a revision answered with something that is no declaration
"""

from __future__ import annotations

from .answers import OtherLayout, RevisionFailed, UnreadableAnswer
from .compare import StackFacts, compare
from .diff import Recipe, RevisionDiff, diff
from .kept import Kept, kept
from .repository import Commit, GitFailed, NoRepository, OutsideRepository, UnknownRevision

__all__ = [
    "Commit",
    "GitFailed",
    "Kept",
    "NoRepository",
    "OtherLayout",
    "OutsideRepository",
    "Recipe",
    "RevisionDiff",
    "RevisionFailed",
    "StackFacts",
    "UnknownRevision",
    "UnreadableAnswer",
    "compare",
    "diff",
    "kept",
]
