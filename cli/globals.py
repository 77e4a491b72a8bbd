"""Global options may stand before or after the command: `regionctl diff eu-west --json` is what fingers type."""

from __future__ import annotations

from typer._click.core import Context as ClickContext
from typer.core import TyperGroup

_WITH_VALUE = frozenset({"--fleet", "--regions", "--state"})
_FLAGS = frozenset({"--json", "-v", "--verbose", "-q", "--quiet"})


def hoist(args: list[str]) -> list[str]:
    """Moves global options to the front, in their order; what follows `--` stays where it is."""
    front: list[str] = []
    rest: list[str] = []
    position = 0
    while position < len(args):
        arg = args[position]
        if arg == "--":
            rest += args[position:]
            break
        if arg in _WITH_VALUE:
            front += args[position : position + 2]
            position += 1
        elif arg in _FLAGS or arg.split("=", 1)[0] in _WITH_VALUE:
            front.append(arg)
        else:
            rest.append(arg)
        position += 1
    return front + rest


class HoistingGroup(TyperGroup):
    """The top-level group: takes its own options from anywhere in the command line."""

    def parse_args(self, ctx: ClickContext, args: list[str]) -> list[str]:
        return super().parse_args(ctx, hoist(args))
