"""Which number is which project's. Google's APIs write a project's number where an import takes its id.

What an export says of it, from the surest to the least: a project with both; an asset's ancestors, which are numbers,
beside its name, which has the id; the account `NUMBER-compute` of Compute Engine, the sink `_Required`, which cannot be
changed, and the grants that Google itself makes to its agents in a project; the sink `_Default` as it comes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from regionctl.adopt.inventory import Found, Inventory
from regionctl.adopt.kinds import types

PROJECT: Final = "cloudresourcemanager.googleapis.com/Project"
_OWN_PROJECT: Final = "gcp:organizations/project:Project"
_ACCOUNT: Final = "gcp:serviceaccount/account:Account"
_GRANT: Final = "gcp:projects/iAMMember:IAMMember"
_SINK: Final = "gcp:logging/projectSink:ProjectSink"
# https://cloud.google.com/logging/docs/routing/overview: the two sinks that every project has, and their buckets.
_OWN_BUCKET: Final = re.compile(
    r"logging\.googleapis\.com/projects/([a-z][^/]+)/locations/[^/]+/buckets/(_Required|_Default)"
)
# https://cloud.google.com/iam/docs/service-account-types#service-agents
_AGENT: Final = re.compile(r"serviceAccount:(?:service-)?(\d+)@[\w.-]+\.gserviceaccount\.com")
_AGENTS_ROLE: Final = re.compile(r"roles/[\w.]+\.[sS]erviceAgent")
_NUMBERED: Final = re.compile(r"(?<![\w-])projects/(\d+)(?![\w-])")


def with_ids(resources: Iterable[Found]) -> Inventory:
    """The resources with the ids of their projects where the export has numbers, as far as it tells whose they are."""
    every = tuple(resources)
    ids = _ids(every)
    return Inventory(tuple(_with_ids(one, ids) for one in every), {id_: number for number, id_ in ids.items()})


def of_one_project(inventory: Inventory, project: str) -> Inventory:
    """The same where a human said that the export is of this project, and all that is not is of a single number."""
    others = {one.project for one in inventory.resources if one.project and one.known} - {project}
    number = next(iter(others), "")
    told = {number for one in inventory.resources for _, number, _ in _pairs(one)}
    if len(others) != 1 or not number.isdigit() or number in told or project in inventory.numbers:
        return inventory
    ids = {number: project}
    return replace(
        inventory,
        resources=tuple(_with_ids(one, ids) for one in inventory.resources),
        numbers={**inventory.numbers, project: number},
    )


def _ids(resources: Iterable[Found]) -> Mapping[str, str]:
    """The ids by number. What two sources of the same sureness say otherwise is not told."""
    told: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in resources:
        for sureness, number, id_ in _pairs(one):
            told[number][sureness].add(id_)
    surest = {number: said[min(said)] for number, said in told.items()}
    return {number: next(iter(ids)) for number, ids in surest.items() if len(ids) == 1}


def _pairs(one: Found) -> Iterator[tuple[int, str, str]]:
    if one.type in {PROJECT, _OWN_PROJECT}:
        number = one.properties.get("projectNumber") or one.properties.get("number")
        id_ = one.properties.get("projectId")
        if isinstance(id_, str) and str(number).isdigit():
            yield 0, str(number), id_
    if one.project is None:
        return
    if one.number and not one.project.isdigit():
        yield 1, one.number, one.project
    if one.type == _SINK and one.project.isdigit():
        bucket = _OWN_BUCKET.fullmatch(str(one.properties.get("destination")))
        if bucket and bucket[2] == one.name:
            yield (2 if one.name == "_Required" else 3), one.project, bucket[1]
    elif not one.project.isdigit() and (number := _number_of_account(one)):
        yield 2, number, one.project


def _number_of_account(one: Found) -> str | None:
    if one.type == _ACCOUNT:
        number, _, rest = one.name.partition("-")
        return number if rest == "compute" and number.isdigit() else None
    if one.type == _GRANT and _AGENTS_ROLE.fullmatch(str(one.properties.get("role"))):
        agent = _AGENT.fullmatch(str(one.properties.get("member")))
        return agent[1] if agent else None
    return None


def _with_ids(one: Found, ids: Mapping[str, str]) -> Found:
    kind = types().get(one.type)
    project = ids.get(one.project or "", one.project)
    if kind is None:
        return replace(one, project=project)
    properties = _renamed(one.properties, ids)
    if str(properties.get("project")) in ids:
        properties["project"] = project
    if properties == one.properties and project == one.project:
        return one
    import_id = kind.id_of(properties, project) or _renamed(one.import_id, ids)
    name = _renamed(one.name, ids)
    return replace(one, name=name, project=project, properties=properties, import_id=import_id)


def _renamed(value: Any, ids: Mapping[str, str]) -> Any:
    match value:
        case str():
            return _NUMBERED.sub(lambda found: f"projects/{ids.get(found[1], found[1])}", value)
        case dict():
            return {key: _renamed(item, ids) for key, item in value.items()}
        case list():
            return [_renamed(item, ids) for item in value]
        case _:
            return value
