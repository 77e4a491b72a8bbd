"""Finds which names of resources that are still to be made are taken, or are not given out again yet.

unavailable(data, wanted, now_s)    what is in the way in the emulated clouds of one file
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from regionctl.model.wire import Value
from regionctl.providers.schema import UnknownType
from regionctl.sandbox.emulation import Call, evaluate
from regionctl.sandbox.provider import Config, Kinds, Provider
from regionctl.sandbox.providers import PROVIDERS
from regionctl.sandbox.store import Store
from regionctl.sandbox.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A resource to be made: the name in its URN, and those of its inputs that are known before."""

    type: str
    name: str
    inputs: Mapping[str, Value]
    config: Config


@dataclass(frozen=True, kw_only=True)
class Unavailable:
    """`path` is the name in the cloud. `buried`: nothing has it, but it is not given out again yet, or ever."""

    wanted: Wanted
    path: str
    buried: bool


def unavailable(data: Path, wanted: Iterable[Wanted], now_s: float) -> list[Unavailable]:
    """The resources whose creation would be refused for their name. Those that are named by what only an apply tells
    are passed over: what is in their way is in the way of what they lie in."""
    if not data.is_file():
        return []
    with contextlib.closing(Store(data)) as store, store.transaction() as tx:
        return list(_unavailable(tx, wanted, now_s))


def _unavailable(tx: Transaction, wanted: Iterable[Wanted], now_s: float) -> Iterator[Unavailable]:
    for one in wanted:
        path = _path(tx, one, now_s)
        if path is None:
            continue
        buried = tx.buried(one.type, path, now_s)
        if buried or tx.find(one.type, path) is not None:
            yield Unavailable(wanted=one, path=path, buried=buried)


def _path(tx: Transaction, wanted: Wanted, now_s: float) -> str | None:
    """Its name in the cloud; None where that is not known yet, or where making it twice is no mistake."""
    package = wanted.type.partition(":")[0]
    if package not in PROVIDERS:  # Pulumi's own: a reference to another stack
        return None
    provider, kinds = _provider(package)
    try:
        kind = kinds[wanted.type]
    except UnknownType:
        return None
    if kind.emulation.shared:
        return None
    call = Call(
        tx=tx,
        kind=kind,
        inputs=wanted.inputs,
        scope=provider.scope(kind.schema, wanted.inputs, wanted.config),
        urn_name=wanted.name,
        now_s=now_s,
    )
    try:
        call.id = str(evaluate(call, kind.emulation.id))
        return str(evaluate(call, kind.emulation.path)) if kind.emulation.path else call.id
    except (KeyError, AttributeError, TypeError):  # a template or a rule wants an input that is not known
        return None


@cache
def _provider(name: str) -> tuple[Provider, Kinds]:
    provider = PROVIDERS[name]()
    return provider, Kinds(provider)
