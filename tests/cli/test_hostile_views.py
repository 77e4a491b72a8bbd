"""Every view is fed with text that would command a terminal, forge a line or be read as markup: none of it does.

The views are all functions `print_*` of `cli/views/`; a new one is in it by itself. What they take is made from the
types of their parameters: every text in it, however deep, is hostile.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import importlib
import inspect
import pkgutil
import re
import types
import typing
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from pydantic import AwareDatetime

import cli
import cli.views
import fleet
import regionctl
import regions
import stacks
from fleet.results import Level
from regionctl.adopt.kinds import AdoptType
from regionctl.engine.state.notes import Reached
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram
from regions.load import Fleet, load_fleet
from regions.spec import Lifecycle, RegionSpec
from stacks.programs import programs
from tests.cli.command_line import ESCAPES

ROOT = Path(__file__).parents[2]
HOSTILE = "a\x1b[2K\x1b[1A\r\n\x9b\u202e\u2028Error: forged [red]\ud800"
MARK = "forged"
FLEET = load_fleet(ROOT / "regions", "staging")
# A few fields are read and not shown, so that they must be what they are.
READ: dict[str, Any] = {
    "urn": f"urn:pulumi:{HOSTILE}::regionctl::a:b/c:D::{HOSTILE}",
    "old_urn": f"urn:pulumi:{HOSTILE}::regionctl::a:b/c:D::{HOSTILE}",
    "dependencies": (f"urn:pulumi:{HOSTILE}::regionctl::a:b/c:D::{HOSTILE}",),
    "parent": None,
    "region": "us-east",
}
SKIPPED = {
    "print_version": "it shows nothing of anybody else",
    "print_matrix": "it shows names that the specs allow, and looks them up",
    "print_output": "a script gets the value as it is (test_hostile_arguments.py has a terminal)",
    "print_value": "the same",
}


def views() -> Iterator[Callable[..., None]]:
    for module in pkgutil.iter_modules(cli.views.__path__):
        for name, function in vars(importlib.import_module(f"{cli.views.__name__}.{module.name}")).items():
            if name.startswith("print_") and inspect.isfunction(function) and function.__module__.endswith(module.name):
                yield function


def names() -> dict[str, Any]:
    """Every class of ours and of the standard library that annotations name: views import theirs for types alone."""
    found: dict[str, Any] = {}
    for package in (regionctl, regions, stacks, fleet, cli):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("__main__") or ".components" in module.name:
                continue
            for name, value in vars(importlib.import_module(module.name)).items():
                if inspect.isclass(value) or typing.get_origin(value) or name.isupper():
                    found.setdefault(name, value)
    return found


NAMES = names()


class Maker:
    """Makes a value of a type. `flag` is what every `bool` is."""

    def __init__(self, *, flag: bool) -> None:
        self.flag = flag

    def arguments(self, function: Callable[..., object]) -> dict[str, Any]:
        hints = typing.get_type_hints(function, {**NAMES, **vars(inspect.getmodule(function))})
        return {
            name: READ[name] if name in READ and hints[name] in {str, bool} else self.of(hints[name])
            for name in inspect.signature(function).parameters
        }

    def of(self, kind: Any) -> Any:
        origin, args = typing.get_origin(kind), typing.get_args(kind)
        if kind in SIMPLE:
            return SIMPLE[kind]
        if kind is bool:
            return self.flag
        if origin in {typing.Union, types.UnionType}:
            return self.of(next(arg for arg in args if arg is not type(None)))
        if origin is typing.Annotated:
            return self.of(args[0])
        if origin is typing.Literal:
            return args[0]
        if origin is tuple and args[-1:] != (Ellipsis,):
            return tuple(self.of(arg) for arg in args)
        if isinstance(origin, type) and issubclass(origin, collections.abc.Mapping):
            return {self.of(args[0]): self.of(args[1])}
        if isinstance(origin, type) and issubclass(origin, collections.abc.Set):
            return frozenset({self.of(args[0])})
        if isinstance(origin, type) and issubclass(origin, collections.abc.Callable):  # type: ignore[arg-type]
            return lambda *_args, **_named: self.of(args[1])
        if isinstance(origin, type) and issubclass(origin, collections.abc.Iterable):
            return (self.of(args[0]),)
        return self.instance(kind)

    def instance(self, kind: Any) -> Any:
        if not inspect.isclass(kind):
            return HOSTILE  # Any, or a type variable
        if issubclass(kind, Enum):
            return list(kind)[0 if self.flag else -1]
        if issubclass(kind, Exception):
            return RegionctlError(HOSTILE, where=HOSTILE, hint=HOSTILE)
        if not dataclasses.is_dataclass(kind):
            return HOSTILE
        hints = typing.get_type_hints(kind, {**NAMES, **vars(importlib.import_module(kind.__module__))})
        names = [field.name for field in dataclasses.fields(kind) if field.init]
        return kind(**{name: READ[name] if name in READ else self.of(hints[name]) for name in names})


SIMPLE: dict[Any, Any] = {
    str: HOSTILE,
    int: 3,
    float: 1.5,
    bytes: HOSTILE.encode("utf-8", "surrogatepass"),
    object: HOSTILE,
    Any: HOSTILE,
    Path: Path(HOSTILE),
    datetime: datetime(2026, 11, 25, 12, 20, tzinfo=UTC),
    AwareDatetime: datetime(2026, 11, 25, 12, 20, tzinfo=UTC),
    date: date(2026, 11, 25),
    timedelta: timedelta(seconds=3),
    Fleet: FLEET,
    Lifecycle: Lifecycle.ACTIVE,
    RegionSpec: FLEET.region("us-east"),
    Level: Level.PROBLEM,
    Reached: Reached.FAILED,
    StackProgram: programs(FLEET)["staging.us-east"],
    AdoptType: AdoptType(token=HOSTILE, terraform=HOSTILE, asset=HOSTILE, keeps_nothing=HOSTILE),
}


@pytest.mark.parametrize("flag", [False, True])
@pytest.mark.parametrize("view", [one for one in views() if one.__name__ not in SKIPPED], ids=lambda one: one.__name__)
def test_no_view_lets_a_text_command_the_terminal(
    view: Callable[..., None], flag: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    view(**Maker(flag=flag).arguments(view))
    said = capsys.readouterr()
    text = said.out + said.err
    assert not ESCAPES.search(text)
    assert not re.search(r"^Error: forged", text, re.MULTILINE)
    assert "[red]" in text or MARK not in text
