"""Checks the state: only its owner reads it, it is whole, and no run left anything undone."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from fleet.results import Finding
from regionctl.engine import Workspace, find
from regionctl.engine.state.checkpoint import DamagedState, read_checkpoint
from regionctl.engine.state.locks import locks
from regionctl.engine.state.remote import stacks_in
from regionctl.engine.workspace import PASSPHRASE
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram, Target

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_state(workspace: Workspace, programs: Sequence[StackProgram]) -> Iterator[Finding]:
    yield _folder(workspace)
    if workspace.state_dir is None:
        yield _bucket(workspace, programs)
        return
    yield from _passphrase(workspace, programs)
    for program in programs:
        yield from _stack(workspace, program)


def _bucket(workspace: Workspace, programs: Sequence[StackProgram]) -> Finding:
    """Whether a remote state answers, and all states in it can be read. What was left unfinished, an `up` says."""
    try:
        cli = find()
        if cli is None or not workspace.names_locks:
            return Finding.ok("state", f"at {workspace.backend_url}; the engine asks it when it runs")
        there = stacks_in(workspace, cli, programs[0].project).keys() & {program.name for program in programs}
    except RegionctlError as error:
        return Finding.problem("state", f"{workspace.backend_url} {error.what}", error.hint or "mend that")
    return Finding.ok("state", f"{workspace.backend_url} answers, with {len(there)} of {len(programs)} stacks")


def _folder(workspace: Workspace) -> Finding:
    if (closed := workspace.not_writable()) is not None:
        mend = "let this user write there, or give a folder that can be written: --state DIR"
        return Finding.problem("state", f"{closed} cannot be written", mend)
    folder = workspace.data_dir
    if not folder.exists():
        return Finding.ok("state", f"none yet; it will lie in {folder}")
    if open_to_others := [path for path in _private(workspace) if path.stat().st_mode & _OTHERS]:
        mend = f"run: chmod -R go-rwx {folder}"
        return Finding.problem("state", f"{open_to_others[0]} can be read by other users", mend)
    return Finding.ok("state", f"{folder}, private")


def _private(workspace: Workspace) -> list[Path]:
    """What must be for its owner alone. A state folder that is private keeps all below it so."""
    candidates = (workspace.data_dir, workspace.passphrase_file)
    return [path for path in candidates if path.exists()]


def _passphrase(workspace: Workspace, programs: Sequence[StackProgram]) -> Iterator[Finding]:
    if workspace.secrets_provider != PASSPHRASE or workspace.passphrase_file.is_file():
        return
    made = [program for program in programs if (path := workspace.checkpoint(program)) and path.exists()]
    if made and made[0].target is Target.SANDBOX:
        yield Finding.problem(
            "passphrase",
            f"{workspace.passphrase_file} is gone, and with it the key to the secrets of {made[0].name}",
            "put it back; if it is lost, move the state folder away and start over: the clouds are emulated",
        )


def _stack(workspace: Workspace, program: StackProgram) -> Iterator[Finding]:
    try:
        checkpoint = read_checkpoint(workspace, program)
    except DamagedState as error:
        yield Finding.problem(program.name, error.what, error.hint or f"run: {program.command('state', 'repair')}")
        return
    for lock in locks(workspace, program):
        if lock.stale:
            mend = f"nothing: the next command removes it, as does: {program.command('state', 'unlock')}"
            yield Finding.warning(program.name, f"a lock was left behind by {lock}", mend)
        else:
            yield Finding.warning(program.name, f"locked by {lock}", "wait until that run ends")
    for operation in checkpoint.pending if checkpoint else ():
        mend = f"run: {program.command('refresh')}, or {program.command('up')}"
        yield Finding.warning(program.name, f"a run was killed while {operation}", mend)
