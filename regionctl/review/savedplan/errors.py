"""Why a saved plan is not made or not applied. Nothing was touched.

SavedPlanError
|- NotSaved        the plan cannot be applied later as it is now
|- DamagedPlan     the file is no saved plan, or not a whole one
|- OtherVersion    another version of the file format
|- TamperedPlan    somebody changed the file
|- OtherPlace      it was made for another fleet, target or state
'- PlanMoved       what it was made of, or on, is not the same any more
"""

from __future__ import annotations

from collections.abc import Sequence

from regionctl.model.errors import RegionctlError
from regionctl.model.hints import command

MOST = 20  # lines of what moved


class SavedPlanError(RegionctlError):
    """A saved plan was not made, or is not applied."""


class NotSaved(SavedPlanError):
    """A plan was not saved."""


class DamagedPlan(SavedPlanError):
    """The file is no saved plan, or not a whole one. `why` says where it stops being one."""

    def __init__(self, path: str, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"no saved plan, or not a whole one ({why})", where=path, hint=_again())


class OtherVersion(SavedPlanError):
    """The file is of a version that this regionctl does not read."""

    def __init__(self, path: str, version: object, known: int) -> None:
        self.path = path
        self.version = version
        super().__init__(
            f"a saved plan of version {version!r}; this regionctl reads {known}", where=path, hint=_again()
        )


class TamperedPlan(SavedPlanError):
    """The file is not as `diff --out` wrote it."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__("changed since it was saved; it is not applied", where=path, hint=_again())


class OtherPlace(SavedPlanError):
    """The plan was made for another fleet, target or state. `what` names which of them."""

    def __init__(self, path: str, what: str, planned: str, here: str) -> None:
        self.path = path
        self.planned = planned
        self.here = here
        super().__init__(f"made for the {what} {planned}, this is {here}", where=path, hint=f"apply it to {planned}")


class OtherKey(SavedPlanError):
    """The file's key does not open here."""

    def __init__(self, path: str, stack: str) -> None:
        self.path = path
        self.stack = stack
        super().__init__(
            f"its key does not open with the passphrase, or the KMS key, that {stack} has here",
            where=path,
            hint=f"apply it with the secrets provider that it was made with, or {_again()}",
        )


class PlanMoved(SavedPlanError):
    """The plan does not hold any more. `moved` says why, a line each.

    `stack` is set where it was found out about that one in the middle of the run: those before it are applied.
    """

    def __init__(self, path: str, moved: Sequence[str], again: str, *, stack: str | None = None) -> None:
        self.path = path
        self.moved = tuple(moved)
        self.stack = stack
        what = f"{stack} is not applied, nothing of it was touched" if stack else "not applied, nothing was touched"
        shown = [*moved[:MOST], *([f"and {len(moved) - MOST} more"] if len(moved) > MOST else [])]
        lines = "".join(f"\n  {line}" for line in shown)
        super().__init__(f"{what}:{lines}", where=path, hint=f"make a new plan: {again}")


def _again() -> str:
    return f"make it again: {command('diff', 'STACK...', '--out', 'FILE')}"
