"""Files that must not be lost: a new text takes the old one's place whole and flushed, or the old one stays.

    write_whole(path, text)     in place of what is there
    write_once(path, text)      unless something is there: of two processes that race, one writes it
    write_all({path: bytes})    all of them are on the disk before the first takes an old one's place

A full disk, a kill or a power cut in between leaves the old text. Raises NotWritten.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from regionctl.model.errors import RegionctlError

PRIVATE = 0o600
_ORDINARY = 0o666  # less the user's umask


class NotWritten(RegionctlError):
    """The file system refused. No file was changed, unless `written` names some that were."""

    def __init__(self, file: str, why: str, written: tuple[str, ...] = ()) -> None:
        self.file, self.why, self.written = file, why, written
        already = f"; already changed: {', '.join(written)}" if written else ""
        super().__init__(f"cannot be written: {why}{already}", where=file, hint="mend that, then run the command again")


def write_whole(path: Path, content: str | bytes, *, private: bool = True) -> None:
    """Replaces a file: one that is `private` for its owner alone, another one with the permissions that it had."""
    with _refused(path):
        file = path.resolve()  # a link stays one
        if file.exists() and not file.is_file():  # a pipe, a terminal
            file.write_bytes(content.encode() if isinstance(content, str) else content)
            return
        part = _beside(file, content, _mode(file, private=private))
        try:
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
        _flush(file.parent)


def write_once(path: Path, content: str | bytes, *, private: bool = True) -> None:
    """Writes a file unless one is there."""
    if path.exists():
        return
    with _refused(path):
        part = _beside(path, content, _mode(path, private=private))
        try:
            with contextlib.suppress(FileExistsError):
                os.link(part, path)
        finally:
            part.unlink()
        _flush(path.parent)


def write_all(contents: Mapping[Path, bytes], *, shown: Mapping[Path, str]) -> None:
    """Replaces files that belong together. `shown` is how people know each."""
    parts: dict[Path, Path] = {}
    written: list[str] = []
    at = next(iter(contents), None)
    try:
        for at, data in contents.items():
            file = at.resolve()
            parts[at] = _beside(file, data, _mode(file, private=False))
        for at, part in parts.items():
            part.replace(at.resolve())
            written.append(shown[at])
        for folder in {at.resolve().parent for at in contents}:
            _flush(folder)
    except OSError as err:
        assert at is not None
        raise NotWritten(shown[at], err.strerror or type(err).__name__, tuple(written)) from err
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _beside(file: Path, content: str | bytes, mode: int) -> Path:
    """A hidden file in the same folder with the new content, on the disk."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(mode)
    except BaseException:
        part.unlink()
        raise
    return part


def _mode(file: Path, *, private: bool) -> int:
    if private:
        return PRIVATE
    with contextlib.suppress(FileNotFoundError):
        return file.stat().st_mode & 0o777
    umask = os.umask(0)  # there is no other way to read it
    os.umask(umask)
    return _ORDINARY & ~umask


def _flush(folder: Path) -> None:
    """Makes a new name survive a power cut. A file system that cannot do that says so, and nothing is lost yet."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _refused(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as err:
        raise NotWritten(str(path), err.strerror or type(err).__name__) from err
