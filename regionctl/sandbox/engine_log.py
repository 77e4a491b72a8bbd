"""Warnings to the engine that calls the emulated providers, as diagnostics of a resource.

An engine says where it listens when it attaches to a provider: `ProviderHandshakeRequest.engine_address`, or
`PluginAttach.address` of engines that make no handshake. Several engines may be attached at once, told apart by their
connection.
"""

from __future__ import annotations

from collections.abc import Iterable

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from regionctl.providers.errors import CheckFailure

_PATIENCE_S = 5.0


class EngineLog:
    """The engines that are attached. A warning that an engine does not take is dropped: it is no reason to fail."""

    def __init__(self) -> None:
        self._stubs: dict[str, engine_pb2_grpc.EngineStub] = {}
        self._last: engine_pb2_grpc.EngineStub | None = None

    def attach(self, peer: str, address: str) -> None:
        if address:
            self._last = self._stubs[peer] = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def warn(self, peer: str, urn: str, warnings: Iterable[CheckFailure]) -> None:
        """One diagnostic for each warning, that begins with the property."""
        engine = self._stubs.get(peer, self._last)
        if engine is None:
            return
        for warning in warnings:
            message = f"{warning.path}: {warning.reason}"
            request = engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=message, urn=urn)
            try:
                engine.Log(request, timeout=_PATIENCE_S)
            except grpc.RpcError:
                return
