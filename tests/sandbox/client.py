"""An emulated provider over gRPC, as Pulumi's engine talks to it: every call goes over the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc

from regionctl.model.path import Path as PropertyPath
from regionctl.model.wire import Bag, marshal, unmarshal
from regionctl.sandbox.serve import Running


@dataclass(frozen=True)
class Resource:
    """What the engine would have in its state."""

    type: str
    name: str
    id: str
    inputs: Bag
    outputs: Bag

    def __getitem__(self, output: str) -> Any:
        return self.outputs.values.get(output)


@dataclass(frozen=True)
class Client:
    """Checks, creates, changes, reads and deletes. `refused` makes the exception for an error of the provider."""

    stub: provider_pb2_grpc.ResourceProviderStub
    token: Callable[[str], str]  # a short name of a type to its token
    refused: Callable[[grpc.RpcError], Exception]

    def failures(self, type_: str, /, secrets: frozenset[PropertyPath] = frozenset(), **inputs: Any) -> dict[str, str]:
        """What `Check` refuses, by property path."""
        answer = self.call(self.stub.Check, self._check_request(type_, "r", Bag(inputs, secrets)))
        return {failure.property: failure.reason for failure in answer.failures}

    def warnings(self, type_: str, /, secrets: frozenset[PropertyPath] = frozenset(), **inputs: Any) -> dict[str, str]:
        """What `Check` accepts and warns of, by property path. Raises where it refuses something."""
        with engine() as told:
            self.stub.Attach(plugin_pb2.PluginAttach(address=told.address))
            self.check(type_, "r", Bag(inputs, secrets))
        return dict(message.partition(": ")[::2] for message in told.messages)

    def check(self, type_: str, name: str, inputs: Bag, olds: Bag | None = None) -> Bag:
        answer = self.call(self.stub.Check, self._check_request(type_, name, inputs, olds))
        assert not answer.failures, answer.failures
        return unmarshal(answer.inputs)

    def create(
        self, type_: str, name: str, /, secrets: frozenset[PropertyPath] = frozenset(), **inputs: Any
    ) -> Resource:
        checked = self.check(type_, name, Bag(inputs, secrets))
        request = provider_pb2.CreateRequest(urn=self.urn(type_, name), properties=marshal(checked))
        made = self.call(self.stub.Create, request)
        return Resource(type_, name, made.id, checked, unmarshal(made.properties))

    def preview(self, type_: str, name: str, /, **inputs: Any) -> Bag:
        checked = self.check(type_, name, Bag(inputs))
        request = provider_pb2.CreateRequest(urn=self.urn(type_, name), properties=marshal(checked), preview=True)
        return unmarshal(self.call(self.stub.Create, request).properties)

    def update(self, resource: Resource, /, **changes: Any) -> Resource:
        checked = self._changed(resource, changes)
        request = provider_pb2.UpdateRequest(
            id=resource.id,
            urn=self.urn(resource.type, resource.name),
            olds=marshal(resource.outputs),
            news=marshal(checked),
            old_inputs=marshal(resource.inputs),
        )
        made = self.call(self.stub.Update, request)
        return Resource(resource.type, resource.name, resource.id, checked, unmarshal(made.properties))

    def diff(self, resource: Resource, /, **changes: Any) -> provider_pb2.DiffResponse:
        checked = self._changed(resource, changes)
        answer: provider_pb2.DiffResponse = self.call(
            self.stub.Diff,
            provider_pb2.DiffRequest(
                id=resource.id,
                urn=self.urn(resource.type, resource.name),
                olds=marshal(resource.outputs),
                news=marshal(checked),
                old_inputs=marshal(resource.inputs),
            ),
        )
        return answer

    def replaces(self, resource: Resource, /, **changes: Any) -> list[str]:
        return list(self.diff(resource, **changes).replaces)

    def read(self, resource: Resource) -> Resource | None:
        return self._read(resource.type, resource.name, resource.id, resource.inputs, resource.outputs)

    def import_(self, type_: str, id_: str) -> Resource | None:
        return self._read(type_, "imported", id_, Bag({}), Bag({}))

    def delete(self, resource: Resource) -> None:
        request = provider_pb2.DeleteRequest(
            id=resource.id, urn=self.urn(resource.type, resource.name), properties=marshal(resource.outputs)
        )
        self.call(self.stub.Delete, request)

    def urn(self, type_: str, name: str) -> str:
        return f"urn:pulumi:dev::project::{self.token(type_)}::{name}"

    def call(self, method: Any, request: Any) -> Any:
        try:
            return method(request)
        except grpc.RpcError as err:
            raise self.refused(err) from err

    def _changed(self, resource: Resource, changes: Mapping[str, Any]) -> Bag:
        """The checked inputs with some of them others; None leaves one out."""
        given = {name: value for name, value in {**_given(resource), **changes}.items() if value is not None}
        return self.check(resource.type, resource.name, Bag(given, resource.inputs.secrets), resource.inputs)

    def _check_request(self, type_: str, name: str, inputs: Bag, olds: Bag | None = None) -> provider_pb2.CheckRequest:
        return provider_pb2.CheckRequest(
            urn=self.urn(type_, name), news=marshal(inputs), olds=marshal(olds or Bag({})), randomSeed=b"seed"
        )

    def _read(self, type_: str, name: str, id_: str, inputs: Bag, outputs: Bag) -> Resource | None:
        request = provider_pb2.ReadRequest(
            id=id_, urn=self.urn(type_, name), properties=marshal(outputs), inputs=marshal(inputs)
        )
        made = self.call(self.stub.Read, request)
        return Resource(type_, name, made.id, unmarshal(made.inputs), unmarshal(made.properties)) if made.id else None


class Engine(engine_pb2_grpc.EngineServicer):
    """An engine that keeps the warnings that a provider sends it."""

    def __init__(self) -> None:
        self.address = ""
        self.messages: list[str] = []

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        assert request.severity == engine_pb2.WARNING
        assert request.urn
        self.messages.append(request.message)
        return empty_pb2.Empty()


@contextmanager
def engine() -> Iterator[Engine]:
    """An engine on this machine, that a provider may be attached to meanwhile."""
    servicer, server = Engine(), grpc.server(ThreadPoolExecutor(1))
    engine_pb2_grpc.add_EngineServicer_to_server(servicer, server)
    servicer.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield servicer
    finally:
        server.stop(None).wait()


@contextmanager
def serving(provider: str, data: Path) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """A stub of a provider that is served on this machine meanwhile."""
    running = Running(data, [provider])
    try:
        with grpc.insecure_channel(f"127.0.0.1:{running.ports[provider]}") as channel:
            yield provider_pb2_grpc.ResourceProviderStub(channel)
    finally:
        running.close()


def _given(resource: Resource) -> Mapping[str, Any]:
    defaults = resource.inputs.values.get("__defaults", ())
    return {k: v for k, v in resource.inputs.values.items() if k != "__defaults" and k not in defaults}
