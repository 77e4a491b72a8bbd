"""What goes over the wire, in both directions."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

SUBPROTOCOL = "sync.v1"


class Close(IntEnum):
    """Why the server ended a socket: codes of the range that RFC 6455, 7.4.2, leaves to applications."""

    BAD_MESSAGE = 4400  # the client sent what this protocol does not have; do not come back with the same
    SESSION_ENDED = 4401  # sign in again
    NOT_A_MEMBER = 4403  # the workspace, or the membership, is gone
    SLOW_CLIENT = 4408  # it did not acknowledge in time; come back with the last number
    MOVED = 4421  # the workspace is served elsewhere by now; come back, the edge knows where
    LIFETIME = 4500  # the socket was open for as long as one may be; come back
    DRAINING = 4503  # this instance goes away; come back after the delay that the reason names
    LOST_PLACE = 4504  # this instance cannot go on from where the client is; come back


@dataclass(frozen=True)
class End:
    """A close code, and after how long the client may come back; None where its own judgement serves."""

    code: Close
    retry_in_ms: int | None = None

    @property
    def reason(self) -> str:
        """JSON; a close frame has room for 123 bytes of it (RFC 6455, 5.5.1)."""
        said: dict[str, str | int] = {"reason": self.code.name.lower()}
        return json.dumps(said if self.retry_in_ms is None else said | {"retry_in_ms": self.retry_in_ms})


def draining(spread_ms: int, chance: random.Random) -> End:
    """An end with a delay of its own, so that not all clients of an instance come back at once."""
    return End(Close.DRAINING, chance.randrange(spread_ms + 1))


class Position(BaseModel):
    """Where a client stands: the last number that it has applied, of which history.

    The history's name changes when a database is restored: a number alone would then be taken for another change's.
    """

    model_config = ConfigDict(frozen=True)

    epoch: str
    n: Annotated[int, Field(ge=0)]

    def __str__(self) -> str:
        return f"{self.epoch}:{self.n}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """Raises ValueError."""
        epoch, _, n = text.rpartition(":")
        if not epoch or not n.isascii() or not n.isdigit() or len(n) > 18:
            raise ValueError("a position is EPOCH:NUMBER")
        return cls(epoch=epoch, n=int(n))


class Ack(BaseModel):
    """The client has applied as many messages on this socket."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["ack"]
    messages: Annotated[int, Field(ge=1)]


_CLIENT_MESSAGE: TypeAdapter[Ack] = TypeAdapter(Ack)


def parse_client_message(text: str) -> Ack | None:
    """None where it is no message of this protocol."""
    try:
        return _CLIENT_MESSAGE.validate_json(text, strict=True)
    except ValidationError:
        return None


def changes_message(epoch: str, first: int, last: int, changes: Sequence[str]) -> str:
    """All changes from `first` to `last`, each JSON already."""
    return (
        f'{{"type":"changes","epoch":{json.dumps(epoch)},"from":{first},"to":{last},"changes":[{",".join(changes)}]}}'
    )


def snapshot_message(epoch: str, n: int, records: Sequence[str], *, is_last: bool) -> str:
    """A part of the state after change `n`, each record JSON already; the client takes it over with the last part."""
    last = "true" if is_last else "false"
    return f'{{"type":"snapshot","epoch":{json.dumps(epoch)},"n":{n},"last":{last},"records":[{",".join(records)}]}}'
