"""What a run of the engine is asked to do: its kind, its options, and what must still be so when it starts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from regionctl.engine.cli.locate import PulumiCli
from regionctl.engine.state.backend import Backend
from regionctl.engine.state.recovery import Finder
from regionctl.engine.state.state_digest import StateMark
from regionctl.model.events import Op, Step
from regionctl.model.plan import Kind, Plan
from regionctl.model.program import StackProgram
from regionctl.providers.catalogue import entry


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """`targets` limits a run to those URNs, and `leaves` takes some out of it. Times are in seconds."""

    targets: tuple[str, ...] = ()
    leaves: frozenset[str] = frozenset()
    refresh: bool = False
    parallel: int | None = None  # resource operations at once; None is Pulumi's default
    stacks_at_once: int = field(default_factory=lambda: 2 * (os.cpu_count() or 1))
    continue_on_error: bool = False
    lock_timeout_s: float = 0.0
    allow: frozenset[str] = frozenset()  # protected resources (URN or name) that may be replaced or deleted
    unprotect: bool = False  # every protected resource may be
    replace_lost_secrets: bool = False  # make those anew that the state knows and the stack's config has lost
    message: str | None = None
    policy_packs: tuple[str, ...] = ()  # folders of Pulumi policy packs that a plan and an apply must satisfy
    fingerprint_key: bytes | None = field(default=None, repr=False)  # a plan then has fingerprints of secrets


DEFAULTS = RunOptions()


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a stack's plan was made on, and a `check` that raises RegionctlError where the steps are other ones.

    A run that refreshes cannot be exact: what it finds is not known before. For the others there are three nets, one
    behind the other. The steps are planned again and given to `check`. Pulumi's own update plan of that preview binds
    the update that follows. And the state must still be the one of the plan when the update has taken the stack's lock
    (`StateGuard`).
    """

    state: StateMark
    check: Callable[[Plan], None]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run on one stack. `providers` are attached (`gcp:PORT,...`); None takes the real ones.

    `update_plan` is the file of Pulumi's own plan: a preview writes it, an update is bound by it.
    """

    kind: Kind
    program: StackProgram
    backend: Backend
    cli: PulumiCli
    options: RunOptions = DEFAULTS
    providers: str | None = None
    find: Finder | None = None
    expected: Expected | None = None
    update_plan: Path | None = None
    load: tuple[str, ...] = ()  # modules that the program imports: they load while Pulumi's CLI starts
    absent: frozenset[str] = frozenset()  # stacks that are known not to be there


def without_forgotten(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps. One that would only say again what an API has forgotten changes nothing; its `diff` says what."""
    return tuple(replace(step, op=Op.SAME) if _only_forgotten(step) else step for step in steps)


def forgotten(plan: Plan) -> frozenset[str]:
    """The URNs of what a run must leave alone, since an API has forgotten something of it and nothing else changes."""
    return frozenset(step.urn for step in plan.steps if step.op is Op.SAME and step.diff)


def _only_forgotten(step: Step) -> bool:
    if step.op is not Op.UPDATE or not step.diff:
        return False
    paths = entry(step.type).forgets
    return all(change.path in paths and not (change.old and change.new) for change in step.diff)
