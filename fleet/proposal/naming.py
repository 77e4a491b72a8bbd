"""Proposes which names a region keeps: for what is declared and not found, the name of what exists in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from fleet.proposal.readings import INSTANCE, Choice, Path, Question, Reading, choose, only
from regionctl.adopt.classify import Class, Classification
from regionctl.adopt.compare import same
from regionctl.adopt.declared import Declared
from regionctl.adopt.inventory import Found
from regionctl.adopt.report import short
from regionctl.adopt.shapes import schema_of
from regionctl.providers.catalogue import Entry, own_entries
from regionctl.providers.facts import facts_of

# What says where a resource lies, and to what it belongs: compared when that is known to be the same.
_PLACES: Final = frozenset({"project", "region", "location", "network", "keyRing", "instance", "router", "name"})


def propose_names(
    coverage: Classification, project: str, chosen: Mapping[Path, Choice]
) -> tuple[list[Reading], list[Question]]:
    """The names to keep, each with the resource that has it; and what is declared while several could be it.

    `chosen` are resources that settings were read from already, by entry and key.
    """
    readings: list[Reading] = []
    questions: list[Question] = []
    for entry in _kept():
        missing = {_key(entry, one, project): one for one in coverage.missing if one.resource.type == entry.token}
        open_ = [
            row.found
            for row in coverage.of(Class.UNKNOWN)
            if row.found.type == entry.token and not row.found.doubt and _has_a_name(entry, row.found)
        ]
        if not missing or not open_:
            continue
        such = [found for found in open_ if any(_is_such(entry, one, found) for one in missing.values())]
        pairs = {
            key: choice
            for key in missing
            if (choice := chosen.get((entry.kept_as, *key))) and any(choice.found is found for found in open_)
        }
        left = [found for found in such if all(found is not one.found for one in pairs.values())]
        pairs |= _pairs(entry, {key: one for key, one in missing.items() if key not in pairs}, left)
        for key, choice in pairs.items():
            readings.append(_reading(entry, key, choice))
        unsure = [key for key in missing if key not in pairs]
        left = [found for found in open_ if all(found is not one.found for one in pairs.values())]
        if unsure and left:
            questions.append(_question(entry, unsure, left))
    return readings, questions


def told_by(entry: str, name: str, resources: Sequence[Found]) -> str:
    """What the export says of a name that is kept already."""
    types = {row.token for row in _kept() if row.kept_as == entry}
    found = next((one for one in resources if one.type in types and one.name == name), None)
    return f"{short(found.type)}, as before ({found.where})" if found else "as before; not in the export"


def _kept() -> list[Entry]:
    """The types whose names a region keeps (components/catalogue.toml), of a backend and its group the first alone."""
    return [entry for entry in own_entries() if entry.kept_as]


def _has_a_name(entry: Entry, found: Found) -> bool:
    return isinstance(found.properties.get(entry.name, found.name), str)


def _is_such(entry: Entry, declared: Declared, found: Found) -> bool:
    """Whether it is what is declared at all: a public address is no range for services, MySQL no PostgreSQL."""
    if not entry.like:
        return True
    wanted, exists = declared.inputs.get(entry.like), found.properties.get(entry.like)
    if entry.token == INSTANCE:  # another version of the same
        wanted, exists = (str(version).partition("_")[0] for version in (wanted, exists))
    schema = schema_of(entry.token)
    default = facts_of(schema).default.get(entry.like) if schema else None
    return same(wanted or default, exists or default)


def _reading(entry: Entry, key: Path, choice: Choice) -> Reading:
    found = choice.found
    return Reading(
        path=("names", entry.kept_as, *key),
        value=str(found.properties.get(entry.name) or found.name),
        read_from=f"{short(found.type)}, {choice.because}",
        where=found.where,
    )


def _question(entry: Entry, unsure: Sequence[Path], left: Sequence[Found]) -> Question:
    several = ", ".join(f"{found.name} ({found.where})" for found in left)
    missing = ", ".join("/".join(key) or entry.kept_as for key in unsure)
    why = f"not in the export: {missing}. Is it one of {several}? Then write its name here and plan again"
    return Question(path=("names", entry.kept_as), why=why)


def _pairs(entry: Entry, missing: Mapping[Path, Declared], candidates: Sequence[Found]) -> dict[Path, Choice]:
    """By what cannot be changed, then by a word of the name; what a region has one of, by being alone."""
    if not entry.named:
        alone = only(candidates)
        return {(): alone} if alone and () in missing else {}
    left, pairs = list(candidates), {}
    for key, one in missing.items():
        alike = [found for found in left if _alike(one, found)]
        rivals = [other for other in missing.values() if other is not one and any(_alike(other, f) for f in alike)]
        if len(missing) > 1 and len(alike) == 1 and not rivals and _telling(one):
            pairs[key] = Choice(alike[0], f"the only one with {_telling(one)}")
            left.remove(alike[0])
    open_keys = {"-".join(key): key for key in missing if key not in pairs}
    return pairs | {open_keys[key]: choice for key, choice in choose(list(open_keys), left, {}).items()}


def _alike(declared: Declared, found: Found) -> bool:
    return all(same(value, found.properties.get(name)) for name, value in _fixed(declared).items())


def _telling(declared: Declared) -> str:
    return ", ".join(f"{name} {value}" for name, value in _fixed(declared).items())


def _fixed(declared: Declared) -> Mapping[str, object]:
    """The plain properties that no update can change, without those that say where it lies."""
    schema = schema_of(declared.resource.type)
    replacing = facts_of(schema).replace if schema else frozenset()
    return {
        name: value
        for name, value in declared.inputs.items()
        if (name in replacing or name == "ipCidrRange") and name not in _PLACES and isinstance(value, str | int)
    }


def _key(entry: Entry, declared: Declared, project: str) -> Path:
    """The key under the entry: read back from the name that the program computes."""
    if not entry.named:
        return ()
    prefix = entry.named.replace("{project}", project).partition("{key}")[0]
    return (str(declared.inputs.get(entry.name)).removeprefix(prefix),)
