"""Which resource of an export is the one that a spec calls by a key: told by a name, never by the order of a list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regionctl.adopt.inventory import Found


@dataclass(frozen=True)
class Choice:
    """A resource, and why it is that one."""

    found: Found
    because: str


def only(candidates: Sequence[Found]) -> Choice | None:
    """What there is one of in a region, where the export has one."""
    return Choice(candidates[0], "the only one") if len(candidates) == 1 else None


def choose(keys: Sequence[str], candidates: Sequence[Found], kept: Mapping[str, str]) -> dict[str, Choice]:
    """For each key the one candidate whose name was kept for it, is it, or has it as a word. Keys that none or several
    fit are left out: what is alone may still be something else."""
    chosen: dict[str, Choice] = {}
    for fits, because in (
        (lambda key, found: kept.get(key) == found.name, "named under `names`"),
        (lambda key, found: found.name == key, "it has that name"),
        (_is_a_word, "the only one with that word in its name"),
    ):
        open_ = [key for key in keys if key not in chosen]
        left = [found for found in candidates if all(found is not one.found for one in chosen.values())]
        for key in open_:
            fitting = [found for found in left if fits(key, found)]
            if len(fitting) == 1 and not any(other != key and fits(other, fitting[0]) for other in open_):
                chosen[key] = Choice(fitting[0], because)
    return chosen


def _is_a_word(key: str, found: Found) -> bool:
    words, wanted = re.split(r"[^a-z0-9]+", found.name.lower()), key.split("-")
    return any(words[i : i + len(wanted)] == wanted for i in range(len(words)))
