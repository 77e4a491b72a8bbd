"""A state in a bucket, of S3 and of Cloud Storage, and the toy cloud behind an engine that keeps its state there."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from regionctl.engine import Engine, Workspace
from tests.engine.conftest import Toy, toy
from tests.remote.servers import Server, serving

__all__ = ["toy"]


@pytest.fixture(scope="module")
def aws() -> Iterator[Server]:
    with serving("aws") as server:
        yield server


@pytest.fixture(scope="module")
def gcs() -> Iterator[Server]:
    with serving("gcs") as server:
        yield server


@dataclass(frozen=True)
class Bucket:
    """A bucket of its own for each test."""

    server: Server
    name: str
    url: str

    def objects(self) -> dict[str, bytes]:
        return dict(self.server.objects(self.name))

    def empty(self) -> None:
        for key in self.objects():
            self.server.delete(self.name, key)

    def refuse_writes(self) -> None:
        self.server.refuse_writes(self.name)

    def put(self, key: str, content: bytes) -> None:
        self.server.put(self.name, key, content)


@pytest.fixture(params=["s3", "gs"])
def bucket(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    server: Server = request.getfixturevalue("aws" if request.param == "s3" else "gcs")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    name = f"state-{uuid.uuid4().hex[:12]}"
    return Bucket(server, name, server.bucket(name))


@dataclass(frozen=True)
class Remote(Toy):
    """The toy cloud, with the state in a bucket."""

    bucket: Bucket

    @property
    def engine(self) -> Engine:
        workspace = Workspace.at(self.folder, self.bucket.url)
        return Engine(workspace=workspace, providers=self.providers, find=self.find)


@pytest.fixture
def remote(toy: Toy, bucket: Bucket) -> Remote:
    (Path(toy.folder) / "stacks").mkdir()
    return Remote(toy.folder, toy.providers, toy.cloud, bucket)
