"""Limits on what can be tried over and over: so many attempts of a subject in a window of time."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from auth.store import Store

_SWEEP = 20


@dataclass(frozen=True)
class Limit:
    """`name` tells apart what is limited, `subject` whom: an email, a client's address."""

    name: str
    subject: str
    count: int
    window_s: int

    @property
    def key(self) -> bytes:
        return hashlib.sha256(f"{self.name}\0{self.subject}".encode()).digest()


def network_of(address: str) -> str:
    """Whom an address stands for: of IPv6 the /64, which one subscriber has to itself (RFC 6177)."""
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


async def count_attempt(store: Store, limits: Sequence[Limit]) -> int | None:
    """Counts one attempt against each limit, in a transaction of its own so that it counts whatever follows.

    The seconds to wait where one of them is used up, else None. Windows are fixed, and end by the database's clock.
    """
    ordered = sorted(
        limits, key=lambda limit: limit.key
    )  # so that two transactions never wait for each other in a circle
    async with store.writing() as connection:
        await connection.execute(
            """
            DELETE FROM auth.attempt WHERE (subject, window_ends) IN (
                SELECT subject, window_ends FROM auth.attempt WHERE window_ends < now() LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            """,
            _SWEEP,
        )
        waits = []
        for limit in ordered:
            row = await connection.fetchrow(
                """
                INSERT INTO auth.attempt AS a (subject, window_ends)
                VALUES ($1, to_timestamp((floor(extract(epoch FROM now()) / $2::int) + 1) * $2::int))
                ON CONFLICT (subject, window_ends) DO UPDATE SET count = a.count + 1
                RETURNING count, extract(epoch FROM window_ends - now())::int + 1 AS wait_s
                """,
                limit.key,
                limit.window_s,
            )
            if row["count"] > limit.count:
                waits.append(row["wait_s"])
    return max(waits, default=None)
