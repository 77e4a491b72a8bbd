"""The emulated Google Cloud over gRPC, as Pulumi's engine talks to it, with a clock that a test moves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from regionctl.model.path import Path as PropertyPath
from regionctl.model.wire import Bag, marshal
from regionctl.providers.schema import type_schema
from regionctl.sandbox.gcp.provider import GoogleCloud
from regionctl.sandbox.operations import Clouds
from regionctl.sandbox.provider import Provider
from regionctl.sandbox.server import ProviderServicer
from regionctl.sandbox.store import Store
from tests.sandbox.client import Client, Resource

__all__ = ["Cloud", "Refused", "Resource", "google"]

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


@dataclass
class Time:
    """The cloud's clock; sleeping moves it. With `may_end` cleared a sleep that began (`began`) ends once it is set."""

    now_s: float = 1_795_000_000.0
    slept_s: list[float] = field(default_factory=list)
    began: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may_end.set()

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.began.set()
        self.may_end.wait()
        self.slept_s.append(seconds)
        self.now_s += seconds


@dataclass(frozen=True)
class Cloud(Client):
    """The emulated Google Cloud. Raises Refused."""

    time: Time

    def configure(self, **config: str) -> None:
        self.stub.Configure(provider_pb2.ConfigureRequest(args=marshal(Bag({"project": PROJECT, **config}))))

    def create(
        self, type_: str, name: str, /, secrets: frozenset[PropertyPath] = frozenset(), **inputs: Any
    ) -> Resource:
        """Named as in Pulumi, where the type has a name."""
        return super().create(type_, name, secrets, **({"name": name, **inputs} if _is_named(type_) else inputs))


@contextmanager
def google(data: Path, provider: Provider | None = None, clouds: type[Clouds] = Clouds) -> Iterator[Cloud]:
    """One emulated Google Cloud on the file; its project is PROJECT and its region REGION."""
    time, store = Time(), Store(data)
    server = grpc.server(ThreadPoolExecutor(8))
    servicer = ProviderServicer(clouds(provider or GoogleCloud(), store, time, time.sleep))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            cloud = Cloud(provider_pb2_grpc.ResourceProviderStub(channel), str, Refused, time)
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
    return "name" in type_schema(type_).inputs
