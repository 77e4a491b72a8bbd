"""How the engine is to run."""

from __future__ import annotations

import os
from dataclasses import dataclass, field


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
