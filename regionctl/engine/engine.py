"""`Engine`: every operation on stacks, each in a process of its own where it runs a program."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from regionctl.model.errors import EngineError, RegionctlError
from regionctl.model.events import Event
from regionctl.model.plan import Kind, Plan
from regionctl.model.program import StackProgram, Target
from regionctl.providers.catalogue import check_included
from regionctl.system.processes import OnStop, Send, Task, run_forked

from .attached import attached
from .cli.locate import PulumiCli, find
from .runs.preflight import check_cloud
from .runs.request import DEFAULTS, Expected, Run, RunOptions
from .state.backend import Ask, Backend, Known
from .state.checkpoint import EMPTY, Checkpoint
from .state.disk import OnDisk
from .state.locks import Lock
from .state.recovery import Finder, find_in_sandbox
from .state.state_digest import StateMark, state_mark
from .workspace import PASSPHRASE, Workspace

if TYPE_CHECKING:
    from .runs.importing import Import
    from .state.history import Applied, Update
    from .state.session import Session

OnEvent = Callable[[Event], None]
Results = Mapping[str, Plan | RegionctlError]
NOTHING_EXPECTED: Mapping[str, Expected] = {}


def _ignore(_event: Event) -> None:
    """The hook where nobody listens."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """Pulumi's engine on the stacks of one workspace.

    The operations on stacks take several, run them together, a process each, and give each one's Plan or error by its
    stack's name: one that fails does not stop the others. A Plan whose `error` is set did not end well, or is refused;
    its steps say what was done, or would be.

    A sandbox fleet's emulated clouds are served for each operation, or for all within `with engine.attached(program)`.
    `providers` are attached ones given by hand (`gcp:PORT`), and `find` then says what an unfinished create left.
    `leaves` are URNs that updates and refreshes leave alone, as their plan said.
    """

    workspace: Workspace
    providers: str | None = None
    cli: PulumiCli | None = None
    on_event: OnEvent | None = None
    find: Finder | None = None
    leaves: frozenset[str] = frozenset()
    known: Known = field(default_factory=Known, compare=False, repr=False)  # of a remote state
    warmed: list[bool] = field(default_factory=list, compare=False, repr=False)  # empty until `warm` was called

    def plan(self, programs: Sequence[StackProgram], options: RunOptions = DEFAULTS) -> Results:
        """The steps that `apply` would take."""
        return self._run(Kind.PREVIEW, programs, options)

    def apply(self, programs: Sequence[StackProgram], options: RunOptions = DEFAULTS) -> Results:
        """Makes the stacks what their programs declare."""
        return self._run(Kind.UP, programs, options)

    def apply_exactly(
        self, programs: Sequence[StackProgram], options: RunOptions, expected: Mapping[str, Expected]
    ) -> Results:
        """`apply`, where each stack is in the state that was expected of it and its steps pass their check; else its
        result is StateMoved, or what the check raised, and nothing of it is touched.
        """
        return self._run(Kind.UP, programs, options, expected)

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

    @contextlib.contextmanager
    def attached(self, program: StackProgram, coming: Sequence[StackProgram] = ()) -> Iterator[Engine]:
        """This engine with the emulated clouds of the program's fleet served; itself for a cloud fleet.

        What the runs of `coming` need is loaded while the clouds start. Raises BadCatalogue before anything starts.
        """
        check_included()
        if self.providers is not None or program.target is not Target.SANDBOX:
            self._load(coming)
            yield self
            return
        self.workspace.prepare(program)
        data = self.workspace.sandbox_data(program.fleet)
        with attached(data, meanwhile=partial(self._load, coming)) as providers:
            yield replace(self, providers=providers)

    def warm(self, programs: Sequence[StackProgram]) -> None:
        """Loads what programs need into this process, so that every run that follows shares it.

        Worth its time before more than one run. A run of several stacks does it by itself.
        """
        from regionctl.render import render

        if self.warmed:
            return
        self.warmed.append(True)
        typical = next((program for program in programs if program.region), programs[0])
        with contextlib.suppress(RegionctlError):  # the run says why
            render(typical)

    @cached_property
    def backend(self) -> Backend:
        """Where the states are."""
        if self.workspace.state_dir is not None:
            return OnDisk(workspace=self.workspace)
        from .state.remote import Remote  # loads Pulumi's packages

        return Remote(workspace=self.workspace, known=self.known, cli=self._cli)

    def outputs(self, program: StackProgram, *, show_secrets: bool = False) -> Mapping[str, Any]:
        """The stack's outputs; secrets read "[secret]" unless they are asked for."""
        from .state import records

        if not show_secrets:
            return self.state(program).outputs
        return records.outputs(self._session(program, looks=True))

    def state(self, program: StackProgram) -> Checkpoint:
        """The resources in the stack's state, its pending operations and outputs; empty where it was never made. Raises
        DamagedState.
        """
        return EMPTY if self.backend.is_absent(program) else self.backend.state(program, self._ask(program))

    def last_outputs(self, program: StackProgram) -> Mapping[str, Any]:
        """The stack's outputs, secrets masked; of a remote state those of this engine's last run or look."""
        known = self.backend.last_outputs(program.name)
        return self.outputs(program) if known is None else known

    def held_nothing(self, program: StackProgram) -> bool:
        """Whether nothing of the stack was ever made, or all of it is gone; of a remote state by this engine's
        last plan or look. A plan does not show what a kill left half made. Raises DamagedState.
        """
        known = self.backend.held_nothing(program.name)
        return self.state(program).holds_nothing if known is None else known

    def last_applied(self, program: StackProgram) -> Applied | None:
        """The end of the last run that changed the stack's resources; None where there was none."""
        return None if self.backend.is_absent(program) else self.backend.last_applied(program, self._ask(program))

    def history(self, program: StackProgram) -> tuple[Update, ...]:
        """What was done to the stack, newest first."""
        from .state import records

        return () if self.backend.is_absent(program) else records.history(self._session(program, looks=True))

    def export_state(self, program: StackProgram) -> str:
        """The state as JSON, as `import_state` takes it. Secrets stay encrypted."""
        from .state import records

        return records.export_state(self._session(program, looks=True))

    def import_state(self, program: StackProgram, document: str) -> None:
        """Replaces the state by an exported one."""
        from .state import records

        self.known.forget(program.name)
        records.import_state(self._session(program), document)

    def plan_import(self, program: StackProgram, ids: Mapping[tuple[str, str], str]) -> Results:
        """What importing would find: `ids` are import ids by type and name. Its `import` steps carry the properties
        that differ from what is declared; the plan's diagnostics name what exists nowhere."""
        from .runs.importing import with_imports

        return self.plan([with_imports(program, ids)])

    def import_existing(self, program: StackProgram, imports: Sequence[Import]) -> None:
        """Takes resources into the state, protected, and changes none. Run again, it goes on. Raises EngineError."""
        from .runs import importing
        from .state.session import Session

        cli = self._cli()
        with self.attached(program) as engine:

            def task(_send: Send, on_stop: OnStop) -> None:
                session = Session(program, engine.backend, cli, engine.providers)
                on_stop(session.command.interrupt)
                importing.import_resources(session, imports)

            result = run_forked({program.name: task}, _ignore)[program.name]
        self.known.forget(program.name)
        if isinstance(result, RegionctlError):
            raise result

    def secret_inputs(self, program: StackProgram, urns: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """The inputs of resources in the state with their secrets in plain text, for memory alone."""
        from .runs import importing

        return importing.secret_inputs(self._session(program, looks=True), urns)

    def forget(self, program: StackProgram, urns: Sequence[str]) -> None:
        """Takes resources out of the state and leaves them in the cloud as they are."""
        from .runs import importing

        self.known.forget(program.name)
        importing.forget(self._session(program), urns)

    def repair_state(self, program: StackProgram) -> tuple[str, ...]:
        """Mends a damaged state, from its backup where it must, and says what was done."""
        from .state import records

        self.known.forget(program.name)
        return records.repair(self._session(program))

    def locks(self, program: StackProgram) -> tuple[Lock, ...]:
        """Who is changing the stack; nobody where Pulumi's service keeps the state, which does not say."""

        def call(*args: str) -> str:
            return self._session(program).call(*args, "--stack", program.name)

        return self.backend.locks(program, call)

    def cancel(self, program: StackProgram) -> None:
        """Frees Pulumi's lock of the stack, whoever holds it. Raises StillRunning where a run of this machine does."""
        from .state import records

        records.cancel(self._session(program))

    def missing_secrets(self, program: StackProgram) -> tuple[str, ...]:
        """The keys of the secrets that have no value yet."""
        from .state.stackconfig import missing

        return missing(program, self.workspace)

    def set_secret(self, program: StackProgram, key: str, value: str) -> tuple[str, ...]:
        """Encrypts a value into the stack's config, and says which keys it set: a certificate and its key in one PEM
        text set both. Raises UnknownSecret for a key that is not declared, BadSecretValue.
        """
        from .secrets.slots import set_declared

        with self._config_session(program) as session:
            return set_declared(session, key, value)

    def restore_secrets(self, program: StackProgram) -> tuple[str, ...]:
        """Takes secrets that the stack's config has lost over from its last apply, and returns their keys."""
        from .secrets.slots import restore

        return restore(self._session(program))

    def show_secret(self, program: StackProgram, key: str) -> str:
        """A secret's value. Raises UnknownSecret."""
        from .secrets.slots import show

        with self._config_session(program) as session:
            return show(session, key)

    def state_mark(self, program: StackProgram) -> StateMark:
        """Which state the stack has, to see later that it is another one. Raises DamagedState."""
        return state_mark(self._session(program, looks=True))

    def config_by_hand(self, program: StackProgram) -> Mapping[str, str]:
        """The plain values in the stack's config that steer the providers and do not come from its program."""
        from .state.stackconfig import StackConfig

        config = StackConfig(self.workspace.config_file(program.name))
        return config.by_hand(program.project, program.config)

    def wrap_key(self, program: StackProgram, key: bytes) -> str:
        """A key, encrypted by the stack's secrets provider. Makes a stack on this disk where it is not there yet."""
        from .secrets.keywrap import wrap

        with self._config_session(program) as session:
            return wrap(session, key)

    def unwrap_key(self, program: StackProgram, wrapped: str) -> bytes:
        """The key again. Raises CannotUnwrap."""
        from .secrets.keywrap import unwrap

        with self._config_session(program) as session:
            return unwrap(session, wrapped)

    def _run(
        self,
        kind: Kind,
        programs: Sequence[StackProgram],
        options: RunOptions,
        expected: Mapping[str, Expected] = NOTHING_EXPECTED,
    ) -> Results:

        if not programs:
            return {}
        cli = self._cli()
        for program in programs:
            check_cloud(program)
        for program in programs:
            self.backend.is_absent(program)  # asks for all of them, before the fork
        with self.attached(programs[0], programs) as engine:
            runs = [
                Run(
                    kind=kind,
                    program=program,
                    backend=engine.backend,
                    cli=cli,
                    options=replace(options, leaves=options.leaves | engine.leaves),
                    providers=engine.providers,
                    find=engine.find or self._finder(program),
                    expected=expected.get(program.name),
                    load=() if self.warmed else program.modules,
                    absent=frozenset(one for one in (program.name, *program.needs) if self.known.has(one) is False),
                )
                for program in programs
            ]
            heard = self.on_event is not None
            tasks: dict[str, Task[Plan]] = {run.program.name: partial(_execute, run, heard) for run in runs}
            results = run_forked(tasks, self.on_event or _ignore, at_once=options.stacks_at_once)
        self.backend.learn({stack: one if isinstance(one, Plan) else None for stack, one in results.items()})
        return results

    def _load(self, programs: Sequence[StackProgram]) -> None:
        """Loads what runs of these programs share, before they are forked from this process."""
        if programs:
            from regionctl.sdk import quicker_imports

            from .runs import automation  # noqa: F401 (Pulumi's packages)

            quicker_imports()  # before the first module that imports Pulumi's packages
        if len(programs) > 1:
            self.warm(programs)
        elif programs and not self.warmed:
            for module in programs[0].modules:
                with contextlib.suppress(Exception):  # the run says why
                    import_module(module)

    def _finder(self, program: StackProgram) -> Finder | None:
        """The real clouds are not searched: there a human decides."""
        data = self.workspace.sandbox_data(program.fleet)
        if program.target is not Target.SANDBOX or not data.is_file():
            return None
        return partial(find_in_sandbox, data, program.config.get("gcp:project"))

    def _session(self, program: StackProgram, *, looks: bool = False) -> Session:
        from .state.session import Session

        return Session(program, self.backend, self._cli(), self.providers, looks=looks)

    def _ask(self, program: StackProgram) -> Ask:
        """One command of the CLI that only looks at the stack. The session is made once it is needed."""

        def ask(*args: str) -> str:
            from .state.failures import call

            return call(self._session(program, looks=True), *args)

        return ask

    @contextlib.contextmanager
    def _config_session(self, program: StackProgram) -> Iterator[Session]:
        """For what encrypts or opens in the stack's config: Pulumi's CLI, by a KMS key, wants a stack for that, but not
        the one in a bucket.
        """
        if not self.backend.looks_apart:
            yield self._session(program)
            return
        from .runs.apart import nothing

        with nothing(self.workspace) as workspace:
            session = replace(self, workspace=workspace)._session(program)
            if self.workspace.secrets_provider != PASSPHRASE:
                session.make()
            yield session

    def _cli(self) -> PulumiCli:
        cli = self.cli or find()
        if cli is None:
            raise EngineError("Pulumi's CLI is not installed", hint="run: regionctl engine install")
        return cli


def _execute(run: Run, heard: bool, send: Send, on_stop: OnStop) -> Plan:
    from .runs import automation

    def started(command: Any) -> None:
        on_stop(command.interrupt)

    return automation.execute(run, send if heard else _ignore, started)
