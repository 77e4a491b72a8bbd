"""What a program tells the real engine, written down on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import SETTINGS

from regionctl.model.program import StackProgram


class _Overheard:
    """The engine's monitor, with each registration appended to a file before it goes on."""

    def __init__(self, monitor: Any, file: Path) -> None:
        self._monitor = monitor
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._monitor, name)

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> Any:  # noqa: N802  the RPC's name
        message = request.SerializeToString()
        with self._file.open("ab") as file:  # one write of a few kilobytes: threads do not mix theirs
            file.write(len(message).to_bytes(4, "big") + message)
        return self._monitor.RegisterResource(request)


def overheard(program: StackProgram, folder: Path) -> tuple[StackProgram, Path]:
    """The program that writes down what it registers, and the file that it writes to."""
    file = folder / f"{program.name}.requests"
    return replace(program, run=partial(_run, program, file)), file


def _run(program: StackProgram, file: Path) -> None:
    SETTINGS.monitor = _Overheard(SETTINGS.monitor, file)
    program.run()


def requests(file: Path) -> Iterator[resource_pb2.RegisterResourceRequest]:
    content = file.read_bytes()
    while content:
        size = int.from_bytes(content[:4], "big")
        request = resource_pb2.RegisterResourceRequest()
        request.ParseFromString(content[4 : 4 + size])
        content = content[4 + size :]
        yield request
