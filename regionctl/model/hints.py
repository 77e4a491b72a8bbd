"""Command lines for people to type next. Each repeats the options by which the user said which fleet, specs and state:
without them the same words would mean another one.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping

# The command line is this process's, as are its arguments; what is forked from it goes on with them.
_given: dict[str, str] = {}


def repeat(options: Mapping[str, str]) -> None:
    """From now on hints repeat these options, `--state` and its value say: those that the user gave by hand."""
    _given.clear()
    _given.update(options)


def command(*words: str, fleet: str | None = None) -> str:
    """`regionctl --fleet staging up eu-west`. `fleet` is named whether the user did or not."""
    options = {"--fleet": fleet, **_given} | {"--fleet": fleet} if fleet else _given
    given = [part for option, value in options.items() for part in (option, shlex.quote(value))]
    return " ".join(("regionctl", *given, *words))


def stack_command(stack: str, *words: str) -> str:
    """A command line on a stack, by its full name: `regionctl --fleet staging up eu-west`."""
    return command(*words, short_name(stack), fleet=stack.partition(".")[0])


def short_name(stack: str) -> str:
    """A stack's name within its fleet: eu-west of prod.eu-west."""
    return stack.partition(".")[2]
