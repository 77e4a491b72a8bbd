"""Proposing a region: settings and names read from an export, tried as a spec, and compared with what exists."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Final

from fleet.adoption import compare, record_of
from fleet.context import FleetContext
from fleet.proposal.draft import Draft, differing, draft
from fleet.proposal.naming import propose_names, told_by
from fleet.proposal.readings import Keys, Path, Question, Reading, Readings
from regionctl.adopt.classify import Classification
from regionctl.adopt.classify import rules as read_rules
from regionctl.adopt.inventory import Found, Inventory, of_one_project
from regionctl.model.errors import Position, Problem, RegionctlError, SpecError
from regionctl.model.values import leaves
from regionctl.system.files import write_whole
from regions.addresses import next_free
from regions.draft import check_legal, locality_for, region_file
from regions.load import Fleet, load_fleet
from regions.locations import JURISDICTION_OF
from regions.source import shown

# A setting that no resource tells, and what stands in the place of a place.
Fixed = tuple[Path, Any, str]

# What a proposal says in any case.
_SAID_ANEW: Final = ("location", "jurisdiction", "locality", "lifecycle", "addresses")


class WhichProject(RegionctlError):
    """The export holds several projects."""

    def __init__(self, projects: Sequence[str]) -> None:
        self.projects = tuple(projects)
        what = f"it holds the projects {', '.join(projects)}" if projects else "it names no project"
        super().__init__(f"which project is the region's? {what}", hint="name it with --project")


class NoLocation(RegionctlError):
    """Nothing in the export says where the region lies."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = tuple(questions)
        why = next((q.why for q in questions if q.path[0] == "database"), "no database instance says it")
        super().__init__(f"the export does not say where the region lies: {why}", hint="give its location: --location")


class AddressesTaken(RegionctlError):
    """What exists has addresses that another part of the fleet has too, and cannot move. Nothing was written."""

    def __init__(self, addresses: Reading, owner: str, taken: IPv4Network, where: Position, free: IPv4Network) -> None:
        self.addresses, self.owner, self.taken = str(addresses.value), owner, taken
        super().__init__(
            f"what exists has {addresses.value} ({addresses.read_from}), which overlaps {owner}'s {taken} ({where})",
            where=addresses.where,
            hint=f"what exists cannot move: give {owner} other addresses there, such as {free}, and plan again",
        )


class WouldNotLoad(RegionctlError):
    """The file as proposed is no region of this fleet, for a reason that no resource of the export explains."""

    def __init__(self, path: Path, what: str, hint: str | None) -> None:
        self.path = path
        super().__init__(f"no file can be proposed: {what}", hint=hint)


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A region's file as proposed, and what it is beside what exists."""

    file: pathlib.Path
    text: str
    readings: tuple[Reading, ...]
    as_default: tuple[Reading, ...]
    questions: tuple[Question, ...]
    coverage: Classification


def propose(
    context: FleetContext,
    region: str,
    inventory: Inventory,
    *,
    project: str | None,
    location: str | None,
    rules: pathlib.Path | None,
) -> Proposal:
    """Reads, tries, compares; writes nothing.

    Raises IllegalRegionName, WhichProject, NoLocation, WhichLocality, and SpecError for the other files of the fleet.
    """
    check_legal(region)
    return _Planner(context, region, inventory, project=project, location=location, rules=rules).plan()


def keep(
    context: FleetContext,
    region: str,
    proposal: Proposal,
    export: pathlib.Path,
    rules: pathlib.Path | None,
    *,
    write: bool,
) -> None:
    """Remembers the export for `adopt apply`; with `write` writes the region's file. Raises NotWritten."""
    record_of(context, f"{context.fleet_name}.{region}").remember(export, rules)
    if write:
        write_whole(proposal.file, proposal.text, private=False)


