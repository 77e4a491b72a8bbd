"""All sockets of one instance: which channels they need, what tells those of news, and how all of them end."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

from product.sync.channel import Channel
from product.sync.log import Log
from product.sync.protocol import draining
from product.sync.session import Session


class _Entry:
    """A channel that is being opened, or is open, and how many sockets need it."""

    def __init__(self, opening: asyncio.Task[Channel]) -> None:
        self.opening = opening
        self.users = 0

    @property
    def channel(self) -> Channel | None:
        task = self.opening
        return task.result() if task.done() and not task.cancelled() and not task.exception() else None

    @property
    def is_of_use(self) -> bool:
        return not self.opening.done() or (self.channel is not None and not self.channel.is_broken)

    async def close(self) -> None:
        self.opening.cancel()
        await asyncio.gather(self.opening, return_exceptions=True)
        if self.channel is not None:
            await self.channel.close()


class Hub:
    """`join` a workspace for as long as a socket is open. `poll` is to be called every second, whatever hints say."""

    def __init__(self, log: Log, *, kept: int = 1000) -> None:
        self._log = log
        self._kept = kept
        self._entries: dict[str, _Entry] = {}
        self._sessions: dict[Session, tuple[str, str]] = {}  # workspace, account
        self._all_gone = asyncio.Event()
        self._all_gone.set()
        self.is_draining = False

    @property
    def sockets(self) -> int:
        return len(self._sessions)

    @property
    def workspaces(self) -> frozenset[str]:
        return frozenset(self._entries)

    @contextlib.asynccontextmanager
    async def join(self, workspace: str) -> AsyncIterator[Channel]:
        """The workspace's channel. Raises WorkspaceGone."""
        entry = self._entries.get(workspace)
        if entry is None or not entry.is_of_use:
            entry = self._entries[workspace] = _Entry(asyncio.create_task(self._open(workspace)))
        entry.users += 1
        try:
            yield await asyncio.shield(entry.opening)
        finally:
            entry.users -= 1
            if not entry.users:
                if self._entries.get(workspace) is entry:
                    del self._entries[workspace]
                await entry.close()

    async def run(self, session: Session, *, workspace: str, account: str) -> None:
        self._sessions[session] = (workspace, account)
        self._all_gone.clear()
        try:
            await session.run()
        finally:
            del self._sessions[session]
            if not self._sessions:
                self._all_gone.set()

    def hinted(self, workspace: str, n: int) -> None:
        entry = self._entries.get(workspace)
        if entry is not None and entry.channel is not None:
            entry.channel.hinted(n)

    def revoked(self, account: str) -> None:
        for session, (_, of_account) in self._sessions.items():
            if of_account == account:
                session.doubt()

    async def poll(self) -> None:
        """Finds what no message told of: a lost last message leaves no gap behind."""
        channels = {name: entry.channel for name, entry in self._entries.items() if entry.channel is not None}
        if not channels:
            return
        heads = await self._log.heads(list(channels))
        for workspace, channel in channels.items():
            if workspace in heads:
                channel.polled(heads[workspace])
            else:
                self._doubt_all_of(workspace)

    async def drain(self, *, spread_ms: int, chance: random.Random) -> None:
        """Ends every socket, each client with a delay of its own before it comes back. Returns when all are gone."""
        self.is_draining = True
        for session in self._sessions:
            session.end(draining(spread_ms, chance))
        await self._all_gone.wait()

    def _doubt_all_of(self, workspace: str) -> None:
        for session, (of_workspace, _) in self._sessions.items():
            if of_workspace == workspace:
                session.doubt()

    async def _open(self, workspace: str) -> Channel:
        channel = Channel(workspace, await self._log.head(workspace), self._log, kept=self._kept)
        await channel.warm()
        return channel
