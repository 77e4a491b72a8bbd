"""What the sync engine reads of a workspace's changes. `database_log.py` reads it from PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Change:
    n: int
    text: str  # JSON, as clients get it


@dataclass(frozen=True)
class Head:
    """How far the log goes, in which history: numbers of another epoch say nothing here."""

    epoch: str
    n: int


@dataclass(frozen=True)
class Snapshot:
    """A workspace's state after change `n`, read at one instant. Each record is JSON, as clients get it."""

    epoch: str
    n: int
    records: Sequence[str]


class WorkspaceGone(Exception):
    """The region has no such workspace, or has it no longer."""


class Log(Protocol):
    """A workspace's numbers have no gap and become visible in order: the counter's row is locked to the commit."""

    async def head(self, workspace: str) -> Head:
        """Raises WorkspaceGone."""

    async def heads(self, workspaces: Sequence[str]) -> Mapping[str, int]:
        """Without those that are gone."""

    async def after(self, workspace: str, n: int, limit: int) -> Sequence[Change]:
        """The first `limit` changes after number `n`, in order. Older ones may have been dropped from the log."""

    async def snapshot(self, workspace: str) -> Snapshot:
        """Raises WorkspaceGone."""
