"""Pulumi's CLI, bound to one stack."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from pulumi.automation import CommandError, StackAlreadyExistsError

from regionctl.errors import StackLocked
from regionctl.program import StackProgram

from .checkpoint import EMPTY, Checkpoint, read_checkpoint
from .command import Command
from .filelock import Busy
from .install import PulumiCli
from .locks import StackLocks
from .secrets import ensure_secrets
from .stackconfig import StackConfig
from .workspace import Workspace

_CONFIG_TIMEOUT_S = 120.0  # a change takes seconds
_POLL_S = 0.05


class Session:
    """One stack's CLI: its environment, its commands. `providers` are attached; None takes the real ones."""

    def __init__(self, program: StackProgram, workspace: Workspace, cli: PulumiCli, providers: str | None) -> None:
        workspace.prepare(program)
        self.program = program
        self.workspace = workspace
        self.locks = StackLocks(workspace, program)
        self.command = Command(cli)
        self.command.locks = self.locks
        self.environment: Mapping[str, str] = dict(workspace.environment(program))
        if providers:
            self.environment = {**self.environment, "PULUMI_DEBUG_PROVIDERS": providers}

    def call(self, *args: str, text: str | None = None) -> str:
        """One command of the CLI; its standard output. Raises CommandError."""
        return self.command.run_with_input(list(args), str(self.workspace.project_dir), self.environment, text).stdout

    def ensure_stack(self, *, secrets: bool = True, replace_lost: bool = False) -> tuple[str, ...]:
        """Makes the stack, its plain config and its secrets, where they are not there yet.

        Returns the keys of provided secrets that got a made-up value (in a sandbox). Raises MissingSecrets, LostSecrets
        unless those are to be replaced.
        """
        with self.writing_config():
            config = StackConfig(self.workspace.config_file(self.program.name))
            config.update(self.program.config)
            is_new = not self._exists()
            if is_new:
                self._create()
            return ensure_secrets(self, may_be_lost=not is_new and not replace_lost) if secrets else ()

    @contextlib.contextmanager
    def writing_config(self) -> Iterator[None]:
        """Keeps others from the stack's config between a look at it and the change that follows. Raises StackLocked."""
        deadline = time.monotonic() + _CONFIG_TIMEOUT_S

        def again() -> bool:
            time.sleep(_POLL_S)
            return not self.command.interrupted and time.monotonic() < deadline

        try:
            with self.locks.writing_config(again):
                yield
        except Busy as error:
            holder = str(error.note or "another process")
            raise StackLocked(f"the config of {self.program.name}", holder, hint="wait until it has ended") from None

    @contextlib.contextmanager
    def config_copy(self) -> Iterator[Path]:
        """A copy of the stack's config in a folder of its own (0700), for the CLI to work on."""
        with tempfile.TemporaryDirectory(prefix="regionctl-") as folder:
            file = Path(folder) / "config.yaml"
            config = self.workspace.config_file(self.program.name)
            file.write_bytes(config.read_bytes() if config.is_file() else b"")
            yield file

    def checkpoint(self) -> Checkpoint:
        """The state on this disk; an empty one for a new stack or a remote state. Raises DamagedState."""
        return read_checkpoint(self.workspace, self.program) or EMPTY

    def _create(self) -> None:
        self.locks.clear_stale()  # of a run that was killed while it made the stack
        provider = f"--secrets-provider={self.workspace.secrets_provider}"
        with contextlib.suppress(StackAlreadyExistsError):
            self.call("stack", "init", self.program.name, "--no-select", provider)

    def _exists(self) -> bool:
        path = self.workspace.checkpoint(self.program)
        if path is not None:
            return path.is_file()
        try:
            self.call("stack", "--stack", self.program.name)
        except CommandError:
            return False
        return True