class _Planner:
    def __init__(
        self,
        context: FleetContext,
        region: str,
        inventory: Inventory,
        *,
        project: str | None,
        location: str | None,
        rules: pathlib.Path | None,
    ) -> None:
        self._context = context
        self._region = region
        self._project = project or _only_project(inventory)
        self._inventory = of_one_project(inventory, self._project)
        self._location = location
        self._rules = rules
        self._file = region_file(context.regions_dir, context.fleet_name, region)
        own = context.fleet.documents[region].value if region in context.fleet.regions else {}
        names = own.get("names")
        self._own: dict[str, Any] = own
        self._kept: dict[str, Any] = names if isinstance(names, dict) else {}
        defaults = context.fleet.documents[None].value.get("defaults")
        self._defaults: dict[str, Any] = defaults if isinstance(defaults, dict) else {}

    def plan(self) -> Proposal:
        readings = Readings(self._resources(), self._kept, self._location)
        readings.read(self._keys())
        location = readings.location
        if location is None:
            raise NoLocation(readings.questions)
        found, questions = list(readings.found), list(readings.questions)
        fixed = self._fixed(location, found)
        fleet, found, refused = self._tried(fixed, found)
        questions += refused
        coverage = self._compared(fleet)
        names, open_names = propose_names(coverage, self._project, readings.chosen)
        fleet, found, refused = self._tried(fixed, [*found, *names])
        coverage = self._compared(fleet)
        said = differing(found, self._defaults)
        return Proposal(
            file=self._file,
            text=self._draft(fixed, found).text,
            readings=tuple(said),
            as_default=tuple(reading for reading in found if reading not in said),
            questions=(*questions, *open_names, *refused),
            coverage=coverage,
        )

    def _resources(self) -> list[Found]:
        """What no rule takes out, of the region's own project."""
        table = read_rules(self._rules)
        return [
            found
            for found in self._inventory.resources
            if found.project in {None, self._project}
            and not found.doubt
            and not any(rule.covers(found) for rule in table)
        ]

    def _keys(self) -> Keys:
        def keys(*path: str) -> list[str]:
            value: Any = self._defaults
            for key in path:
                value = value.get(key) if isinstance(value, dict) else None
            return list(value) if isinstance(value, dict) else []

        return Keys(
            services=keys("services"),
            workers=keys("workers"),
            secrets=keys("secrets"),
            buckets=keys("storage", "buckets"),
        )

    def _fixed(self, location: str, found: Sequence[Reading]) -> list[Fixed]:
        """What only the region's own file says: read where a resource tells it, else said to be not read."""
        told = {reading.path: reading for reading in found}
        where = told.get(("location",))
        addresses = told.get(("addresses",))
        if addresses is not None:
            self._check_free(addresses)
        free = next_free([*self._context.fleet.ranges.values()]) if addresses is None else addresses.value
        jurisdiction = JURISDICTION_OF.get(location)
        if jurisdiction is None:
            raise RegionctlError(f"{location!r} is not a region of Google Cloud", hint="give its location: --location")
        return [
            (("location",), location, f"{where.read_from} ({where.where})" if where else "given by --location"),
            (("jurisdiction",), str(jurisdiction), f"where {location} lies"),
            (
                ("locality",),
                self._own.get("locality") or locality_for(self._context.fleet, jurisdiction),
                "the fleet's of this jurisdiction",
            ),
            (
                ("lifecycle",),
                self._own.get("lifecycle", "planned"),
                "not read: `regionctl activate` when the edge is to route to it",
            ),
            (
                ("addresses",),
                free,
                f"{addresses.read_from} ({addresses.where})" if addresses else "not read: the next free one",
            ),
            *self._said_before(found),
        ]

    def _check_free(self, addresses: Reading) -> None:
        """Raises AddressesTaken."""
        fleet, network = self._context.fleet, IPv4Network(addresses.value)
        for owner, taken in fleet.ranges.items():
            if owner != self._region and taken.overlaps(network):
                where = (
                    fleet.position(None, ("auth", "addresses"))
                    if owner not in fleet.regions
                    else fleet.position(owner, ("addresses",))
                )
                raise AddressesTaken(addresses, owner, taken, where, next_free([*fleet.ranges.values(), network]))

    def _said_before(self, found: Sequence[Reading]) -> list[Fixed]:
        """What the region's file says already, and no resource tells."""
        own = {key: value for key, value in self._own.items() if key not in _SAID_ANEW}
        said = (
            (tuple(map(str, path)), value) for path, value in leaves(own, into=lambda value: isinstance(value, dict))
        )
        project = ("names", "project")
        told = {project, *(reading.path for reading in found)}
        return [
            (project, self._kept.get("project", self._project), "the export's project"),
            *((path, value, self._why(path, value)) for path, value in said if path not in told and value != {}),
        ]

    def _why(self, path: Path, value: Any) -> str:
        return told_by(path[1], str(value), self._inventory.resources) if path[0] == "names" else "as before"

    def _draft(self, fixed: Sequence[Fixed], found: Sequence[Reading]) -> Draft:
        said = {path for path, _, _ in fixed}
        return draft(self._project, fixed, differing([one for one in found if one.path not in said], self._defaults))

    def _tried(self, fixed: list[Fixed], found: list[Reading]) -> tuple[Fleet, list[Reading], list[Question]]:
        """The fleet with the proposal in it; readings that a spec refuses become questions."""
        refused: list[Question] = []
        while True:
            drafted = self._draft(fixed, found)
            try:
                fleet = load_fleet(
                    self._context.regions_dir, self._context.fleet_name, instead={self._file: drafted.text.encode()}
                )
            except SpecError as error:
                path, problem = _mistaken(error, drafted, shown(self._file))
                mistaken = [one for one in found if one.path[: len(path)] == path]
                if not mistaken:
                    raise WouldNotLoad(path, problem.what, problem.hint) from error
                found = [one for one in found if one not in mistaken]
                read_from = ", ".join(one.read_from for one in mistaken)
                where = mistaken[0].where
                refused.append(Question(path=path, why=f"{problem.what} ({read_from})", where=where))
            else:
                return fleet, found, refused

    def _compared(self, fleet: Fleet) -> Classification:
        from stacks.programs import programs

        program = programs(fleet)[f"{self._context.fleet_name}.{self._region}"]
        return compare(program, self._inventory, self._rules).coverage


def _only_project(inventory: Inventory) -> str:
    every = {found.project for found in inventory.resources if found.project and found.known}
    projects = sorted({project for project in every if not project.isdigit()} or every)
    if len(projects) != 1:
        raise WhichProject(projects)
    return projects[0]


def _mistaken(error: SpecError, drafted: Draft, file: str) -> tuple[Path, Problem]:
    """The path of the first problem of the proposed file. Raises the error again where it is of other files alone."""
    for problem in error.problems:
        if problem.where.file == file and (path := drafted.lines.get(problem.where.line)):
            return path, problem
    raise error
