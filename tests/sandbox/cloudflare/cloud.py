"""The emulated Cloudflare over gRPC, as Pulumi's engine talks to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from regionctl.sandbox.serve import Running
from regionctl.sandbox.wire import Bag, marshal, unmarshal
from regionctl.sandbox.wire import Path as PropertyPath

ACCOUNT = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
OTHER_ACCOUNT = "11111111111111111111111111111111"
ZONE = "9b1f0c4e6a7d42538e2c1a5b7d9f3e60"
OTHER_ZONE = "22222222222222222222222222222222"

SCRIPT, KV, MTLS = "WorkersScript", "WorkersKvNamespace", "MtlsCertificate"
RECORD, RULESET, SETTING = "DnsRecord", "Ruleset", "ZoneSetting"


class Refused(AssertionError):
    """The emulated cloud said no: `code` and `message` are Cloudflare's."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text
        document = text.partition("{")[1] + text.partition("{")[2]
        error: dict[str, Any] = json.loads(document)["errors"][0] if document else {"code": None, "message": text}
        self.code: int | None = error["code"]
        self.message: str = error["message"]


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


class Cloud:
    """Creates, changes and reads resources; every call goes over the wire."""

    def __init__(self, stub: provider_pb2_grpc.ResourceProviderStub) -> None:
        self._stub = stub

    def failures(self, type_: str, /, **inputs: Any) -> dict[str, str]:
        """What `Check` refuses, by property path."""
        answer = self._stub.Check(
            provider_pb2.CheckRequest(urn=_urn(type_, "r"), news=marshal(Bag(inputs)), randomSeed=b"seed")
        )
        return {failure.property: failure.reason for failure in answer.failures}

    def check(self, type_: str, name: str, inputs: Bag) -> Bag:
        answer = self._stub.Check(
            provider_pb2.CheckRequest(urn=_urn(type_, name), news=marshal(inputs), randomSeed=b"seed")
        )
        assert not answer.failures, answer.failures
        return unmarshal(answer.inputs)

    def create(
        self, type_: str, name: str, /, secrets: frozenset[PropertyPath] = frozenset(), **inputs: Any
    ) -> Resource:
        checked = self.check(type_, name, Bag(inputs, secrets))
        request = provider_pb2.CreateRequest(urn=_urn(type_, name), properties=marshal(checked))
        made = self._call(self._stub.Create, request)
        return Resource(type_, name, made.id, checked, unmarshal(made.properties))

    def preview(self, type_: str, name: str, /, **inputs: Any) -> Bag:
        checked = self.check(type_, name, Bag(inputs))
        request = provider_pb2.CreateRequest(urn=_urn(type_, name), properties=marshal(checked), preview=True)
        return unmarshal(self._stub.Create(request).properties)

    def update(self, resource: Resource, /, **changes: Any) -> Resource:
        news = {**_given(resource), **changes}
        checked = self.check(resource.type, resource.name, Bag(news, resource.inputs.secrets))
        request = provider_pb2.UpdateRequest(
            id=resource.id,
            urn=_urn(resource.type, resource.name),
            olds=marshal(resource.outputs),
            news=marshal(checked),
            old_inputs=marshal(resource.inputs),
        )
        made = self._call(self._stub.Update, request)
        return Resource(resource.type, resource.name, resource.id, checked, unmarshal(made.properties))

    def diff(self, resource: Resource, /, **changes: Any) -> provider_pb2.DiffResponse:
        news = {**_given(resource), **changes}
        checked = self.check(resource.type, resource.name, Bag({k: v for k, v in news.items() if v is not None}))
        answer: provider_pb2.DiffResponse = self._stub.Diff(
            provider_pb2.DiffRequest(
                id=resource.id,
                urn=_urn(resource.type, resource.name),
                olds=marshal(resource.outputs),
                news=marshal(checked),
                old_inputs=marshal(resource.inputs),
            )
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
            id=resource.id, urn=_urn(resource.type, resource.name), properties=marshal(resource.outputs)
        )
        self._call(self._stub.Delete, request)

    def _read(self, type_: str, name: str, id_: str, inputs: Bag, outputs: Bag) -> Resource | None:
        request = provider_pb2.ReadRequest(
            id=id_, urn=_urn(type_, name), properties=marshal(outputs), inputs=marshal(inputs)
        )
        made = self._call(self._stub.Read, request)
        return Resource(type_, name, made.id, unmarshal(made.inputs), unmarshal(made.properties)) if made.id else None

    def _call(self, method: Any, request: Any) -> Any:
        try:
            return method(request)
        except grpc.RpcError as err:
            raise Refused(err.details()) from err


@contextmanager
def cloudflare(data: Path) -> Iterator[Cloud]:
    running = Running(data, ["cloudflare"])
    try:
        with grpc.insecure_channel(f"127.0.0.1:{running.ports['cloudflare']}") as channel:
            yield Cloud(provider_pb2_grpc.ResourceProviderStub(channel))
    finally:
        running.close()


def file(text: str) -> dict[str, str]:
    """A module of an upload besides the main one."""
    return {
        "contentType": "application/javascript+module",
        "contentBase64": base64.b64encode(text.encode()).decode(),
    }


def script(**more: Any) -> dict[str, Any]:
    """The inputs of a small Worker."""
    return {
        "accountId": ACCOUNT,
        "scriptName": "edge",
        "mainModule": "index.js",
        "content": "export default { async fetch() { return new Response('hello') } }",
        "compatibilityDate": "2026-04-01",
        **more,
    }


def _given(resource: Resource) -> Mapping[str, Any]:
    defaults = resource.inputs.values.get("__defaults", ())
    return {k: v for k, v in resource.inputs.values.items() if k != "__defaults" and k not in defaults}


def _urn(type_: str, name: str) -> str:
    token = f"cloudflare:index/{type_[0].lower()}{type_[1:]}:{type_}"
    return f"urn:pulumi:dev::project::{token}::{name}"
