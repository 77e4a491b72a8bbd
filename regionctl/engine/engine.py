"""The engine: what can be done with stacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from regionctl.errors import EngineError, RegionctlError
from regionctl.program import StackProgram

from .events import Event
from .install import PulumiCli, find
from .options import DEFAULTS, RunOptions
from .plans import Kind, Plan
from .processes import OnStop, Send, Task, run_forked
from .workspace import Workspace

if TYPE_CHECKING:
    from .automation import Run

OnEvent = Callable[[Event], None]
Results = Mapping[str, Plan | RegionctlError]


def _ignore(_event: Event) -> None:
    """The default hook."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """Pulumi's engine on the stacks of one workspace.

    The operations on stacks take several, run them together, a process each, and give each one's Plan or error by its
    stack's name: one that fails does not stop the others. A Plan whose `error` is set did not end well; its steps say
    what was done. `providers` are attached ones (`gcp:PORT,cloudflare:PORT`); None takes the real ones.
    """

    workspace: Workspace
    providers: str | None = None
    cli: PulumiCli | None = None
    on_event: OnEvent = _ignore

    def plan(self, programs: Sequence[StackProgram], options: RunOptions = DEFAULTS) -> Results:
        """The steps that `apply` would take."""
        return self._run(Kind.PREVIEW, programs, options)

    def apply(self, programs: Sequence[StackProgram], options: RunOptions = DEFAULTS) -> Results:
        """Makes the stacks what their programs declare."""
        return self._run(Kind.UP, programs, options)

    def plan_destroy(self, programs: Sequence[StackProgram], options: RunOptions = DEFAULTS) -> Results:
        """The steps that `destroy` would take."""
        return self._run(Kind.PREVIEW_DESTROY, programs, options)

    def destroy(self, programs: Sequence[StackProgram], options: RunOptions = DEFAULTS) -> Results:
        """Deletes everything that the stacks hold."""
        return self._run(Kind.DESTROY, programs, options)

    def plan_refresh(self, programs: Sequence[StackProgram], options: RunOptions = DEFAULTS) -> Results:
        """What drifted: the steps that `refresh` would take."""
        return self._run(Kind.PREVIEW_REFRESH, programs, options)

    def refresh(self, programs: Sequence[StackProgram], options: RunOptions = DEFAULTS) -> Results:
        """Reads what exists into the state."""
        return self._run(Kind.REFRESH, programs, options)

    def _run(self, kind: Kind, programs: Sequence[StackProgram], options: RunOptions) -> Results:
        from . import automation  # loads Pulumi's packages, before the fork

        cli = self._cli()
        runs = [
            automation.Run(
                kind=kind,
                program=program,
                workspace=self.workspace,
                cli=cli,
                options=options,
                providers=self.providers,
            )
            for program in programs
        ]
        tasks: dict[str, Task[Plan]] = {run.program.name: partial(_execute, run) for run in runs}
        return run_forked(tasks, self.on_event)

    def _cli(self) -> PulumiCli:
        cli = self.cli or find()
        if cli is None:
            raise EngineError("Pulumi's CLI is not installed", hint="run: regionctl engine install")
        return cli


def _execute(run: Run, send: Send, on_stop: OnStop) -> Plan:
    from . import automation

    def started(command: Any) -> None:
        on_stop(command.interrupt)

    return automation.execute(run, send, started)
