"""What an export says exists, and of which project."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from regionctl.adopt.kinds import types
from regionctl.model.errors import Position, Problem, SpecError
from regionctl.model.path import split
from regionctl.model.values import get

# Stands for a value that the export holds in plain text and that goes no further.
SECRET: Final = "[secret]"


@dataclass(frozen=True)
class Expression:
    """A value of an export that is no literal: a reference or a call, as its text."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True)
class Found:
    """One resource of an export.

    `type` is Pulumi's token, or the export's own name of a type that has none in the table (`known` is False).
    `properties` have Pulumi's names and shapes. `import_id` is what the provider's import takes, where the export says
    enough to know it. `places` are the positions of single properties, by dotted path. `doubt` says why it is not
    known whether the resource exists. `provider` is whose it is, where it is not Google Cloud's. `number` is the
    project's number, where the export tells it apart from the project. `address` is what Terraform calls it;
    `configured` that its configuration says so, and not its state.
    """

    type: str
    name: str
    where: Position
    properties: Mapping[str, Any]
    known: bool = True
    import_id: str | None = None
    project: str | None = None
    location: str | None = None
    doubt: str | None = None
    provider: str | None = None
    number: str | None = None
    address: str | None = None
    configured: bool = False
    places: Mapping[str, Position] = field(default_factory=dict, repr=False)

    def place(self, path: str) -> Position:
        """Where a property stands, or the nearest one around it."""
        while path:
            if path in self.places:
                return self.places[path]
            path, _ = split(path)
        return self.where

    def value(self, path: str) -> Any:
        """The property at a path; None where there is none."""
        return get(self.properties, path)


@dataclass(frozen=True)
class Module(Problem):
    """A call of a module in a configuration, which is not followed. `source` is its folder, where it has no arguments
    and is a folder of the same configuration: `gcloud beta resource-config terraform generate-import` writes such."""

    name: str = ""
    source: str | None = None


@dataclass(frozen=True)
class Inventory:
    """Everything that was read, in the order of files and lines.

    `numbers`: project numbers by id, where the export tells both. `unread`: what was found and not read, and why.
    """

    resources: tuple[Found, ...]
    numbers: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[Problem, ...] = ()


class UnreadableExport(SpecError):
    """Files of an export that are broken, cut off, or of no known kind: each at its line. Nothing was taken from it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)


def unreadable(where: Position, what: str, hint: str) -> UnreadableExport:
    return UnreadableExport([Problem(where, what, hint)])


# Which number is which project's. Google's APIs write a project's number where an import takes its id.
#
# What an export says of it, from the surest to the least: a project with both; an asset's ancestors, which are numbers,
# beside its name, which has the id; the account `NUMBER-compute` of Compute Engine, the sink `_Required`, which cannot
# be changed, and the grants that Google itself makes to its agents in a project; the sink `_Default` as it comes.

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
