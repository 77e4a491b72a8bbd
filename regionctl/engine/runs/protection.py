"""Protected resources: a plan that would replace or delete one is refused, unless it is asked for by name."""

from __future__ import annotations

from collections.abc import Iterable

from regionctl.model.errors import EngineError
from regionctl.model.events import Op, Step

from .options import RunOptions

_ENDS = {Op.REPLACE: "replace", Op.DELETE: "delete"}


class ProtectedResources(EngineError):
    """The plan would end protected resources. `steps` are theirs."""

    def __init__(self, stack: str, steps: tuple[Step, ...]) -> None:
        self.stack = stack
        self.steps = steps
        lines = "".join(f"\n  {_ENDS[s.op]} {s.type} {s.name!r}{_because(s)}" for s in steps)
        super().__init__(
            f"{stack}: this would end protected resources, and what they hold:{lines}",
            hint=_safe_way(steps),
        )


def refused(steps: Iterable[Step], options: RunOptions) -> tuple[Step, ...]:
    """The steps that replace or delete a protected resource that the options do not allow, one a resource."""
    if options.unprotect:
        return ()
    ending = {s.urn: s for s in steps if s.op in _ENDS and s.protect}
    return tuple(s for s in ending.values() if not {s.urn, s.name} & options.allow)


def gate(stack: str, steps: Iterable[Step], options: RunOptions) -> None:
    """Raises ProtectedResources where a step is refused."""
    if found := refused(steps, options):
        raise ProtectedResources(stack, found)


def _because(step: Step) -> str:
    return f", because {', '.join(step.replace_keys)} changes" if step.replace_keys else ""


def _safe_way(steps: tuple[Step, ...]) -> str:
    names = " ".join(f"--allow {s.name}" for s in steps)
    if any(s.op is Op.REPLACE for s in steps):
        return (
            "make a new one beside it (a new key in the spec, or the next `generation`), move the data, then remove the"
            f" old one; or, to lose what they hold, say so by name: {names}"
        )
    return f"take a backup first; then, to lose what they hold, say so by name ({names}), or `down --unprotect`"
