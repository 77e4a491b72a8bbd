"""What the SDK opens while a run lasts answers the processes of the user alone who started it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from regionctl.system.callers import CAN_TELL
from tests.engine.conftest import Toy, toy
from tests.engine.toy import Thing

__all__ = ["toy"]

_NOBODY = 65534
# Asks each port as a program's server and as one that takes events: a line a port, with what was said. Imports first:
# the other user may not be able to read where Python lies.
_ASK_AS_NOBODY = f"""
import os, sys
import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import events_pb2_grpc, language_pb2_grpc
os.setgroups([])
os.setgid({_NOBODY})
os.setuid({_NOBODY})
for port in sys.argv[1:]:
    with grpc.insecure_channel(f"127.0.0.1:{{port}}") as channel:
        program = language_pb2_grpc.LanguageRuntimeStub(channel).GetPluginInfo
        events = events_pb2_grpc.EventsStub(channel).StreamEvents
        for ask, what in ((program, empty_pb2.Empty()), (events, iter(()))):
            try:
                ask(what, timeout=20)
                print("ANSWERED", end=" ")
            except grpc.RpcError as error:
                print(error.code().name, end=" ")
    print()
"""


def _listening(pid: int) -> list[str]:
    """The ports of this machine on which a process listens, from Linux's tables."""
    sockets = {str(handle.readlink()) for handle in Path(f"/proc/{pid}/fd").iterdir() if handle.is_symlink()}
    tables = (Path(f"/proc/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6"))
    rows = [line.split() for table in tables for line in table]
    mine = [row for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets]
    return [str(int(row[1].partition(":")[2], 16)) for row in mine]


@pytest.mark.engine
@pytest.mark.skipif(not CAN_TELL, reason="only Linux tells whose process is at the other end")
@pytest.mark.skipif(CAN_TELL and os.geteuid() != 0, reason="only root can start a process of another user")
def test_another_user_is_refused_by_what_serves_the_program_and_takes_events(toy: Toy, tmp_path: Path) -> None:
    said = tmp_path / "said"

    def run() -> None:  # in the process that serves the program, while the engine waits for it
        command = [sys.executable, "-c", _ASK_AS_NOBODY, *_listening(os.getpid())]
        said.write_text(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        Thing("a", 1)

    assert toy.diff(run).error is None
    ports = [set(line.split()) for line in said.read_text().splitlines()]
    assert len(ports) == 2
    assert all("PERMISSION_DENIED" in answers and "ANSWERED" not in answers for answers in ports), ports
