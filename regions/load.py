"""YAML -> specs. `load_fleet` reads a fleet's folder: fleet.yaml and a file a region.

Fleet defaults and a region's own differences are merged, maps key by key, everything else replaced whole.
Every problem of every file is found in one run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, TypeAdapter, ValidationError

from regionctl.model.errors import Position, Problem, RegionctlError, SpecError
from regionctl.model.hints import did_you_mean
from regions.addresses import NoFreeAddresses, next_free, overlaps
from regions.problems import SpecProblem, known_keys, problems_of, unknown_key
from regions.public_requests import conflicts
from regions.source import Document, KeyPath, dotted, parse_document, read_document, shown
from regions.spec import Addresses, FleetSpec, RegionSpec

FLEET_FILE = "fleet.yaml"
REQUESTS_FILE = "requests.yaml"  # sample requests: requests.py

# Files of a fleet that are no region.
BESIDE_REGIONS = (FLEET_FILE, REQUESTS_FILE)

# What a region has of its own: in `defaults` it would be the same for two.
REGION_ONLY = ("location", "jurisdiction", "locality", "lifecycle", "weight", "addresses", "generation", "names")

# Taken from the names of folder and file, never from within.
FROM_FILE_NAME = ("fleet", "name")


class UnknownFleet(RegionctlError):
    """No such folder, or no fleet.yaml in it."""

    def __init__(self, name: str, known: Iterable[str], regions_dir: Path) -> None:
        self.name, self.known = name, tuple(known)
        hint = nearest(name, self.known, "fleets") if self.known else no_fleets_here()
        super().__init__(f"no fleet {name!r} in {shown(regions_dir)}/", hint=hint)


class UnknownRegion(RegionctlError):
    """The fleet has no such region."""

    def __init__(self, fleet: str, name: str, known: Iterable[str]) -> None:
        self.fleet, self.name, self.known = fleet, name, tuple(known)
        super().__init__(f"no region {name!r} in fleet {fleet!r}", hint=nearest(name, self.known, "regions"))


def no_fleets_here() -> str:
    """What to do where there is no fleet at all."""
    return f"run it in the checkout or below it ({Path.cwd()} is neither), or name its folder of fleets: --regions DIR"


def nearest(name: str, known: tuple[str, ...], kind: str) -> str:
    """What to do about a name that is none of the known ones."""
    return did_you_mean(name, known, f"the {kind} are {', '.join(known)}" if known else f"there are no {kind} yet")


@dataclass(frozen=True)
class Fleet:
    """A fleet as its files say it, free of problems."""

    spec: FleetSpec
    regions: Mapping[str, RegionSpec]
    documents: Mapping[str | None, Document]  # None: fleet.yaml

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def ranges(self) -> dict[str, IPv4Network]:
        """Every range of addresses in use, by who has it: `auth` and the regions. For `addresses.next_free`."""
        return {"auth": self.spec.auth.addresses} | {name: spec.addresses for name, spec in self.regions.items()}

    def region(self, name: str) -> RegionSpec:
        """Raises UnknownRegion, with the nearest names."""
        if name not in self.regions:
            raise UnknownRegion(self.name, name, self.regions)
        return self.regions[name]

    def position(self, region: str | None, path: KeyPath) -> Position:
        """Where a value comes from: the region's file when it sets it, else the fleet's default. None is fleet.yaml."""
        fleet = self.documents[None]
        if region is None:
            return fleet.position(path)
        own = self.documents[region]
        if own.sets(path) or not fleet.sets(("defaults", *path)):
            return own.position(path)
        return fleet.position(("defaults", *path))

    def file(self, region: str | None) -> str:
        """The file of a region, or (None) of the fleet, as people see it."""
        return self.documents[region].file


def fleets(regions_dir: Path) -> list[str]:
    """The fleets of a folder, in alphabetical order: its folders with YAML, also one whose `fleet.yaml` is missing,
    so that this is told. A folder that does not exist has none.
    """
    try:
        return sorted({entry.parent.name for entry in regions_dir.glob("*/*.yaml")})
    except OSError:
        return []


def load_fleet(regions_dir: Path, fleet: str, *, instead: Mapping[Path, bytes] = MappingProxyType({})) -> Fleet:
    """The fleet in `regions_dir/fleet`, as if files held what `instead` says.

    Raises UnknownFleet, or SpecError with every problem of every file.
    """
    known = fleets(regions_dir)
    if fleet not in known:
        raise UnknownFleet(fleet, known, regions_dir)
    return _Loader(regions_dir / fleet, instead).load()


class _Loader:
    """One run over a fleet's folder; gathers problems as it goes."""

    def __init__(self, folder: Path, instead: Mapping[Path, bytes]) -> None:
        self.folder = folder
        self.instead = instead
        self.problems: list[Problem] = []
        self.fleet_document = self._document(folder / FLEET_FILE)
        self.region_documents = {path.stem: self._document(path) for path in self._region_files()}

    def load(self) -> Fleet:
        spec = self._fleet()
        defaults = self._defaults()
        regions = {name: self._region(name, defaults) for name in self.region_documents}
        self._addresses()
        if spec:
            self._localities(spec)
            self._places(spec, regions)
            self.problems += conflicts(spec.edge.public_requests, self.fleet_document)
        for document in (self.fleet_document, *self.region_documents.values()):
            self.problems += document.problems
        if self.problems:
            raise SpecError(list(dict.fromkeys(self.problems)))
        assert spec is not None, "a fleet without a spec and without a problem"
        complete = {name: region for name, region in regions.items() if region is not None}
        assert len(complete) == len(regions), "a region without a spec and without a problem"
        documents: dict[str | None, Document] = {None: self.fleet_document}
        documents.update(self.region_documents)
        return Fleet(spec=spec, regions=MappingProxyType(complete), documents=MappingProxyType(documents))

    def _document(self, path: Path) -> Document:
        if path in self.instead:
            return parse_document(self.instead[path], shown(path))
        return read_document(path)

    def _region_files(self) -> list[Path]:
        try:
            there = {*self.folder.iterdir(), *(path for path in self.instead if path.parent == self.folder)}
        except OSError as err:
            raise RegionctlError(
                f"cannot be listed: {err.strerror}", where=shown(self.folder), hint="mend its permissions"
            ) from err
        visible = sorted(path for path in there if not path.name.startswith("."))
        for path in visible:
            if path.suffix != ".yaml" and path.suffix.lower() in {".yaml", ".yml"}:
                where = Position(shown(path), 1, 1)
                self.problems.append(Problem(where, "not read", f"rename it to {path.stem}.yaml"))
        return [path for path in visible if path.suffix == ".yaml" and path.name not in BESIDE_REGIONS]

    def _fleet(self) -> FleetSpec | None:
        document = self.fleet_document
        if document.problems and not document.value:
            return None
        raw = self._without_file_names(document, FleetSpec)
        try:
            return FleetSpec.model_validate({**raw, "name": self.folder.name})
        except ValidationError as err:
            for problem in problems_of(err, FleetSpec, FROM_FILE_NAME):
                self._report(document, problem)
            return None

    def _defaults(self) -> Defaults:
        """The fleet's defaults, checked by themselves: what is wrong in them is said once, not once a region."""
        raw = self.fleet_document.value.get("defaults")
        if not isinstance(raw, dict):
            return Defaults({}, frozenset(), readable=False)
        own = {key: value for key, value in raw.items() if key not in (*REGION_ONLY, *FROM_FILE_NAME)}
        for key in raw.keys() - own.keys():
            path = ("defaults", key)
            what = f"{dotted(path)}: not a default"
            self._report(self.fleet_document, SpecProblem(path, what, "each region's own file says it", on_key=True))
        problems = frozenset(problem for problem in _region_problems({**own, **_PLACEHOLDER}) if not problem.missing)
        for problem in problems:
            self._report(self.fleet_document, problem.within("defaults"))
        return Defaults(own, problems, readable=True)

    def _region(self, name: str, defaults: Defaults) -> RegionSpec | None:
        document = self.region_documents[name]
        if document.problems and not document.value:
            return None
        raw = self._without_file_names(document, RegionSpec)
        whole = merge(defaults.values, {**raw, "name": name, "fleet": self.folder.name})
        try:
            return RegionSpec.model_validate(whole)
        except ValidationError as err:
            for problem in problems_of(err, RegionSpec, FROM_FILE_NAME):
                if not self._said_before(problem, document, defaults):
                    self._report(document, _with_defaults_in_mind(problem))
            return None

    def _said_before(self, problem: SpecProblem, document: Document, defaults: Defaults) -> bool:
        if problem.missing and problem.path[0] not in REGION_ONLY:
            return not defaults.readable
        return problem.path == ("fleet",) or (problem in defaults.problems and not document.sets(problem.path))

    def _addresses(self) -> None:
        """Reports ranges that overlap: at the second one, naming both."""
        ranges, places = {}, {}
        auth = self.fleet_document.value.get("auth")
        for owner, document, section, path in (
            ("auth", self.fleet_document, auth, ("auth", "addresses")),
            *((name, doc, doc.value, ("addresses",)) for name, doc in self.region_documents.items()),
        ):
            network = _range_in(section)
            if network is not None:
                ranges[owner], places[owner] = network, document.position(path)
        for overlap in overlaps(ranges):
            first, second = ranges[overlap.first], ranges[overlap.second]
            what = (
                f"addresses: {overlap.second!r} {second} overlaps {overlap.first!r} {first} ({places[overlap.first]})"
            )
            self.problems.append(Problem(places[overlap.second], what, _way_out(ranges.values())))

    def _localities(self, spec: FleetSpec) -> None:
        """Reports a country or time zone of two localities, at the second one, naming both; a locality that is called
        as a region is, since a choice may name either; and a default that is none of them.
        """
        owners: dict[str, str] = {}
        for name, locality in spec.localities.items():
            if name in self.region_documents:
                what = f"localities.{name}: a region of the fleet is called {name!r} too"
                place = self.fleet_document.key_position(("localities", name))
                self.problems.append(Problem(place, what, "give one of them another name"))
            for kind, values in (("time_zones", locality.time_zones), ("countries", locality.countries)):
                for index, value in enumerate(values):
                    owner = owners.setdefault(value, name)
                    if owner != name:
                        what = f"{value!r} is in {owner}'s list already"
                        self._of_fleet(("localities", name, kind, index), what, "take it out of one of the two")
        if (default := spec.edge.default_locality) not in spec.localities:
            hint = nearest(default, tuple(spec.localities), "localities")
            self._of_fleet(("edge", "default_locality"), f"the fleet has no locality {default!r}", hint)

    def _places(self, spec: FleetSpec, regions: Mapping[str, RegionSpec | None]) -> None:
        """Reports regions of a locality that is none, or that lies under another law."""
        for name, region in regions.items():
            if region is None:
                continue
            where = self.region_documents[name].position(("locality",))
            locality = spec.localities.get(region.locality)
            if locality is None:
                hint = nearest(region.locality, tuple(spec.localities), "localities")
                what = f"locality: {self.fleet_document.file} has no locality {region.locality!r}"
                self.problems.append(Problem(where, what, hint))
            elif locality.jurisdiction is not region.jurisdiction:
                at = self.fleet_document.position(("localities", region.locality, "jurisdiction"))
                what = f"locality: {region.locality} lies in jurisdiction {locality.jurisdiction} ({at})"
                fitting = [key for key, one in spec.localities.items() if one.jurisdiction is region.jurisdiction]
                hint = (
                    f"of {region.jurisdiction} is {', '.join(fitting)}" if fitting else "declare another locality there"
                )
                self.problems.append(Problem(where, f"{what}, and {name} in {region.jurisdiction}", hint))

    def _of_fleet(self, path: KeyPath, what: str, hint: str) -> None:
        self.problems.append(Problem(self.fleet_document.position(path), f"{dotted(path)}: {what}", hint))

    def _without_file_names(self, document: Document, model: type[BaseModel]) -> dict[str, object]:
        for key in FROM_FILE_NAME:
            if key in document.value:
                self._report(document, unknown_key((key,), set(known_keys(model)) - set(FROM_FILE_NAME)))
        return {key: value for key, value in document.value.items() if key not in FROM_FILE_NAME}

    def _report(self, document: Document, problem: SpecProblem) -> None:
        if problem.missing and document.sets(problem.path):
            return  # it stands there, and why it was not read is a problem already
        if problem.path == ("name",) and not document.sets(("name",)):
            what, where = problem.what.replace("name:", "the name of the file or folder:", 1), document.top
        else:
            what = problem.what
            where = document.key_position(problem.path) if problem.on_key else document.position(problem.path)
        self.problems.append(Problem(where, what, problem.hint))


