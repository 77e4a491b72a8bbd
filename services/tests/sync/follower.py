"""A client of the sync engine, which believes nothing: every message must follow on what it has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from product.sync import protocol

SUBPROTOCOL = Subprotocol(protocol.SUBPROTOCOL)


@dataclass
class Follower:
    """`records` is what the workspace looks like to it. `with Follower.open(...)`: one socket of it."""

    origin: str
    headers: Mapping[str, str]
    position: tuple[str, int] | None = None
    records: dict[tuple[str, str], Any] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    snapshots: int = 0
    began: int = 0  # the number of the last snapshot
    socket: ClientConnection | None = None
    messages: int = 0

    async def connect(self, **query: str) -> Self:
        if self.position is not None:
            query["after"] = f"{self.position[0]}:{self.position[1]}"
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        self.socket = await connect(
            f"{self.origin}/sync?{asked}",
            subprotocols=[SUBPROTOCOL],
            additional_headers=dict(self.headers),
            max_size=None,
            compression=None,
            proxy=None,
        )
        self.messages = 0
        return self

    async def read(self, *, acknowledge: bool = True) -> dict[str, Any]:
        """One message, applied. Raises ConnectionClosed."""
        assert self.socket is not None
        message: dict[str, Any] = json.loads(await self.socket.recv())
        self.messages += 1
        self._apply(message)
        if acknowledge:
            await self.socket.send(json.dumps({"type": "ack", "messages": self.messages}))
        return message

    async def reach(self, n: int) -> Self:
        """Reads until change `n` is applied."""
        while self.position is None or self.position[1] < n:
            await self.read()
        return self

    async def close(self) -> None:
        if self.socket is not None:
            await self.socket.close()

    def _apply(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "snapshot", "epoch": epoch, "n": n, "last": last, "records": records}:
                self._collect(records, (epoch, n) if last else None)
            case {"type": "changes", "epoch": epoch, "from": first, "to": last, "changes": changes}:
                assert self.position == (epoch, first - 1), f"{self.position} is followed by {first}"
                assert [change["n"] for change in changes] == list(range(first, last + 1))
                for change in changes:
                    self._change(change)
                self.position = (epoch, last)
            case _:
                raise AssertionError(f"a message of an unknown kind: {message}")

    def _collect(self, records: list[Any], position: tuple[str, int] | None) -> None:
        if self.position is not None or self.snapshots:
            self.position = None
        if not getattr(self, "_parts", None):
            self._parts: list[Any] = []
        self._parts.extend(records)
        if position is not None:
            self.records = {(record["entity"], record["id"]): record["body"] for record in self._parts}
            self._parts = []
            self.position = position
            self.began = position[1]
            self.snapshots += 1

    def _change(self, change: dict[str, Any]) -> None:
        self.numbers.append(change["n"])
        key = (change["entity"], change["id"])
        if change["action"] == "delete":
            self.records.pop(key, None)
        else:
            self.records[key] = change["body"]
