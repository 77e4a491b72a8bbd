"""One workspace on one instance: its newest changes in memory, each read and encoded once for all sockets."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from itertools import islice

from product.sync.log import Change, Head, Log, Snapshot
from product.sync.protocol import Position, changes_message

_log = logging.getLogger(__name__)

READ_LIMIT = 500  # changes a query
MESSAGE_CHARACTERS = 64 * 1024  # of a message; a larger change goes alone


@dataclass(frozen=True)
class Batch:
    """A message with all changes from one number to another."""

    last: int
    text: str


class Broken(Exception):
    """The log had a gap, or another history: nothing may be sent from here."""


class Channel:
    """Sends nothing itself: each socket asks for what comes after its own number, and waits for it.

    What it holds is bounded by `kept` changes, however slow its sockets are: whoever falls behind that reads the log.
    """

    def __init__(self, workspace: str, head: Head, log: Log, *, kept: int) -> None:
        self.workspace = workspace
        self.epoch = head.epoch
        self.head = head.n
        self.members = 0
        self._log = log
        self._tail: deque[Change] = deque(maxlen=kept)
        self._told = head.n
        self._reading: asyncio.Task[None] | None = None
        self._snapshot: asyncio.Task[Snapshot] | None = None
        self._news = asyncio.Event()
        self._broken = False
        self._encoded: tuple[int, Batch] | None = None

    async def warm(self) -> None:
        """Reads what comes before the head, so that clients that come back do not each read it."""
        if self._tail.maxlen:
            after = max(0, self.head - self._tail.maxlen)
            read = await self._log.after(self.workspace, after, self._tail.maxlen)
            self._tail.extend(change for change in read if change.n <= self.head)

    @property
    def is_broken(self) -> bool:
        return self._broken

    def hinted(self, n: int) -> None:
        """The log goes as far, somebody says. Whatever comes, in whichever order, the log alone is believed."""
        if n > self.head:
            self._told = max(n, self._told)
            self._read()

    def polled(self, n: int) -> None:
        """The log went as far when it was asked. Committed changes only go back where another history was restored."""
        if n < self.head:
            self._give_up()
        else:
            self.hinted(n)

    async def knows(self, position: Position) -> bool:
        """Whether the position is one of this history. Its changes may have been dropped from the log all the same.

        A client that was at another instance may be ahead of what this one has heard of: then the log is asked.
        """
        if position.epoch == self.epoch and position.n > max(self.head, self._told):
            head = await self._log.head(self.workspace)
            if head.epoch == self.epoch:
                self.hinted(head.n)
        return position.epoch == self.epoch and position.n <= max(self.head, self._told)

    async def after(self, n: int) -> Batch | None:
        """What follows change `n`, as soon as there is something; None where the log no longer reaches back so far.

        Raises Broken.
        """
        while n >= self.head:
            if self._broken:
                raise Broken
            await self._news.wait()
        if self._broken:
            raise Broken
        if self._encoded and self._encoded[0] == n:
            return self._encoded[1]
        batch = self._encode(n, await self._changes_after(n))
        if batch is not None:
            self._encoded = (n, batch)
        return batch

    async def snapshot(self) -> Snapshot:
        """The state after a number that this channel has, or soon will; one read for all who ask meanwhile."""
        if self._snapshot is None or self._snapshot.done():
            self._snapshot = asyncio.create_task(self._log.snapshot(self.workspace))
        snapshot = await asyncio.shield(self._snapshot)
        if snapshot.epoch != self.epoch:
            raise Broken
        self.hinted(snapshot.n)
        return snapshot

    async def close(self) -> None:
        for task in (self._reading, self._snapshot):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _changes_after(self, n: int) -> list[Change]:
        if self._tail and self._tail[0].n <= n + 1:
            return list(islice(self._tail, n + 1 - self._tail[0].n, None))
        return list(await self._log.after(self.workspace, n, READ_LIMIT))

    def _encode(self, n: int, changes: list[Change]) -> Batch | None:
        if not changes or changes[0].n != n + 1:
            return None
        texts: list[str] = []
        characters = 0
        for change in changes:
            characters += len(change.text)
            if texts and characters > MESSAGE_CHARACTERS:
                break
            texts.append(change.text)
        last = n + len(texts)
        return Batch(last, changes_message(self.epoch, n + 1, last, texts))

    def _read(self) -> None:
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_all())
            self._reading.add_done_callback(_note_failure)

    async def _read_all(self) -> None:
        while self.head < self._told and not self._broken:
            changes = await self._log.after(self.workspace, self.head, READ_LIMIT)
            if not changes:
                # A hint that was wrong, or ahead of a replica's clock: the next poll says how far the log really goes.
                self._told = self.head
                return
            if [change.n for change in changes] != list(range(self.head + 1, self.head + len(changes) + 1)):
                _log.error("the log has a gap", extra={"workspace": self.workspace, "after": self.head})
                self._give_up()
                return
            self._tail.extend(changes)
            self.head = changes[-1].n
            self._wake()

    def _give_up(self) -> None:
        self._broken = True
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


def _note_failure(task: asyncio.Task[None]) -> None:
    """The next poll of the heads has it tried again."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.warning("the log could not be read", exc_info=error)
