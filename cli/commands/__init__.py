"""The commands, a file each. One is loaded when it is asked for: the others' imports would take longer than it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

import typer
from typer._click.core import Command
from typer.main import get_group

# In the order in which `--help` lists them: where the function, or the group of commands, is.
_PLACES = {
    "new": "new:new",
    "validate": "validate:validate",
    "activate": "lifecycle:activate",
    "drain": "lifecycle:drain",
    "close": "lifecycle:close",
    "list": "list_:list_",
    "status": "status:status",
    "show": "show:show",
    "graph": "graph:graph",
    "check": "check:check",
    "diff": "diff:diff",
    "plan": "diff:diff",
    "preview": "diff:diff",
    "up": "up:up",
    "down": "down:down",
    "destroy": "down:down",
    "bootstrap": "bootstrap:bootstrap",
    "refresh": "refresh:refresh",
    "drift": "refresh:drift",
    "outputs": "outputs:outputs",
    "history": "history:history",
    "state": "state:group",
    "release": "release:group",
    "secrets": "secrets:group",
    "adopt": "adopt:group",
    "sandbox": "sandbox:group",
    "ci": "ci:group",
    "engine": "engine:group",
    "doctor": "doctor:doctor",
}
_ALIASES = frozenset({"plan", "preview", "destroy"})  # what users of Terraform and Pulumi type


class Commands(Mapping[str, Command]):
    """The commands by name, each made the first time it is asked for, and then given to `prepare`."""

    def __init__(self, prepare: Callable[[Command], None]) -> None:
        self._prepare = prepare
        self._made: dict[str, Command] = {}

    def __getitem__(self, name: str) -> Command:
        if name not in self._made:
            self._made[name] = _make(name, _PLACES[name])
            self._prepare(self._made[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


def _make(name: str, place: str) -> Command:
    module, _, attribute = place.partition(":")
    what = getattr(import_module(f"{__name__}.{module}"), attribute)
    app = typer.Typer(rich_markup_mode=None)
    if isinstance(what, typer.Typer):
        app.add_typer(what, name=name)
    else:
        app.command(name, hidden=name in _ALIASES)(what)
    return get_group(app).commands[name]
