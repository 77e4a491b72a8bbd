"""Runs Pulumi's CLI: private files, its own process group, and a way to interrupt it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pulumi.automation import CommandResult, ConcurrentUpdateError, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from regionctl.engine.workspace import PASSPHRASE_FILE_VARIABLE, PASSPHRASE_VARIABLE

from .locate import PulumiCli

_UMASK = 0o077
# One of several errors, as the CLI lists them.
_ITEM = re.compile(r"(?:\d+\)|\*) (.+)")
NO_STACK = "no stack named"  # StackNotFoundError in pkg/backend/backenderr of pulumi v3.259.0


class LockWatch(Protocol):
    """Sees which lock file a CLI makes."""

    def start(self, pid: int) -> None:
        """The CLI has started."""

    def look(self) -> None:
        """Looks now."""

    def stop(self) -> None:
        """The CLI has ended."""


class HeldLocks(Protocol):
    """Locks that the CLI inherits, so that they are held until it ends too."""

    @property
    def handles(self) -> tuple[int, ...]:
        """The open files."""

    def watch(self, command: str) -> LockWatch | None:
        """To be asked for before a command starts; None where it takes no lock."""


class Command(PulumiCommand):
    """The Automation API's command, without its call of `pulumi version`.

    The CLI runs in a session of its own, so that a ^C at the terminal reaches it once, through `interrupt`.
    """

    def __init__(self, cli: PulumiCli) -> None:
        self.command = str(cli.path)
        self.version = VersionInfo.parse(cli.version)
        self.interrupted = False
        self.killed_by: int | None = None  # the signal that ended the last command, where one did
        self.refused_lock = ""  # what the CLI said where another held the stack's lock
        self.locks: HeldLocks | None = None  # which the CLI holds too while it runs
        self._process: subprocess.Popen[str] | None = None
        self._watch: LockWatch | None = None

    def interrupt(self) -> None:
        """Asks the running CLI to finish what runs, save it, and end. Asked a second time, it ends at once."""
        self.interrupted = True
        process = self._process
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)

    def note_lock(self) -> None:
        """Writes down which lock file the running CLI made, if it was not seen yet."""
        if self._watch:
            self._watch.look()

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> CommandResult:
        return self.run_with_input(args, cwd, additional_env, None)

    def run_with_input(
        self, args: list[str], cwd: str, environment: Mapping[str, str], text: str | None
    ) -> CommandResult:
        """Runs the CLI with `text` on its standard input. Raises CommandError where it fails."""
        self._watch = self.locks.watch(args[0]) if self.locks else None
        process = subprocess.Popen(
            [self.command, "--non-interactive", *args],
            stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=_merged(environment),
            encoding="utf-8",
            umask=_UMASK,
            start_new_session=True,
            pass_fds=self.locks.handles if self.locks else (),
        )
        if self._watch:
            self._watch.start(process.pid)
        self._process = process
        if self.interrupted:
            self.interrupt()
        stdout, stderr = process.communicate(text)
        if self._watch:
            self._watch.stop()
        result = CommandResult(stdout=stdout.rstrip(), stderr=stderr.rstrip(), code=process.returncode)
        self.killed_by = -process.returncode if process.returncode < 0 else None
        if process.returncode != 0:
            error = create_command_error(result)
            if isinstance(error, ConcurrentUpdateError):
                self.refused_lock = result.stderr
            raise error
        return result


def _merged(environment: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with ours over it.

    PULUMI_CONFIG_PASSPHRASE goes before PULUMI_CONFIG_PASSPHRASE_FILE, also when it is empty (readPassphrase in
    pkg/secrets/passphrase/manager.go of pulumi), so it is not inherited where a file is named.
    """
    merged = {**os.environ, **environment, "PULUMI_AUTOMATION_API": "true"}
    if PASSPHRASE_FILE_VARIABLE in environment:
        merged.pop(PASSPHRASE_VARIABLE, None)
    return merged


def said(text: str) -> str:
    """The `error: ` lines of a CommandError, each with the list that it begins, or its last line."""
    lines = [line.strip().removeprefix("stderr: ") for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    items = [item[1] for item in map(_ITEM.fullmatch, lines) if item and item[1] != "Unknown"]
    errors = [f"{error} {'; '.join(items)}" if error.endswith("errors occurred:") else error for error in errors]
    return "\n".join(errors) or last_line(text)


def last_line(text: str) -> str:
    """The last line that the CLI wrote, without what it puts before an error."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("stderr: ").removeprefix("error: ") if lines else "it gave no reason"
