"""Pulumi's engine, behind a small typed interface.

    Workspace.default(root) | Workspace.at(root, state)    where state, passphrase, stack configs, clouds lie
    Engine(workspace=..., providers=..., on_event=...)     plan, apply, destroy, refresh, ... of several stacks at once
    Expected, StateMark                                    what `apply_exactly` takes for granted
    RunOptions                                             targets, refresh, parallel, lock timeout, ...
    Plan, Step, PropertyChange, Op                         what would be done, or was
    StepStarted, StepDone, StepFailed, Diagnostic, Finished    what the hook gets meanwhile
    find() -> PulumiCli | None                             the CLI

Importing this package loads no Pulumi package; running does.
"""

from __future__ import annotations

from regionctl.model.events import (
    ChangeKind,
    Diagnostic,
    Event,
    Finished,
    Op,
    PropertyChange,
    Severity,
    Status,
    Step,
    StepDone,
    StepFailed,
    StepStarted,
)
from regionctl.model.plan import Kind, Plan, changes, document, summarize

from .cli.locate import PulumiCli, cache_path, find
from .engine import Engine, OnEvent, Results
from .runs.request import Expected, RunOptions
from .state.state_digest import StateMark, StateMoved
from .workspace import Workspace

__all__ = [
    "ChangeKind",
    "Diagnostic",
    "Engine",
    "Event",
    "Expected",
    "Finished",
    "Kind",
    "OnEvent",
    "Op",
    "Plan",
    "PropertyChange",
    "PulumiCli",
    "Results",
    "RunOptions",
    "Severity",
    "StateMark",
    "StateMoved",
    "Status",
    "Step",
    "StepDone",
    "StepFailed",
    "StepStarted",
    "Workspace",
    "cache_path",
    "changes",
    "document",
    "find",
    "summarize",
]
