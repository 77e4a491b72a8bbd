"""What happens while the engine runs: a live tree on a terminal, plain lines without one.

On a terminal a stack is a heading with an overall bar; below it stand its components with how many of their resources
are done, and below those the steps that run now, with how long they have. Without a terminal each step that ends is a
line, so that a log can be followed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, assert_never

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cli.render.console import stderr
from cli.render.declaration import short_type
from regionctl.engine import Diagnostic, Event, Finished, Op, Severity, Step, StepDone, StepFailed, StepStarted

Clock = Callable[[], float]

_PAST: Mapping[Op, str] = {
    Op.CREATE: "created",
    Op.CREATE_REPLACEMENT: "created the replacement",
    Op.UPDATE: "updated",
    Op.DELETE: "deleted",
    Op.DELETE_REPLACED: "deleted the replaced",
    Op.READ: "read",
    Op.REFRESH: "refreshed",
    Op.IMPORT: "imported",
}
_STACK = "pulumi:pulumi:Stack"


@dataclass
class _Component:
    name: str
    done: int = 0
    failed: int = 0
    running: dict[str, tuple[Step, float]] = field(default_factory=dict)  # by URN, with when it began


@dataclass
class _StackProgress:
    total: int
    done: int = 0
    components: dict[str | None, _Component] = field(default_factory=dict)


class Progress(AbstractContextManager["Progress"]):
    """Gets the engine's events and shows them on stderr. `totals`: how many steps each stack is to take."""

    def __init__(
        self, totals: Mapping[str, int], *, console: Console | None = None, clock: Clock = time.monotonic
    ) -> None:
        self._console = console or stderr()
        self._clock = clock
        self._stacks = {stack: _StackProgress(total) for stack, total in totals.items()}
        self._live = (
            Live(get_renderable=self._frame, console=self._console, refresh_per_second=8, transient=True)
            if self._console.is_terminal
            else None
        )

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def __call__(self, event: Event) -> None:
        """The engine's hook."""
        match event:
            case StepStarted(step=step):
                self._started(event.stack, step)
            case StepDone(step=step):
                self._ended(event.stack, step, failed=False)
            case StepFailed(step=step):
                self._ended(event.stack, step, failed=True)
            case Diagnostic():
                self._diagnostic(event)
            case Finished():
                pass
            case _:
                assert_never(event)

    def _started(self, stack: str, step: Step) -> None:
        if _counts(step):
            self._component(stack, step).running[step.urn] = (step, self._clock())

    def _ended(self, stack: str, step: Step, *, failed: bool) -> None:
        if not _counts(step):
            return
        component = self._component(stack, step)
        _, began = component.running.pop(step.urn, (step, self._clock()))
        component.failed += failed
        component.done += not failed
        self._stacks[stack].done += 1
        if self._live is None and (failed or step.op is not Op.REFRESH):
            what = f"failed to {step.op}" if failed else _PAST.get(step.op, str(step.op))
            self._console.print(
                f"{stack}: {what} {short_type(step.type)} {step.name} ({self._clock() - began:.1f} s)",
                style="red" if failed else None,
            )

    def _diagnostic(self, event: Diagnostic) -> None:
        style = {Severity.ERROR: "red", Severity.WARNING: "yellow"}.get(event.severity)
        if style is None:
            return
        where = event.urn.rsplit("::", 1)[-1] if event.urn else event.stack
        for line in event.message.strip().splitlines():
            self._console.print(Text(f"{event.stack}: {where}: {line}", style))

    def _component(self, stack: str, step: Step) -> _Component:
        progress = self._stacks.setdefault(stack, _StackProgress(0))
        name = step.parent.rsplit("::", 1)[-1] if step.parent and _STACK not in step.parent else stack
        return progress.components.setdefault(step.parent, _Component(name))

    def _frame(self) -> RenderableType:
        return Group(*(self._stack(name, progress) for name, progress in self._stacks.items()))

    def _stack(self, name: str, progress: _StackProgress) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        total = max(progress.total, progress.done, 1)
        bar = ProgressBar(total=total, completed=progress.done, width=30)
        table.add_row(Text(name, "bold"), bar, Text(f"{progress.done}/{total}"))
        for component in progress.components.values():
            mark = Text("! ", "red") if component.failed else Text("* " if component.running else "  ", "cyan")
            count = Text(f"{component.done} done", "dim")
            table.add_row(Text("  ") + mark + Text(component.name), count)
            for step, began in component.running.values():
                elapsed = f"{self._clock() - began:.0f} s"
                table.add_row(
                    Text(f"      {step.name}", "dim"), Text(f"{step.op} {short_type(step.type)}", "cyan"), elapsed
                )
        return table


def _counts(step: Step) -> bool:
    """Steps that take time: not what stays the same, not components, not the stack."""
    return step.custom and step.op is not Op.SAME