@dataclass(frozen=True)
class Defaults:
    """A fleet's defaults, and what is wrong with them. Not `readable`: nothing can be said about what is missing."""

    values: Mapping[str, object]
    problems: frozenset[SpecProblem]
    readable: bool


# Stands for what only a region's own file says, while the defaults are checked alone.
_PLACEHOLDER = {
    "fleet": "f",
    "name": "region",
    "location": "europe-west1",
    "jurisdiction": "eu",
    "locality": "europe",
    "lifecycle": "planned",
    "addresses": "10.0.0.0/16",
}


def _with_defaults_in_mind(problem: SpecProblem) -> SpecProblem:
    if not problem.missing or problem.path[0] in REGION_ONLY:
        return problem
    return replace(problem, hint=f"write it here, or under defaults in {FLEET_FILE} for every region")


def _region_problems(raw: Mapping[str, object]) -> list[SpecProblem]:
    try:
        RegionSpec.model_validate(raw)
    except ValidationError as err:
        return problems_of(err, RegionSpec, FROM_FILE_NAME)
    return []


def merge(defaults: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """`own` over `defaults`: maps key by key, at any depth; anything else replaced whole."""
    merged = dict(defaults)
    for key, value in own.items():
        default = defaults.get(key)
        if isinstance(default, Mapping) and isinstance(value, Mapping):
            merged[key] = merge(default, value)
        else:
            merged[key] = value
    return merged


_ADDRESSES: TypeAdapter[IPv4Network] = TypeAdapter(Addresses)


def _range_in(section: object) -> IPv4Network | None:
    """The `addresses` of a section, or None where they are no range (which is a problem of its own)."""
    try:
        return _ADDRESSES.validate_python(section.get("addresses") if isinstance(section, dict) else None)
    except ValidationError:
        return None


def _way_out(taken: Iterable[IPv4Network]) -> str:
    try:
        return f"take {next_free(taken)}"
    except NoFreeAddresses:
        return "change one of them"
