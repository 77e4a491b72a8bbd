"""A run over several stacks as people read it: what happens meanwhile, how it ended, what comes next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from types import TracebackType
from typing import TYPE_CHECKING, Any

from cli.views.console import note, warn
from cli.views.errors import print_error
from cli.views.header import print_header, print_next
from cli.views.plan import print_outcome, print_outputs, print_plan, print_plans
from cli.views.progress import Progress
from cli.views.text import Text, moment
from fleet.events import (
    Applied,
    Checked,
    Chosen,
    ComesFirst,
    EdgePlanned,
    EdgeWithout,
    Event,
    Getting,
    LeftBefore,
    NoPlan,
    NotAsked,
    NothingLeft,
    NotInCheckout,
    NotTried,
    OriginAnswered,
    PlansMade,
    Probes,
    SavedPlanRead,
    WaveBegun,
    WaveEnded,
)
from fleet.results import NextSteps, RunResult
from regionctl.engine import Diagnostic, Finished, Plan, StepDone, StepFailed, StepStarted, document
from regionctl.engine.state.notes import Entry, Reached

if TYPE_CHECKING:
    from cli.context import Context

WORDS: Mapping[Reached, str] = {
    Reached.PLANNED: "not tried",
    Reached.STARTED: "cut off",
    Reached.FAILED: "failed",
    Reached.INCOMPLETE: "without a region that did not come up",
}


class RunView(AbstractContextManager["RunView"]):
    """Tells a run. It is the run's sink of events, and shows its result.

    With `--json` stdout has one document and nothing else, which `show` prints.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self._progress: Progress | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left to be said."""

    def __call__(self, event: Event) -> None:
        if said := _note(event):
            note(said)
        elif warning := _warning(event):
            warn(warning)
        else:
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case Chosen():
                print_header(event)
            case LeftBefore(entries=entries):
                print_left(entries)
            case NoPlan(error=error):
                print_error(error)
            case PlansMade(plans=plans):
                self.context.text(self.planned, plans)
            case EdgePlanned(plan=plan):
                self.context.text(print_plan, plan, verbose=self.context.verbose)
            case WaveBegun(steps=steps):
                self._progress = Progress(steps)
            case WaveEnded() if self._progress:
                self._progress.close()
                self._progress = None
            case StepStarted() | StepDone() | StepFailed() | Diagnostic() | Finished() if self._progress:
                self._progress(event)
            case Checked() | Applied() | Probes():
                self.of_bootstrap(event)

    def of_bootstrap(self, event: Checked | Applied | Probes) -> None:
        """Only a bootstrap has such events, and a view of its own."""

    def planned(self, plans: Sequence[Plan]) -> None:
        """Before anybody is asked."""
        print_plans(plans, self.context.tokens_of(plans), verbose=self.context.verbose)

    def every(self, plans: Sequence[Plan]) -> None:
        """Each plan by itself; with `--json` they are in the document."""
        for plan in plans:
            self.context.text(print_plan, plan, verbose=self.context.verbose)

    def show(self, result: RunResult) -> int:
        """Prints how a run ended; returns its exit code."""
        if result.declined:
            note("nothing was changed")
            return result.exit_code
        self.ended(result)
        if result.resume:
            warn(f"what is left goes on with: {result.resume}")
        if not result.exit_code:
            self.context.text(self.following, result)
        return result.exit_code

    def following(self, result: RunResult) -> None:
        print_next_steps(result.next_steps())

    def ended(self, result: RunResult, extra: Callable[[], Mapping[str, Any]] = dict) -> None:
        """Prints the plans as they ended, and what went wrong. `extra`: more of the JSON document."""
        self.context.document(lambda: {**document(result.plans, same=self.context.verbose), **extra()})
        self.errors(result)

    def errors(self, result: RunResult) -> None:
        """What went wrong in each stack, and what else was done there."""
        for plan in result.plans:
            if plan.error:
                print_error(plan.error)
            if not plan.kind.dry:
                self.context.text(self.outcome, plan)
        for refusal in result.refusals:
            print_error(refusal)

    def outcome(self, plan: Plan) -> None:
        print_outcome(plan)
        print_outputs(plan.outputs)


def _note(event: Event) -> str | None:
    match event:
        case Getting(said=said):
            return said
        case NothingLeft(command=command):
            return f"no {command} left anything undone"
        case ComesFirst(stack=stack, because=because):
            return f"{stack} {because}: it comes first"
        case OriginAnswered(host=host, said=said):
            return f"{host} answers: {said}"
        case SavedPlanRead(path=path, made_by=made_by, made=made):
            return f"{path}: made by {made_by} at {made:%Y-%m-%d %H:%M %Z}"
    return None


def _warning(event: Event) -> Text | str | None:
    match event:
        case NotTried(stack=stack, failed=failed):
            why = f"{', '.join(failed)} failed" if failed else "no region that it could route to came up"
            return f"{stack}: not tried, because {why}"
        case EdgeWithout(stack=stack, regions=regions, because=because):
            return f"{stack}: without {', '.join(regions)}, {because}"
        case NotAsked(regions=regions, reason=reason):
            return Text(f"not asked whether they answer: {', '.join(regions)} ({reason})", "yellow")
        case NotInCheckout(stack=stack, base=base):
            return f"{stack} is in {base} only: take it down with that checkout"
    return None


def print_next_steps(steps: NextSteps) -> None:
    print_next(tuple(steps.commands))
    if look := steps.look:
        note(f"Next: edit {look.file} and run `{look.diff}`; `{look.drift}` finds")
        note(f"what others changed; `{look.outputs}` shows the outputs again.")
    for stack, way in steps.renamed:
        note(f"some names of {stack} are not given out again yet, or ever: to bring it up again, {way}")


def print_left(entries: Sequence[Entry]) -> None:
    """A line a run."""
    for (command, by), group in groupby(entries, key=lambda entry: (entry.command, entry.by)):
        of_run = list(group)
        stacks = ", ".join(f"{entry.stack} {WORDS[entry.reached]}" for entry in of_run)
        warn(Text(f"left by the {command} of {by}, {moment(of_run[-1].at)}: {stacks}; planned again", "yellow"))
