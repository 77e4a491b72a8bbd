"""The commands, a file each. One is loaded when it is asked for: the others' imports would take longer than it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TypeAlias, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

Command: TypeAlias = TyperCommand | TyperGroup

# In the order in which `--help` lists them: where the function, or the group of commands, is, and what `--help` says of
# it, which it then need not load.
_PLACES = {
    "new": ("regions:new", "Write a new region's file, with free addresses."),
    "validate": ("regions:validate", "Check the fleet's specs, all errors at once."),
    "activate": ("regions:activate", "Let a region take users: planned or draining -> active."),
    "drain": ("regions:drain", "Let a region take no new workspaces: active -> draining."),
    "close": ("regions:close", "Take a region out of service for good: draining -> closed."),
    "list": ("overview:list_", "List fleets, their stacks, and where each stands."),
    "status": ("overview:status", "Show where each stack of the fleet stands."),
    "show": ("show:show", "Show what a stack declares: a tree, or one resource."),
    "graph": ("show:graph", "Draw the resource graph of a stack, components as clusters."),
    "check": ("check:check", "Prove from the declarations alone what must hold of a fleet."),
    "diff": ("diff:diff", "Show the steps that `up` would take."),
    "plan": ("diff:diff", ""),
    "preview": ("diff:diff", ""),
    "up": ("run:up", "Show the plan, ask, and apply it."),
    "down": ("run:down", "Delete everything that the stacks hold."),
    "destroy": ("run:down", ""),
    "bootstrap": ("bootstrap:bootstrap", "Bring a whole fleet up from nothing, and probe it."),
    "refresh": ("run:refresh", "Read what exists into the state."),
    "drift": ("run:drift", "Report what differs between the state and what exists."),
    "outputs": ("state:outputs", "Show a stack's outputs."),
    "history": ("state:history", "Show what was done to a stack, the newest first."),
    "state": ("state:group", "What Pulumi keeps about a stack, and first aid."),
    "release": ("release:group", "The images that regions run: set or copy them."),
    "secrets": ("secrets:group", "The values that no file says in plain text."),
    "adopt": ("adopt:group", "Take a region that was made by hand under management."),
    "sandbox": ("sandbox:group", "The emulated clouds: look, change, break, start over."),
    "ci": ("ci:group", "Changes on pull requests, and a job a stack."),
    "engine": ("engine:group", "Pulumi's CLI: find it, or install it."),
    "doctor": ("engine:doctor", "Check what is needed, and say how to mend it."),
}
MODULES = {name: f"{__name__}.{place.partition(':')[0]}" for name, (place, _) in _PLACES.items()}  # by command
_ALIASES = frozenset({"plan", "preview", "destroy"})  # what users of Terraform and Pulumi type


class Commands(Mapping[str, Command]):
    """The commands by name, each made the first time it is asked for, and then given to `prepare`."""

    def __init__(self, prepare: Callable[[Command], None]) -> None:
        self._prepare = prepare
        self._made: dict[str, Command] = {}

    def __getitem__(self, name: str) -> Command:
        if name not in self._made:
            self._made[name] = _make(name)
            self._prepare(self._made[name])
        return self._made[name]

    @property
    def helps(self) -> list[tuple[str, str]]:
        """What `--help` lists: names and lines."""
        return [(name, text) for name, (_, text) in _PLACES.items() if name not in _ALIASES]

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


def _make(name: str) -> Command:
    what = getattr(import_module(MODULES[name]), _PLACES[name][0].partition(":")[2])
    app = typer.Typer(rich_markup_mode=None)
    if isinstance(what, typer.Typer):
        app.add_typer(what, name=name)
    else:
        app.command(name, hidden=name in _ALIASES)(what)
    return cast(Command, get_group(app).commands[name])
