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


def choose(keys: Sequence[str], candidates: Sequence[Found], kept: Mapping[str, str]) -> dict[str, Choice]:
    """For each key the one candidate whose name was kept for it, is it, or has it as a word; for a key that is alone
    with a candidate, that one. Keys that none or several fit are left out."""
    if len(keys) == 1 and len(candidates) == 1:
        return {keys[0]: Choice(candidates[0], "the only one")}
    chosen: dict[str, Choice] = {}
    for fits, because in (
        (lambda key, found: kept.get(key) == found.name, "named under `names`"),
        (lambda key, found: found.name == key, "it has that name"),
        (_is_a_word, "the only one with that word in its name"),
    ):
        left = [found for found in candidates if all(found is not one.found for one in chosen.values())]
        for key in keys:
            fitting = [found for found in left if key not in chosen and fits(key, found)]
            if len(fitting) == 1 and not _wanted_by_another(fitting[0], key, keys, chosen, fits):
                chosen[key] = Choice(fitting[0], because)
    open_keys = [key for key in keys if key not in chosen]
    left = [found for found in candidates if all(found is not one.found for one in chosen.values())]
    if len(open_keys) == 1 and len(left) == 1:
        chosen[open_keys[0]] = Choice(left[0], "the only one")
    return chosen


def _is_a_word(key: str, found: Found) -> bool:
    words, wanted = re.split(r"[^a-z0-9]+", found.name.lower()), key.split("-")
    return any(words[i : i + len(wanted)] == wanted for i in range(len(words)))


def _wanted_by_another(found: Found, key: str, keys: Sequence[str], chosen: Mapping[str, Choice], fits: object) -> bool:
    assert callable(fits)
    return any(other != key and other not in chosen and fits(other, found) for other in keys)
