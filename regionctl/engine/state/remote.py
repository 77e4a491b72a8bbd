"""States that are not on this disk, in a bucket or kept by Pulumi's service: only Pulumi's CLI reads them."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pulumi.automation import CommandError, ConcurrentUpdateError

from regionctl.engine.cli.command import Command, said
from regionctl.engine.cli.locate import PulumiCli
from regionctl.engine.workspace import LEAVES_BUCKET, Workspace
from regionctl.model.errors import EngineError
from regionctl.model.plan import Plan
from regionctl.model.program import StackProgram
from regionctl.system.files import write_whole
from regionctl.system.reading import NotOfTheShape

from .backend import Ask, Known
from .checkpoint import EMPTY, Checkpoint, DamagedState, NeverApplied, parse_export
from .history import APPLIES, Applied, author, updates
from .locks import Lock, locks
from .repair import Kept

# gocloud.dev/blob, and pkg/backend/diy of pulumi v3.259.0
_UNREACHABLE = re.compile(r"blob \(|could not list bucket|open bucket|google credentials")
# checkForLock in pkg/backend/diy/lock.go of pulumi v3.259.0.
_HOLDER = re.compile(r"^\s*\S+: created by (.*)@(\S+) \(pid (\d+)\) at (\S+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A `Backend` that is not on this disk. What it has learnt of the stacks it remembers in `known`."""

    workspace: Workspace
    known: Known
    cli: Callable[[], PulumiCli]
    reads_free = False
    makes_late = True

    @property
    def looks_apart(self) -> bool:
        return self.workspace.is_bucket

    def is_absent(self, program: StackProgram) -> bool:
        """A bucket is asked once, for all stacks, when one comes up that this checkout has never seen there."""
        if not self.workspace.is_bucket:
            return False
        if self.known.has(program.name) is None and not self.known.asked:
            if program.name in noted_stacks(self.workspace):
                return False
            self.known.asked = True
            self.known.listed = self._listed(program)
        return self.known.has(program.name) is False

    def may_be_new(self, program: StackProgram, *, is_encrypted: bool) -> bool:
        """Nobody asks: it has no such stack, or had it, where nothing was ever encrypted for it."""
        made = self.known.has(program.name)
        return not is_encrypted if made is None else not made

    def make(self, program: StackProgram, *, may_write: Callable[[], bool], init: Callable[[], bool]) -> bool:
        self.known.made[program.name] = True
        return init()

    def state(self, program: StackProgram, ask: Ask) -> Checkpoint:
        try:
            state = parse_export(ask("stack", "export"))
        except NeverApplied:
            state = EMPTY
        except NotOfTheShape as error:
            raise self.damaged(program, error.why) from error
        self.known.read(program.name, state)
        return state

    def deployment(self, _program: StackProgram, ask: Ask) -> Mapping[str, Any]:
        try:
            exported: Mapping[str, Any] = json.loads(ask("stack", "export")).get("deployment") or {}
        except NeverApplied:
            return {}
        return exported

    def update_count(self, _program: StackProgram, ask: Ask) -> int:
        return len(updates(ask))

    def last_applied(self, _program: StackProgram, ask: Ask) -> Applied | None:
        for update in updates(ask):
            if update.kind in APPLIES and update.ended:
                by = author(update.message)
                return Applied(kind=update.kind, result=update.result, ended=update.ended, by=by)
        return None

    def locks(self, program: StackProgram, call: Ask) -> tuple[Lock, ...]:
        return locks(self.workspace, program) or _bucket_locks(self.workspace, program, call)

    def check_space(self) -> None:
        return None

    def drop_broken(self, _program: StackProgram) -> None:
        return None

    def damage(self, _program: StackProgram) -> None:
        return None

    def kept(self, _program: StackProgram) -> tuple[list[Kept], tuple[Path, ...]]:
        return [], ()

    def damaged(self, program: StackProgram, why: str) -> DamagedState:
        return DamagedRemoteState(self.workspace.backend_url, program, why)

    def unreachable(self, program: StackProgram, text: str) -> StateUnreachable | None:
        if not _UNREACHABLE.search(text):
            return None
        return StateUnreachable(program.name, self.workspace.backend_url, said(text))

    def last_outputs(self, stack: str) -> Mapping[str, Any] | None:
        return self.known.outputs.get(stack)

    def held_nothing(self, stack: str) -> bool | None:
        return self.known.empty.get(stack)

    def learn(self, results: Mapping[str, Plan | None]) -> None:
        """Notes which stacks a bucket has, for the commands that follow, too."""
        for stack, plan in results.items():
            if plan is None:
                self.known.forget(stack)
            else:
                self.known.learn(plan)
        if self.workspace.is_bucket:
            note_stacks(self.workspace, {stack: made for stack, made in self.known.made.items() if made is not None})

    def _listed(self, program: StackProgram) -> frozenset[str] | None:
        """The stacks in the bucket. None where it does not answer: whatever asks next says why."""
        try:
            there = stacks_in(self.workspace, self.cli(), program.project)
        except OldLayout:
            raise
        except EngineError:
            return None
        note_stacks(self.workspace, dict.fromkeys(there, True))
        return frozenset(there)


