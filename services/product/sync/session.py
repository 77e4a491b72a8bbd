"""One socket: it sends at its client's pace, and ends for one reason."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from product.sync.channel import MESSAGE_CHARACTERS, Broken, Channel
from product.sync.protocol import Close, End, Position, parse_client_message, snapshot_message

_log = logging.getLogger(__name__)


class Disconnected(Exception):
    """The client has gone."""


class SlowClient(Exception):
    """It took nothing for longer than `Pace` allows."""


class Wire(Protocol):
    """An open WebSocket."""

    async def receive(self) -> str | None:
        """A text message; None for a binary one. Raises Disconnected."""

    async def send(self, text: str) -> None:
        """Raises Disconnected."""

    async def close(self, code: int, reason: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Pace:
    """`window` characters may be on the way to a client that has not acknowledged them; one message always may.

    Small enough to rest in the buffers of the connection, so that a close code still reaches a client that was slow.
    """

    window: int = 256 * 1024
    slow_after_s: float = 30
    check_every_s: float = 60
    lifetime_s: float = 3600
    close_within_s: float = 2


class Window:
    """What was sent and not acknowledged."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._sizes: deque[int] = deque()
        self._under_way = 0
        self._acknowledged = 0
        self._room = asyncio.Event()
        self._room.set()

    def sent(self, characters: int) -> None:
        self._sizes.append(characters)
        self._under_way += characters
        if self._under_way >= self._size:
            self._room.clear()

    def acknowledge(self, messages: int) -> bool:
        """Whether it makes sense: it never goes back, nor beyond what was sent."""
        if not self._acknowledged <= messages <= self._acknowledged + len(self._sizes):
            return False
        while self._acknowledged < messages:
            self._under_way -= self._sizes.popleft()
            self._acknowledged += 1
        if self._under_way < self._size:
            self._room.set()
        return True

    async def room(self) -> None:
        await self._room.wait()


class Session:
    """`check` says whether this client may go on; None: it may."""

    def __init__(
        self,
        wire: Wire,
        channel: Channel,
        position: Position | None,
        check: Callable[[], Awaitable[Close | None]],
        pace: Pace,
    ) -> None:
        self._wire = wire
        self._channel = channel
        self._position = position
        self._check = check
        self._pace = pace
        self._window = Window(pace.window)
        self._ended: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._doubted = asyncio.Event()

    def end(self, end: End) -> None:
        """The first reason counts."""
        if not self._ended.done():
            self._ended.set_result(end)

    def doubt(self) -> None:
        """Has membership and session checked now: a revocation was heard."""
        self._doubted.set()

    async def run(self) -> None:
        """Until the client goes, or the session is ended by one side."""
        loop = asyncio.get_running_loop()
        lifetime = loop.call_later(self._pace.lifetime_s, self.end, End(Close.LIFETIME))
        tasks = [asyncio.create_task(work()) for work in (self._receive, self._write, self._keep_checking)]
        try:
            waiting: list[asyncio.Future[Any]] = [*tasks, self._ended]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            lifetime.cancel()
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, Disconnected):
                raise result
        if self._ended.done():
            await self._close(self._ended.result())

    async def _receive(self) -> None:
        while True:
            text = await self._wire.receive()
            ack = None if text is None else parse_client_message(text)
            if ack is None or not self._window.acknowledge(ack.messages):
                self.end(End(Close.BAD_MESSAGE))
                return

    async def _write(self) -> None:
        try:
            n = await self._begin()
            while True:
                batch = await self._channel.after(n)
                if batch is None:
                    n = await self._send_snapshot()
                else:
                    await self._send(batch.text)
                    n = batch.last
        except Broken:
            self.end(End(Close.LOST_PLACE))
        except SlowClient:
            self.end(End(Close.SLOW_CLIENT))
        except Disconnected:
            raise
        except Exception:  # the database is away, say: no reason to keep the client from another instance
            _log.warning("a socket's changes could not be read", exc_info=True)
            self.end(End(Close.LOST_PLACE))

    async def _begin(self) -> int:
        if self._position is not None and await self._channel.knows(self._position):
            return self._position.n
        return await self._send_snapshot()

    async def _send_snapshot(self) -> int:
        snapshot = await self._channel.snapshot()
        part: list[str] = []
        characters = 0
        for record in snapshot.records:
            if part and characters + len(record) > MESSAGE_CHARACTERS:
                await self._send(snapshot_message(snapshot.epoch, snapshot.n, part, is_last=False))
                part, characters = [], 0
            part.append(record)
            characters += len(record)
        await self._send(snapshot_message(snapshot.epoch, snapshot.n, part, is_last=True))
        return snapshot.n

    async def _send(self, text: str) -> None:
        """Raises SlowClient where it takes nothing for too long."""
        try:
            async with asyncio.timeout(self._pace.slow_after_s):
                await self._window.room()
                self._window.sent(len(text))
                await self._wire.send(text)
        except TimeoutError as error:
            raise SlowClient from error

    async def _keep_checking(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pace.check_every_s):
                    await self._doubted.wait()
            self._doubted.clear()
            try:
                code = await self._check()
            except Exception:
                _log.warning("a session could not be checked", exc_info=True)
                code = Close.LOST_PLACE
            if code is not None:
                self.end(End(code))
                return

    async def _close(self, end: End) -> None:
        with contextlib.suppress(TimeoutError, Disconnected):
            async with asyncio.timeout(self._pace.close_within_s):
                await self._wire.close(end.code, end.reason)
