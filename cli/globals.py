"""What holds for every option of the command line.

- Global options may stand before or after the command: `regionctl diff eu-west --json` is what fingers type.
- Every option has a variable, REGIONCTL_ and its long name: `--lock-timeout` is REGIONCTL_LOCK_TIMEOUT.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from typer.core import TyperGroup, TyperOption

from cli.commands import Command, Commands
from regionctl.model.errors import Interrupted

PREFIX = "REGIONCTL_"
_OF_THE_SHELL = frozenset({"--help", "--version", "--install-completion", "--show-completion"})


def hoist(args: list[str], flags: frozenset[str], with_value: frozenset[str]) -> list[str]:
    """Moves these options to the front, in their order; what follows `--` stays where it is."""
    front: list[str] = []
    rest: list[str] = []
    position = 0
    while position < len(args):
        arg = args[position]
        if arg == "--":
            rest += args[position:]
            break
        if arg in with_value:
            front += args[position : position + 2]
            position += 1
        elif arg in flags or arg.split("=", 1)[0] in with_value:
            front.append(arg)
        else:
            rest.append(arg)
        position += 1
    return front + rest


def variable(option: TyperOption) -> str | None:
    """The environment variable of an option; None for those that speak of the shell and not of a fleet."""
    long = next((name for name in option.opts if name.startswith("--")), None)
    if long is None or long in _OF_THE_SHELL:
        return None
    return PREFIX + long.removeprefix("--").replace("-", "_").upper()


class RegionctlGroup(TyperGroup):
    """The top-level group: gives every option its variable, and takes its own options from anywhere.

    Typer has no public names for the types of the contexts and formatters that it passes to a group's methods.
    """

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        _name_variables(self)
        self._lazy = Commands(_name_variables)
        self.commands = cast(Any, self._lazy)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = [option for option in self.params if isinstance(option, TyperOption) and variable(option)]
        flags = frozenset(name for option in own if option.is_flag for name in option.opts)
        with_value = frozenset(name for option in own if not option.is_flag for name in option.opts)
        return super().parse_args(ctx, hoist(args, flags, with_value))

    def format_commands(self, _ctx: Any, formatter: Any) -> None:
        """The list of commands without loading one."""
        with formatter.section("Commands"):
            formatter.write_dl(self._lazy.helps)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:  # Typer would end the program without a word
            raise Interrupted("interrupted; nothing was being changed") from stop


def commands(command: Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Command]]:
    """A command and all below it, each with its path: ("state", "list")."""
    yield path, command
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            yield from commands(cast(Command, below), (*path, name))


def _name_variables(command: Command) -> None:
    for _, below in commands(command):
        for option in below.params:
            if isinstance(option, TyperOption):
                option.envvar = variable(option)
                option.show_envvar = False  # said once for all of them, below the list of commands