def named_locks(said: str) -> tuple[Lock, ...]:
    """The holders that the CLI names where it is refused a lock in a bucket. Nobody here can tell whether they live."""
    return tuple(
        Lock(pid=int(pid), user=user, host=host, since=datetime.fromisoformat(since))
        for user, host, pid, since in _HOLDER.findall(said)
    )


def _bucket_locks(workspace: Workspace, program: StackProgram, call: Ask) -> tuple[Lock, ...]:
    """The holders of a stack's lock in a bucket; none for Pulumi's service, which does not say.

    The CLI has no command that shows locks. Renaming a stack to its own name takes the lock before it is refused, since
    a stack of that name exists (renameStack in pkg/backend/diy/backend.go), and changes nothing.
    """
    if not workspace.names_locks:
        return ()
    try:
        call("stack", "rename", program.name)
    except ConcurrentUpdateError as refused:
        return named_locks(str(refused))
    except CommandError:
        return ()
    return ()


class OldLayout(EngineError):
    """The stacks in a bucket lie there as Pulumi laid them out before it knew projects: it makes no new one beside."""

    def __init__(self, backend_url: str) -> None:
        super().__init__(
            "this bucket has the layout that Pulumi had before 2023, and takes no new stack",
            where=backend_url,
            hint="use another bucket, or bring this one up to date: pulumi login URL && pulumi state upgrade",
        )


def stacks_in(workspace: Workspace, cli: PulumiCli, project: str) -> Mapping[str, datetime | None]:
    """The stacks of a project in a bucket by name, each with the moment when its state was last saved, where it says.

    One call of the CLI, which reads all of their states and writes nothing. Raises OldLayout, and EngineError where the
    bucket cannot be asked or one of the states is damaged.
    """
    with tempfile.TemporaryDirectory(prefix="regionctl-") as folder:
        environment = {**workspace.to_ask, **LEAVES_BUCKET, "PULUMI_HOME": folder}
        asked = ["stack", "ls", "--project", project, "--json"]
        try:
            said = Command(cli).run_with_input(asked, folder, environment, None).stdout
        except CommandError as failure:
            error = next((line for line in str(failure).splitlines() if "error: " in line), str(failure))
            what = f"cannot be asked: {error.partition('error: ')[2] or error}"
            hint = "see that it is there, and that your credentials for it are set and may read in it"
            raise EngineError(what, where=workspace.backend_url, hint=hint) from None
    listed = {one["name"]: one.get("lastUpdate") for one in json.loads(said)}
    if any("/" not in name for name in listed):
        raise OldLayout(workspace.backend_url)
    return {name.rpartition("/")[2]: datetime.fromisoformat(last) if last else None for name, last in listed.items()}


def noted_stacks(workspace: Workspace) -> frozenset[str]:
    """The stacks that this checkout saw in the bucket, so that a command need not ask which are there. One that was
    taken away since is missed when it is planned.
    """
    try:
        return frozenset(_note(workspace).read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError):
        return frozenset()


def note_stacks(workspace: Workspace, made: Mapping[str, bool]) -> None:
    """Notes which stacks are in the bucket and which are not."""
    noted = noted_stacks(workspace)
    now = (noted | {stack for stack, there in made.items() if there}) - {
        stack for stack, there in made.items() if not there
    }
    if now != noted:
        _note(workspace).parent.mkdir(parents=True, exist_ok=True)
        write_whole(_note(workspace), "".join(f"{stack}\n" for stack in sorted(now)))


def _note(workspace: Workspace) -> Path:
    return workspace.beside_state / "stacks"


class DamagedRemoteState(DamagedState):
    """The state in a bucket cannot be read. It was not touched; only the bucket's own tools reach it and its backup."""

    def __init__(self, backend_url: str, program: StackProgram, why: str) -> None:
        parts = urlsplit(backend_url)
        folder = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/.pulumi/stacks/{program.project}"
        self.stack = program.name
        self.backup = None
        EngineError.__init__(
            self,
            f"the state of {program.name} is damaged ({why}) and was left as it is; the one before the last change is"
            f" kept beside it as {program.name}.json.bak",
            where=f"{folder}/{program.name}.json",
            hint="put that, or an older version of it, in its place with the bucket's own tools (`aws s3 cp`,"
            f" `gcloud storage cp`), or a whole one of yours: {program.command('state', 'import')} FILE",
        )


class StateUnreachable(EngineError):
    """A remote state cannot be asked: there is no such bucket, or not with these credentials, or no way to it."""

    def __init__(self, stack: str, backend_url: str, said: str) -> None:
        self.stack = stack
        super().__init__(
            f"the state of {stack} cannot be reached: {said}",
            where=backend_url,
            hint="see that the bucket is there, and that your credentials for it are set and may read and write in it",
        )
