"""Replaces a state on this disk that cannot be read by the newest whole one that Pulumi kept.

Pulumi keeps one from before the last change (`<stack>.json.bak`), one from before every update (`backups/`) and one
from the end of every update (`history/`), all of them checkpoints. A disk that fills up in a first run cuts all of them
off; then what is whole of one takes its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic_core import from_json

from regionctl.engine.workspace import Workspace
from regionctl.model import differences
from regionctl.model.errors import EngineError
from regionctl.model.program import StackProgram, Target
from regionctl.model.urn import name_of, type_of
from regionctl.system.files import write_whole
from regionctl.system.reading import NotOfTheShape

from .checkpoint import Checkpoint, DamagedState, parse_checkpoint

_NEWEST = 50  # of the kept ones are looked at
_SHOWN = 10  # names of what is lost
_WRITTEN = re.compile(r"[.-](\d{18,20})\.(?:checkpoint\.)?json$")  # nanoseconds: backupStack, addToHistory of state.go
_URN = re.compile(rb'"urn":\s*("urn:pulumi:(?:[^"\\]|\\.){1,2000}")')


class NoWholeState(EngineError):
    """The state is damaged, and so is every other one that Pulumi kept: `looked_at` are their files."""

    def __init__(self, path: Path, program: StackProgram, looked_at: tuple[Path, ...]) -> None:
        self.stack = program.name
        self.path = path
        self.looked_at = looked_at
        kept = f"nor is any of the {len(looked_at)} that Pulumi kept" if looked_at else "and Pulumi kept no other one"
        again = program.command("up")
        if program.target is Target.SANDBOX:
            lost = f"or start over: move it away, let the emulated clouds forget what exists, and run: {again}"
        else:
            lost = "or move it away and import what exists, by docs/guides/adopt.md"
        super().__init__(
            f"the state of {program.name} is not whole, {kept}",
            where=str(path),
            hint=f"put back a copy that you have: {program.command('state', 'import')} FILE; {lost}",
        )


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A whole state that Pulumi kept, and when it was the state. `cut_off`: it is what is whole of one."""

    path: Path
    content: bytes
    checkpoint: Checkpoint
    at: datetime
    cut_off: bool = False


def newest_kept(workspace: Workspace, program: StackProgram) -> tuple[list[Kept], tuple[Path, ...]]:
    """The whole ones, the newest first, and every file that was looked at."""
    files = sorted(_files(workspace, program), key=_written, reverse=True)[:_NEWEST]
    return sorted(filter(None, map(_kept, files)), key=lambda kept: kept.at, reverse=True), tuple(files)


def whole_part(damage: DamagedState, files: Iterable[Path]) -> Kept | None:
    """What can be read of those that are cut off: of one of them, that holds most. A state has each resource behind
    those that it needs, so that the first ones hold together.
    """
    parts = filter(None, map(_part, dict.fromkeys((damage.path, *files))))
    return max(parts, key=lambda part: len(part.checkpoint.resources), default=None)


def restore(damage: DamagedState, kept: Kept) -> Iterator[str]:
    """Puts it in the place of the damaged one, which is set aside, and says what is lost."""
    aside = set_aside(damage.path)
    write_whole(damage.path, kept.content)
    what = "what is whole of the state" if kept.cut_off else "the state"
    source = aside if kept.path == damage.path else kept.path
    yield f"took {what} of {kept.at:%Y-%m-%d %H:%M:%S %Z} from {source}; the damaged one is {aside}"
    held = {resource.urn for resource in kept.checkpoint.resources}
    lost = [urn for urn in _named(aside) if urn not in held]
    if lost:
        names = ", ".join(name_of(urn) for urn in lost[:_SHOWN])
        more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
        yield f"lost since then, as far as the damaged one can be read: {names}{more}; they may exist, unmanaged"
    elif not kept.cut_off:
        yield "no resource is known to be lost since then; changes of what it holds may be"
    if kept.cut_off:
        yield "what stood behind the cut is in no file any more; it may exist, unmanaged"


def set_aside(path: Path) -> Path:
    """Renames a damaged state and takes its checksum away. It never takes the place of another one."""
    number, aside = 2, path.with_name(f"{path.name}.damaged")
    while aside.exists():
        number, aside = number + 1, path.with_name(f"{path.name}.damaged-{number}")
    path.rename(aside)
    path.with_name(f"{path.name}.attrs").unlink(missing_ok=True)
    return aside


def _files(workspace: Workspace, program: StackProgram) -> Iterator[Path]:
    checkpoint, state = workspace.checkpoint(program), workspace.state_dir
    if checkpoint is None or state is None:
        return
    yield from (path for path in (checkpoint.with_name(f"{checkpoint.name}.bak"),) if path.exists())
    for kind, pattern in (("backups", "*.json"), ("history", "*.checkpoint.json")):
        yield from (state / kind / program.project / program.name).glob(pattern)


def _written(path: Path) -> float:
    """When, in seconds since the epoch, by the file's name where that says so."""
    found = _WRITTEN.search(path.name)
    try:
        return int(found[1]) / 1e9 if found else path.stat().st_mtime
    except OSError:
        return 0.0


def _kept(path: Path) -> Kept | None:
    try:
        content = path.read_bytes()
        checkpoint = parse_checkpoint(content)
    except (OSError, NotOfTheShape):
        return None
    at = checkpoint.saved or datetime.fromtimestamp(_written(path), UTC)
    return Kept(path=path, content=content, checkpoint=checkpoint, at=at)


def _part(path: Path) -> Kept | None:
    """Without the last resource that it names, of which nobody knows whether it is all there."""
    try:
        document = from_json(path.read_bytes(), allow_partial=True)
        latest = document["checkpoint"]["latest"]
        latest["resources"].pop()
        latest.pop("pending_operations", None)
        content = json.dumps(document).encode()
        checkpoint = parse_checkpoint(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):  # NotOfTheShape is a ValueError
        return None
    if not checkpoint.resources:
        return None
    at = checkpoint.saved or datetime.fromtimestamp(_written(path), UTC)
    return Kept(path=path, content=content, checkpoint=checkpoint, at=at, cut_off=True)


def _named(path: Path) -> list[str]:
    """The resources that a file speaks of, whatever else is in it."""
    try:
        found = _URN.findall(path.read_bytes())
    except OSError:
        return []
    urns = dict.fromkeys(filter(None, map(_urn, found)))
    return [urn for urn in urns if not differences.is_bookkeeping(type_of(urn), name_of(urn))]


def _urn(quoted: bytes) -> str | None:
    try:
        return str(json.loads(quoted))
    except ValueError:
        return None
