"""What happens while the engine runs: a live tree on a terminal, plain lines without one.

On a terminal a stack is a heading with an overall bar; below it stand the components that something runs in, with how
many of their resources are done, and below those the steps that run now, with how long they have. Components that are
done are counted. Where stacks share the terminal, each gets its part of the lines. Without a terminal each step that
ends is a line, so that a log can be followed. With `-q` only what failed and what was warned of is shown.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import assert_never

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from cli.views.console import is_hushed, stderr
from cli.views.text import Text
from regionctl.engine import Diagnostic, Event, Finished, Op, Severity, Step, StepDone, StepFailed, StepStarted
from regionctl.model.urn import is_stack, name_of, short_type

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
_BAR_WIDTH = 30
_TIME_WIDTH = 10
_FEWEST_LINES = 4  # of a stack, its heading among them


@dataclass
class _Component:
    name: str
    total: int = 0
    done: int = 0
    failed: set[str] = field(default_factory=set)  # URNs
    running: dict[str, tuple[Step, float]] = field(default_factory=dict)  # by URN, with when it began


@dataclass
class _StackProgress:
    began: float
    total: int
    components: dict[str | None, _Component] = field(default_factory=dict)  # by URN

    @property
    def ended(self) -> int:
        return sum(component.done + len(component.failed) for component in self.components.values())


class Progress(AbstractContextManager["Progress"]):
    """Gets the engine's events and shows them on stderr. `planned`: the steps that each stack is to take."""

    def __init__(
        self, planned: Mapping[str, Sequence[Step]], *, console: Console | None = None, clock: Clock = time.monotonic
    ) -> None:
        self._console = console or stderr()
        self._clock = clock
        # A terminal is drawn from a thread of its own. It starts with the first event: by then the engine has forked
        # its processes, which must not happen beside a thread.
        self._guard = threading.Lock()
        self._live: Live | None = None
        self._stacks = {stack: self._expected(stack, steps) for stack, steps in planned.items()}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Takes the live tree off the terminal."""
        if self._live:
            self._live.stop()

    def __call__(self, event: Event) -> None:
        """The engine's hook."""
        with self._guard:
            lines = list(self._take(event))
        for line in lines:  # not under the guard: a terminal is drawn under the console's own
            self._console.print(line, soft_wrap=not line.no_wrap)
        if self._live is None and self._console.is_terminal and not is_hushed():
            self._live = Live(
                get_renderable=self.frame, console=self._console, refresh_per_second=8, transient=True, screen=False
            )
            self._live.start()

    def frame(self) -> RenderableType:
        """What a terminal shows now."""
        with self._guard:
            share = max(_FEWEST_LINES, (self._console.height - 1) // max(len(self._stacks), 1))
            return Group(*(self._stack(name, stack, share) for name, stack in self._stacks.items()))

    def _expected(self, stack: str, steps: Sequence[Step]) -> _StackProgress:
        counted = [step for step in steps if _counts(step)]
        progress = _StackProgress(began=self._clock(), total=len(counted))
        for parent, total in Counter(step.parent for step in counted).items():
            progress.components[parent] = _Component(_name(stack, parent), total)
        return progress

    def _take(self, event: Event) -> Iterator[Text]:
        """Counts the event in; the lines that stay on the screen."""
        match event:
            case StepStarted(step=step):
                self._started(event.stack, step)
            case StepDone(step=step):
                yield from self._ended(event.stack, step, failed=False)
            case StepFailed(step=step):
                yield from self._ended(event.stack, step, failed=True)
            case Diagnostic():
                yield from _said(event)
            case Finished():
                pass
            case _:
                assert_never(event)

    def _started(self, stack: str, step: Step) -> None:
        if _counts(step):
            component = self._component(stack, step)
            component.failed.discard(step.urn)  # it is tried again
            component.running[step.urn] = (step, self._clock())

    def _ended(self, stack: str, step: Step, *, failed: bool) -> Iterator[Text]:
        if not _counts(step):
            return
        component = self._component(stack, step)
        _, began = component.running.pop(step.urn, (step, self._clock()))
        if failed:
            component.failed.add(step.urn)
        component.done += not failed
        if failed or not (self._console.is_terminal or is_hushed() or step.op is Op.REFRESH):
            what = f"failed to {step.op}" if failed else _PAST.get(step.op, str(step.op))
            took = f"({self._clock() - began:.1f} s)"
            yield Text(f"{stack}: {what} {short_type(step.type)} {step.name} {took}", "red" if failed else "")

    def _component(self, stack: str, step: Step) -> _Component:
        progress = self._stacks.setdefault(stack, _StackProgress(began=self._clock(), total=0))
        return progress.components.setdefault(step.parent, _Component(_name(stack, step.parent)))

    def _stack(self, name: str, stack: _StackProgress, lines: int) -> RenderableType:
        total = max(stack.total, stack.ended, 1)
        heading = Table.grid(padding=(0, 1))
        bar = ProgressBar(total=total, completed=stack.ended, width=_BAR_WIDTH)
        heading.add_row(Text(name, "bold"), bar, f"{stack.ended}/{total}", f"{self._clock() - stack.began:.0f} s")
        rows = list(self._rows(stack))
        shown = rows if len(rows) < lines else [*rows[: lines - 2], _more(len(rows) - lines + 2)]
        body = Table.grid(padding=(0, 1))
        for _ in range(2):
            body.add_column(no_wrap=True, overflow="ellipsis", max_width=(self._console.width - _TIME_WIDTH) // 2)
        body.add_column(no_wrap=True)
        for row in shown:
            body.add_row(*row)
        return Group(heading, body)

    def _rows(self, stack: _StackProgress) -> Iterator[tuple[Text, Text, Text]]:
        """What failed, what runs, and then how many components are done."""
        for component in stack.components.values():
            if component.failed:
                failed = Text(f"{len(component.failed)} failed", "red")
                yield Text(f"  ! {component.name}", "red"), failed, Text()
        for component in stack.components.values():
            if component.running:
                done = Text(f"{component.done}/{max(component.total, component.done + len(component.running))}", "dim")
                yield Text(f"  {component.name}"), done, Text()
                for step, began in component.running.values():
                    what = Text(f"{step.op} {short_type(step.type)}", "cyan")
                    yield Text(f"      {step.name}", "dim"), what, Text(f"{self._clock() - began:.0f} s")
        complete = sum(0 < one.total <= one.done for one in stack.components.values())
        if complete:
            yield Text(f"  {complete} of {len(stack.components)} components done", "dim"), Text(), Text()


def _said(event: Diagnostic) -> Iterator[Text]:
    """Warnings whole; of an error its first line, since it is told whole when the run ends."""
    about = event.urn if event.urn and not is_stack(event.urn) else None
    where = f"{event.stack}: {name_of(about)}" if about else event.stack
    lines = event.message.strip().splitlines()
    if event.severity is Severity.ERROR:
        yield from (Text(f"{where}: {line}", "red", no_wrap=True, overflow="ellipsis") for line in lines[:1])
    elif event.severity is Severity.WARNING:
        yield from (Text(f"{where}: {line}", "yellow") for line in lines)


def _more(count: int) -> tuple[Text, Text, Text]:
    return Text(f"  and {count} more lines", "dim"), Text(), Text()


def _name(stack: str, parent: str | None) -> str:
    """The component's name; the stack's own for what stands in none."""
    return name_of(parent) if parent and not is_stack(parent) else stack


def _counts(step: Step) -> bool:
    """Steps that take time: not what stays the same, not components, not the stack, and a replacement by its parts."""
    return step.custom and step.op not in {Op.SAME, Op.REPLACE}
