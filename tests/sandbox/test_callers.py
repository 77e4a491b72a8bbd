"""An emulated provider answers the user alone who started it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from regionctl.sandbox.serve import Running
from regionctl.system.callers import CAN_TELL, owner

_NOBODY = 65534
# Imports first: the other user may not be able to read where Python lies.
_ASK_AS_NOBODY = f"""
import os, sys
import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
os.setgroups([])
os.setgid({_NOBODY})
os.setuid({_NOBODY})
with grpc.insecure_channel(sys.argv[1]) as channel:
    stub = provider_pb2_grpc.ResourceProviderStub(channel)
    for method, request in ((stub.GetPluginInfo, empty_pb2.Empty()), (stub.Read, provider_pb2.ReadRequest(id="x"))):
        try:
            print(method(request))
        except grpc.RpcError as err:
            print(err.code().name)
"""

linux_only = pytest.mark.skipif(not CAN_TELL, reason="only Linux tells whose process is at the other end")


@pytest.fixture
def address(data: Path) -> Iterator[str]:
    running = Running(data, ["gcp"])
    try:
        yield f"127.0.0.1:{running.ports['gcp']}"
    finally:
        running.close()


def _asked(address: str) -> str:
    with grpc.insecure_channel(address) as channel:
        answer = provider_pb2_grpc.ResourceProviderStub(channel).CheckConfig(provider_pb2.CheckRequest())
        return str(answer)


def test_a_process_of_the_same_user_is_answered(address: str) -> None:
    assert _asked(address) is not None


def test_a_process_of_the_same_user_is_answered_over_a_socket_of_ipv6(address: str) -> None:
    assert _asked(f"[::ffff:127.0.0.1]:{address.rpartition(':')[2]}") is not None


@linux_only
@pytest.mark.skipif(CAN_TELL and os.geteuid() != 0, reason="only root can start a process of another user")
def test_a_process_of_another_user_is_refused_whatever_it_asks(address: str) -> None:
    asked = subprocess.run([sys.executable, "-c", _ASK_AS_NOBODY, address], capture_output=True, text=True, check=True)
    assert asked.stdout.split() == ["PERMISSION_DENIED", "PERMISSION_DENIED"]


@linux_only
@pytest.mark.parametrize("kernel_asked", [True, False], ids=["by netlink", "by the tables of /proc"])
def test_an_open_connection_has_an_owner_and_a_closed_one_has_none(
    kernel_asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not kernel_asked:
        monkeypatch.setattr(socket, "AF_NETLINK", -1)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            peer = f"ipv4:127.0.0.1:{client.getsockname()[1]}"
            served, _ = listening.accept()
            assert owner(peer, port) == os.geteuid()
        with served:
            assert owner(peer, port) is None


@pytest.mark.parametrize("peer", ["unix:", "ipv4:192.0.2.1:443", "ipv6:%5B::1%5D:443"])
def test_what_is_not_on_the_same_loopback_has_no_owner(peer: str) -> None:
    assert owner(peer, 443) is None
