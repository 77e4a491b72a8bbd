"""The emulated Google Cloud over gRPC, as Pulumi's engine talks to it, with a clock that a test moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from regionctl.sandbox.check import DEFAULTS
from regionctl.sandbox.gcp.provider import GoogleCloud
from regionctl.sandbox.operations import Clouds
from regionctl.sandbox.provider import Provider
from regionctl.sandbox.server import ProviderServicer
from regionctl.sandbox.store import Store
from regionctl.sandbox.wire import Bag, marshal, unmarshal
from regionctl.sandbox.wire import Path as PropertyPath

PROJECT = "acme-prod"
REGION = "europe-west1"

NETWORK = "gcp:compute/network:Network"
SUBNET = "gcp:compute/subnetwork:Subnetwork"
INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"
USER = "gcp:sql/user:User"
BUCKET = "gcp:storage/bucket:Bucket"
KEY_RING = "gcp:kms/keyRing:KeyRing"
CRYPTO_KEY = "gcp:kms/cryptoKey:CryptoKey"
CLOUD_PROJECT = "gcp:organizations/project:Project"
SECRET = "gcp:secretmanager/secret:Secret"
SECRET_VERSION = "gcp:secretmanager/secretVersion:SecretVersion"


class Refused(AssertionError):
    """The emulated cloud said no, in the words of the provider."""

    def __init__(self, error: grpc.RpcError) -> None:
        self.code: grpc.StatusCode = error.code()
        self.message: str = error.details()
        self.partial = any(key == "grpc-status-details-bin" for key, _ in error.trailing_metadata() or ())
        super().__init__(self.message)


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


@dataclass
class Time:
    """The cloud's clock; sleeping moves it."""

    now_s: float = 1_795_000_000.0
    slept_s: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_s += seconds


class Cloud:
    """Creates, changes and reads resources; every call goes over the wire."""

    def __init__(self, stub: provider_pb2_grpc.ResourceProviderStub, time: Time) -> None:
        self.stub = stub
        self.time = time

    def configure(self, **config: str) -> None:
        self.stub.Configure(provider_pb2.ConfigureRequest(args=marshal(Bag({"project": PROJECT, **config}))))

    def failures(self, type_: str, /, **inputs: Any) -> dict[str, str]:
        """What `Check` refuses, by property path."""
        return {failure.property: failure.reason for failure in self._check(type_, "r", Bag(inputs)).failures}

    def check(self, type_: str, name: str, inputs: Bag) -> Bag:
        answer = self._check(type_, name, inputs)
        assert not answer.failures, answer.failures
        return unmarshal(answer.inputs)

    def create(
        self, type_: str, name: str, /, secrets: frozenset[PropertyPath] = frozenset(), **inputs: Any
    ) -> Resource:
        checked = self.check(type_, name, Bag({"name": name, **inputs} if _is_named(type_) else inputs, secrets))
        request = provider_pb2.CreateRequest(urn=_urn(type_, name), properties=marshal(checked))
        made = self._call(self.stub.Create, request)
        return Resource(type_, name, made.id, checked, unmarshal(made.properties))

    def preview(self, type_: str, name: str, /, **inputs: Any) -> Bag:
        checked = self.check(type_, name, Bag(inputs))
        request = provider_pb2.CreateRequest(urn=_urn(type_, name), properties=marshal(checked), preview=True)
        return unmarshal(self._call(self.stub.Create, request).properties)

    def update(self, resource: Resource, /, **changes: Any) -> Resource:
        checked = self._changed(resource, changes)
        request = provider_pb2.UpdateRequest(
            id=resource.id,
            urn=_urn(resource.type, resource.name),
            olds=marshal(resource.outputs),
            news=marshal(checked),
            old_inputs=marshal(resource.inputs),
        )
        made = self._call(self.stub.Update, request)
        return Resource(resource.type, resource.name, resource.id, checked, unmarshal(made.properties))

    def diff(self, resource: Resource, /, **changes: Any) -> provider_pb2.DiffResponse:
        answer: provider_pb2.DiffResponse = self._call(
            self.stub.Diff,
            provider_pb2.DiffRequest(
                id=resource.id,
                urn=_urn(resource.type, resource.name),
                olds=marshal(resource.outputs),
                news=marshal(self._changed(resource, changes)),
                old_inputs=marshal(resource.inputs),
            ),
        )
        return answer

    def read(self, resource: Resource) -> Resource | None:
        return self._read(resource.type, resource.name, resource.id, resource.inputs, resource.outputs)

    def import_(self, type_: str, id_: str) -> Resource | None:
        return self._read(type_, "imported", id_, Bag({}), Bag({}))

    def delete(self, resource: Resource) -> None:
        request = provider_pb2.DeleteRequest(
            id=resource.id, urn=_urn(resource.type, resource.name), properties=marshal(resource.outputs)
        )
        self._call(self.stub.Delete, request)

    def _changed(self, resource: Resource, changes: Mapping[str, Any]) -> Bag:
        news = {**_given(resource), **changes}
        return self.check(
            resource.type, resource.name, Bag({k: v for k, v in news.items() if v is not None}, resource.inputs.secrets)
        )

    def _check(self, type_: str, name: str, inputs: Bag) -> provider_pb2.CheckResponse:
        request = provider_pb2.CheckRequest(urn=_urn(type_, name), news=marshal(inputs), randomSeed=b"seed")
        answer: provider_pb2.CheckResponse = self._call(self.stub.Check, request)
        return answer

    def _read(self, type_: str, name: str, id_: str, inputs: Bag, outputs: Bag) -> Resource | None:
        request = provider_pb2.ReadRequest(
            id=id_, urn=_urn(type_, name), properties=marshal(outputs), inputs=marshal(inputs)
        )
        made = self._call(self.stub.Read, request)
        return Resource(type_, name, made.id, unmarshal(made.inputs), unmarshal(made.properties)) if made.id else None

    def _call(self, method: Any, request: Any) -> Any:
        try:
            return method(request)
        except grpc.RpcError as err:
            raise Refused(err) from err


@contextmanager
def google(data: Path, provider: Provider | None = None) -> Iterator[Cloud]:
    """One emulated Google Cloud on the file; its project is PROJECT and its region REGION."""
    time, store = Time(), Store(data)
    server = grpc.server(ThreadPoolExecutor(8))
    servicer = ProviderServicer(Clouds(provider or GoogleCloud(), store, time, time.sleep))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            cloud = Cloud(provider_pb2_grpc.ResourceProviderStub(channel), time)
            cloud.configure(region=REGION)
            yield cloud
    finally:
        server.stop(None).wait()
        store.close()


def instance(**more: Any) -> dict[str, Any]:
    """The inputs of a small Cloud SQL instance that may be deleted."""
    settings = {"tier": "db-custom-1-3840", "diskSize": 20, **more.pop("settings", {})}
    return {"databaseVersion": "POSTGRES_16", "deletionProtection": False, "settings": settings, **more}


def _is_named(type_: str) -> bool:
    return type_ not in {CLOUD_PROJECT, SECRET, SECRET_VERSION}


def _given(resource: Resource) -> Mapping[str, Any]:
    defaults = resource.inputs.values.get(DEFAULTS, ())
    return {k: v for k, v in resource.inputs.values.items() if k != DEFAULTS and k not in defaults}


def _urn(type_: str, name: str) -> str:
    return f"urn:pulumi:dev::project::{type_}::{name}"
