"""One run of Pulumi's engine on one stack, by the Automation API with the program inline.

Each `pulumi` call costs a fifth of a second and deriving the passphrase's key as much again, so a run is one call: what
the Automation API would ask for before and after it is known already or comes with the events.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pulumi.automation import CommandError, LocalWorkspace, OutputMap, Stack, UpdateSummary

from regionctl.errors import EngineError, Interrupted
from regionctl.program import StackProgram

from .collect import Collector
from .command import Command
from .events import Event
from .failures import explain
from .install import PulumiCli
from .options import DEFAULTS, RunOptions
from .plans import Kind, Plan
from .secrets import ensure_secrets
from .stackconfig import StackConfig
from .workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run on one stack. `providers` are attached (`gcp:PORT,...`); None takes the real ones."""

    kind: Kind
    program: StackProgram
    workspace: Workspace
    cli: PulumiCli
    options: RunOptions = DEFAULTS
    providers: str | None = None


class _Workspace(LocalWorkspace):
    """A workspace that takes the stack as it is: no `stack select`, no settings rewritten."""

    def select_stack(self, stack_name: str) -> None:
        """The stack exists and every command names it."""


class _Stack(Stack):
    """A stack that asks the CLI for nothing after a run: outputs and summary come with the events."""

    def outputs(self) -> OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary:
        return UpdateSummary("", datetime.now(UTC), "", {}, {}, "succeeded")


class Session:
    """The CLI, bound to one stack."""

    def __init__(self, program: StackProgram, workspace: Workspace, cli: PulumiCli, providers: str | None) -> None:
        workspace.prepare(program)
        self.program = program
        self.workspace = workspace
        self.command = Command(cli)
        self.environment: Mapping[str, str] = dict(workspace.environment(program))
        if providers:
            self.environment = {**self.environment, "PULUMI_DEBUG_PROVIDERS": providers}

    def call(self, *args: str, text: str | None = None) -> str:
        """One command of the CLI; its standard output. Raises CommandError."""
        return self.command.run_with_input(list(args), str(self.workspace.project_dir), self.environment, text).stdout

    def ensure_stack(self) -> None:
        """Makes the stack, its plain config and its generated secrets, where they are not there yet."""
        config = StackConfig(self.workspace.config_file(self.program.name))
        config.update(self.program.config)
        if not self._exists():
            provider = f"--secrets-provider={self.workspace.secrets_provider}"
            self.call("stack", "init", self.program.name, "--no-select", provider)
        ensure_secrets(self)

    def automation(self) -> Stack:
        workspace = _Workspace(
            work_dir=str(self.workspace.project_dir),
            program=self.program.run,
            env_vars=self.environment,
            pulumi_command=self.command,
        )
        return _Stack.select(self.program.name, workspace)

    def _exists(self) -> bool:
        checkpoint = self.workspace.checkpoint(self.program)
        if checkpoint is not None:
            return checkpoint.is_file()
        try:
            self.call("stack", "--stack", self.program.name)
        except CommandError:
            return False
        return True


def execute(run: Run, emit: Callable[[Event], None], started: Callable[[Command], None]) -> Plan:
    """Runs the engine. `started` gets the command, to interrupt it. Raises EngineError, StackLocked, Interrupted."""
    began = time.monotonic()
    # The event stream of a CLI that was killed ends half way; what it did is in the state.
    warnings.filterwarnings("ignore", module="pulumi.automation")
    session = Session(run.program, run.workspace, run.cli, run.providers)
    started(session.command)
    collector = Collector(run.program.name, dry=run.kind.dry, emit=emit)
    error: EngineError | None = None
    try:
        session.ensure_stack()
        _start(session.automation(), run, collector)
    except CommandError as failure:
        if session.command.interrupted:
            raise Interrupted(
                f"{run.program.name}: stopped; what was running is saved", hint="run the same command again to go on"
            ) from None
        error = explain(run.program, failure, collector)
    return Plan(
        stack=run.program.name,
        fleet=run.program.fleet,
        region=run.program.region,
        target=str(run.program.target),
        kind=run.kind,
        steps=collector.steps,
        outputs=collector.outputs,
        diagnostics=tuple(collector.diagnostics),
        error=error,
        duration_s=time.monotonic() - began,
    )


def _start(stack: Stack, run: Run, collector: Collector) -> None:
    options: dict[str, Any] = {
        "target": list(run.options.targets) or None,
        "parallel": run.options.parallel,
        "message": run.options.message,
        "on_event": collector,
        "suppress_outputs": True,
        "suppress_progress": True,
    }
    more = {"continue_on_error": run.options.continue_on_error, "refresh": run.options.refresh}
    match run.kind:
        case Kind.PREVIEW:
            stack.preview(**options, refresh=run.options.refresh)
        case Kind.UP:
            stack.up(**options, **more)
        case Kind.PREVIEW_DESTROY:
            stack.preview_destroy(**options, **more)
        case Kind.DESTROY:
            stack.destroy(**options, **more)
        case Kind.PREVIEW_REFRESH:
            stack.preview_refresh(**options)
        case Kind.REFRESH:
            stack.refresh(**options)
