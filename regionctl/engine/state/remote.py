"""A state that is not on this disk, of which only Pulumi's CLI tells: who holds its locks, and where its files lie."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pulumi.automation import CommandError, ConcurrentUpdateError

from regionctl.engine.cli.command import Command
from regionctl.engine.cli.locate import PulumiCli
from regionctl.engine.workspace import LEAVES_BUCKET, Workspace
from regionctl.model.errors import EngineError
from regionctl.model.program import StackProgram
from regionctl.system.files import write_whole

from .checkpoint import DamagedState

if TYPE_CHECKING:
    from .session import Session

# checkForLock in pkg/backend/diy/lock.go of pulumi v3.259.0.
_HOLDER = re.compile(r"^\s*(\S+): created by (.*)@(\S+) \(pid (\d+)\) at (\S+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class RemoteLock:
    """One holder of a lock in a bucket. Nobody here can tell whether its process lives, so it is never stale."""

    pid: int
    user: str
    host: str
    since: datetime
    url: str
    stale: bool = False

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (pid {self.pid}, since {self.since:%Y-%m-%d %H:%M:%S %Z})"


def told_locks(said: str) -> tuple[RemoteLock, ...]:
    """The holders that the CLI names where it is refused a lock."""
    return tuple(
        RemoteLock(pid=int(pid), user=user, host=host, since=datetime.fromisoformat(since), url=url)
        for url, user, host, pid, since in _HOLDER.findall(said)
    )


def remote_locks(session: Session) -> tuple[RemoteLock, ...]:
    """The holders of a stack's lock in a bucket; none for Pulumi's service, which does not say.

    The CLI has no command that shows locks. Renaming a stack to its own name takes the lock before it is refused, since
    a stack of that name exists (renameStack in pkg/backend/diy/backend.go), and changes nothing.
    """
    if not session.workspace.names_locks:
        return ()
    try:
        session.call("stack", "rename", session.program.name, "--stack", session.program.name)
    except ConcurrentUpdateError as refused:
        return told_locks(str(refused))
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
