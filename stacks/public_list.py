"""The list of public requests that the Worker takes: a pure function of the fleet's specs (docs/request-path.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from regions.public_requests import Delivery, KeyKind, PublicRequestSpec
from regions.spec import FleetSpec


@dataclass(frozen=True, kw_only=True)
class PublicRequest:
    """A pattern of paths, what its key is called, and where the key stands: in the path, a query parameter or a header.

    `deliver` is for every region instead, with those `headers`. `forward` are the credentials that go on.
    """

    path: str
    kind: str
    minted: bool = False
    query: str | None = None
    header: str | None = None
    forward: tuple[str, ...] = ()
    deliver: str | None = None
    headers: tuple[str, ...] = ()

    def as_data(self) -> dict[str, object]:
        """As the Worker takes it: what is not said is not there."""
        said = {
            "path": self.path,
            "kind": self.kind,
            "minted": self.minted,
            "query": self.query,
            "header": self.header,
            "forward": list(self.forward),
            "deliver": self.deliver,
            "headers": list(self.headers),
        }
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True, kw_only=True)
class PublicList:
    """The public requests of a fleet, in the order of their paths."""

    requests: tuple[PublicRequest, ...]

    @property
    def version(self) -> int:
        """Changes with the content, and with nothing else. It fits a number of JavaScript (53 bits)."""
        content = json.dumps([request.as_data() for request in self.requests], sort_keys=True)
        return int(hashlib.sha256(content.encode()).hexdigest()[:12], 16)

    def as_json(self) -> str:
        """The text of the binding PUBLIC_REQUESTS, the same for the same content."""
        requests = [request.as_data() for request in self.requests]
        return json.dumps({"version": self.version, "requests": requests}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> PublicList:
        """What `as_json` gave. Raises ValueError for anything else."""
        try:
            return cls(requests=tuple(_request_of(said) for said in json.loads(text)["requests"]))
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError("not a list of public requests") from error


def public_list(fleet: FleetSpec) -> PublicList:
    made = (_request(name, spec) for name, spec in fleet.edge.public_requests.items())
    return PublicList(requests=tuple(sorted(made, key=lambda request: request.path)))


def _request(name: str, spec: PublicRequestSpec) -> PublicRequest:
    return PublicRequest(
        path=spec.path,
        kind=spec.kind or name,
        minted=spec.key is KeyKind.MINTED,
        query=spec.query,
        header=spec.header and spec.header.lower(),
        forward=tuple(map(str, spec.forward)),
        deliver=str(spec.deliver) if spec.deliver else None,
        headers=tuple(header.lower() for header in spec.headers),
    )


def _request_of(said: Mapping[str, Any]) -> PublicRequest:
    return PublicRequest(
        path=str(said["path"]),
        kind=str(said["kind"]),
        minted=bool(said.get("minted", False)),
        query=said.get("query"),
        header=said.get("header"),
        forward=tuple(said.get("forward", ())),
        deliver=Delivery(said["deliver"]) if "deliver" in said else None,
        headers=tuple(said.get("headers", ())),
    )
