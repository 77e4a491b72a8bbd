"""Command lines for people to type next. Each repeats the options by which the user said which fleet, specs and state:
without them the same words would mean another one.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

DEFAULT_FLEET = "prod"


@dataclass
class _CommandLine:
    """This process's own; what is forked from it goes on with it."""

    given: dict[str, str] = field(default_factory=dict)
    fleet: str | None = DEFAULT_FLEET  # which a command line means that names none


_this = _CommandLine()


def repeat(options: Mapping[str, str], *, without: str | None = DEFAULT_FLEET) -> None:
    """From now on hints repeat these options, `--state` and its value say: those that the user gave by hand.

    `without`: the fleet that a command line without `--fleet` means, in every shell.
    """
    _this.given, _this.fleet = dict(options), without


def command(*words: str, fleet: str | None = None) -> str:
    """`regionctl --fleet staging up eu-west`. A fleet is named where the user named one, and where the line would mean
    another without. With no `fleet` it is the user's.
    """
    options = _this.given
    if fleet is not None and ("--fleet" in options or fleet != _this.fleet):
        options = {"--fleet": fleet, **options} | {"--fleet": fleet}
    given = [part for option, value in options.items() for part in (option, shlex.quote(value))]
    return " ".join(("regionctl", *given, *words))


def stack_command(stack: str, *words: str) -> str:
    """A command line on a stack, by its full name: `regionctl --fleet staging up eu-west`."""
    return command(*words, short_name(stack), fleet=stack.partition(".")[0])


def short_name(stack: str) -> str:
    """A stack's name within its fleet: eu-west of prod.eu-west."""
    return stack.partition(".")[2]


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "", *, most: int = 3, quote: str = "") -> str:
    """A hint with the closest known names, `most` at most; `otherwise` where none is close."""
    close = difflib.get_close_matches(name, list(known), n=most, cutoff=0.5)
    return f"did you mean {' or '.join(f'{quote}{one}{quote}' for one in close)}?" if close else otherwise
