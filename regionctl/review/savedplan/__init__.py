"""Saved plans: what was reviewed, as a file that is applied exactly or not at all.

    SavedPlan               the file's content: what the plan was made of and on, every step, until when it holds
    write(path, plan)       private, whole or not at all
    read(path)              raises DamagedPlan, OtherVersion
    sealed(plan, key)       with the code that shows later that nobody changed it; `verify` raises TamperedPlan
    digests(files)          of the files that the steps were made from
    changed_outputs(...)    what a stack that comes later in the same plan may stumble over
    check(plan, now)        what moved since, in words; `compare` does that for the steps of one stack

A secret is in the file as its HMAC alone, with a key that only the stack's secrets provider opens
(docs/adr/saved-plans.md).
"""

from __future__ import annotations

from .compare import Now, changed_outputs, check, check_place, compare
from .document import (
    KEY_BYTES,
    DamagedPlan,
    NotSaved,
    OtherKey,
    OtherPlace,
    OtherVersion,
    PlanMoved,
    SavedOptions,
    SavedPlan,
    SavedPlanError,
    SavedStack,
    SavedStep,
    TamperedPlan,
    WrappedKey,
    digests,
    fingerprint_key,
    of_plan,
    read,
    sealed,
    verify,
    write,
)

__all__ = [
    "KEY_BYTES",
    "DamagedPlan",
    "NotSaved",
    "Now",
    "OtherKey",
    "OtherPlace",
    "OtherVersion",
    "PlanMoved",
    "SavedOptions",
    "SavedPlan",
    "SavedPlanError",
    "SavedStack",
    "SavedStep",
    "TamperedPlan",
    "WrappedKey",
    "changed_outputs",
    "check",
    "check_place",
    "compare",
    "digests",
    "fingerprint_key",
    "of_plan",
    "read",
    "sealed",
    "verify",
    "write",
]
