"""Asks the providers' rules about two sets of declared inputs, with no state and no cloud.

    difference(old, new) -> Difference      what changes, what of it replaces, whether the old resource goes first

Inputs are plain values (`wire.Value`), with UNKNOWN for what only an apply tells, and `Opaque` for what is not known
either but stays the same. A type that no table knows has no rules: it changes, and nothing of it replaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from regionctl.model.path import Path, pattern_of
from regionctl.model.wire import Bag, Value
from regionctl.providers.changes import DiffRules
from regionctl.providers.check import check
from regionctl.providers.defaults import Naming
from regionctl.providers.diff import Difference, diff
from regionctl.providers.facts import Facts
from regionctl.providers.schema import UnknownType
from regionctl.sandbox.emulation import TypeKind
from regionctl.sandbox.providers import PROVIDERS, kinds_of


@dataclass(frozen=True)
class Opaque:
    """A value that nobody knows yet. Two of the same text are equal."""

    text: str


@dataclass(frozen=True)
class Declared:
    """A resource as a program declares it: the name in its URN, and its inputs."""

    name: str
    inputs: Mapping[str, Value]


_NO_RULES = DiffRules(facts=Facts())


def difference(type_: str, old: Declared, new: Declared) -> Difference:
    """What changes from `old` to `new`, both with the provider's defaults; a name that Pulumi made up stays."""
    kind = _kind(type_)
    if kind is None:
        return diff(_NO_RULES, old_inputs=old.inputs, state={}, news=new.inputs)
    before = _checked(kind, old, Bag({}))
    return diff(kind.diff_rules, old_inputs=before.values, state={}, news=_checked(kind, new, before).values)


def secrets(type_: str, inputs: Mapping[str, Value]) -> frozenset[Path]:
    """The inputs that are secret whatever the program says of them."""
    kind = _kind(type_)
    return kind.secrets(inputs) if kind else frozenset()


def cloud_chooses(type_: str, path: Path) -> bool:
    """Whether the cloud sets this property where the program does not, so that giving it may change nothing."""
    kind = _kind(type_)
    return kind is not None and pattern_of(path) in kind.facts.computed


def _checked(kind: TypeKind, declared: Declared, olds: Bag) -> Bag:
    naming = Naming(urn_name=declared.name, seed=b"")
    return check(kind.check_rules, Bag(dict(declared.inputs)), olds, naming).inputs


def _kind(type_: str) -> TypeKind | None:
    provider = type_.partition(":")[0]
    try:
        return kinds_of(provider)[type_] if provider in PROVIDERS else None
    except UnknownType:
        return None
