"""Pulumi's CLI, bound to one stack."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pulumi.automation import CommandError, StackAlreadyExistsError

from regionctl.program import StackProgram

from .checkpoint import EMPTY, Checkpoint, read_checkpoint
from .command import Command
from .install import PulumiCli
from .locks import clear_stale
from .secrets import ensure_secrets
from .stackconfig import StackConfig
from .workspace import Workspace


class Session:
    """One stack's CLI: its environment, its commands. `providers` are attached; None takes the real ones."""

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

    def ensure_stack(self, *, secrets: bool = True) -> tuple[str, ...]:
        """Makes the stack, its plain config and its secrets, where they are not there yet.

        Returns the keys of provided secrets that got a made-up value (in a sandbox). Raises MissingSecrets.
        """
        with _alone(self.workspace.data_dir / f".{self.program.name}.lock"):
            config = StackConfig(self.workspace.config_file(self.program.name))
            config.update(self.program.config)
            if not self._exists():
                self._create()
            return ensure_secrets(self) if secrets else ()

    def checkpoint(self) -> Checkpoint:
        """The state on this disk; an empty one for a new stack or a remote state. Raises DamagedState."""
        return read_checkpoint(self.workspace, self.program) or EMPTY

    def _create(self) -> None:
        clear_stale(self.workspace, self.program)  # of a process that was killed while it made the stack
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


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keeps other processes of this host out of a section. The lock goes with the process that holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
