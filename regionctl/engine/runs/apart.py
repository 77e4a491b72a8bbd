"""Plans a stack that is not in its bucket yet, on a state that is thrown away, so that nothing is written there.

Pulumi plans only a stack that exists, and to make one is to write, which an account that may only read cannot. So the
plan is made on a state on this disk, which holds what the plan reads and no more: the stack itself where it is there,
and the stacks whose outputs its program reads, since Pulumi looks those up in the same state. A stack that is not in
the bucket is there without resources, as a run of the whole fleet makes it before the one that reads it.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any

from pulumi.automation import CommandError

from regionctl.engine.cli.command import NO_STACK
from regionctl.engine.state.checkpoint import write_state
from regionctl.engine.state.failures import explain
from regionctl.engine.state.session import Session
from regionctl.engine.workspace import Workspace
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram
from regionctl.render import render

_REFERENCE = "pulumi:pulumi:StackReference"
# Of a name with its project, where a bucket is empty and is not to be marked (LEAVES_BUCKET): ParseStackName in
# sdk/go/common/tokens/names.go of pulumi v3.259.0.
_NO_PROJECTS = "a stack name may only contain"


@contextlib.contextmanager
def nothing(workspace: Workspace) -> Iterator[Workspace]:
    """The workspace with an empty state of its own in place of the bucket, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="regionctl-") as folder:
        yield workspace.with_state_in(Path(folder))


@contextlib.contextmanager
def copied(session: Session, absent: Set[str], *, runs: bool) -> Iterator[Workspace]:
    """The workspace with a state of its own: the stack, and where its program `runs` those that it reads.

    `absent` are the stacks that are not in the bucket, by full name. Raises a RegionctlError where the bucket cannot
    be asked.
    """
    program = session.program
    with nothing(session.workspace) as workspace:
        if program.name not in absent:
            _copy(session, workspace, program.project, program.name, program.name)
        for name in _read(program) if runs else ():
            project, stack = _parts(name, program.project)
            if project == program.project and stack in absent:
                write_state(workspace, project, stack)
            else:
                _copy(session, workspace, project, stack, name)
        yield workspace


def _read(program: StackProgram) -> tuple[str, ...]:
    """The stacks whose outputs a program reads, as it names them."""
    try:
        declared = render(program).resources.values()
    except RegionctlError:  # the run says why
        return ()
    return tuple(dict.fromkeys(one.read_id for one in declared if one.type == _REFERENCE and one.read_id))


def _parts(name: str, project: str) -> tuple[str, str]:
    """Project and stack of a reference: `stack`, `organization/stack`, `organization/project/stack` (ParseReference in
    pkg/backend/diy/store.go of pulumi v3.259.0)."""
    parts = name.split("/")
    return (parts[-2] if len(parts) > 2 else project), parts[-1]


def _copy(session: Session, workspace: Workspace, project: str, stack: str, name: str) -> None:
    """Puts a stack's state there as it is in the bucket; not where it is not in the bucket either."""
    try:
        exported: dict[str, Any] = json.loads(session.call("stack", "export", "--stack", name))
    except CommandError as failure:
        if any(sign in str(failure) for sign in (NO_STACK, _NO_PROJECTS)):
            return
        raise explain(session, failure) from None
    write_state(workspace, project, stack, exported)
