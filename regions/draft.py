"""A new region's file: what a human would write, with the next free address range."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from regionctl.model.errors import RegionctlError
from regionctl.model.hints import did_you_mean
from regions.addresses import next_free
from regions.load import REGION_ONLY, Fleet, nearest
from regions.locations import JURISDICTION_OF, Jurisdiction
from regions.model import RegionName
from regions.source import parse_document

SUFFIX = ".yaml"


class IllegalRegionName(RegionctlError):
    """No region can be called that. `name` is what was asked for."""

    def __init__(self, name: str, why: str) -> None:
        self.name = name
        super().__init__(f"{name!r} cannot be a region's name: {why}", hint="try one like eu-west or ap-south")


class RegionExists(RegionctlError):
    """The fleet has a region of this name already."""

    def __init__(self, name: str, file: str) -> None:
        self.name = name
        super().__init__(f"region {name!r} exists already", where=file, hint="edit that file, or take another name")


class UnknownLocation(RegionctlError):
    """Google Cloud has no such region."""

    def __init__(self, location: str, known: Iterable[str]) -> None:
        self.location = location
        super().__init__(
            f"{location!r} is not a region of Google Cloud",
            hint=did_you_mean(location, known, "such are europe-west1, us-east1, asia-south1"),
        )


class NotTakenOver(RegionctlError):
    """The region to be like writes its file so that its lines say something else elsewhere. Nothing was written."""

    def __init__(self, file: str) -> None:
        self.file = file
        super().__init__(
            "what it says cannot be taken over line by line",
            where=file,
            hint="write each key of its own on a line of its own, without anchors, or leave --like out",
        )


class OutsideJurisdiction(RegionctlError):
    """The location lies under another law."""

    def __init__(self, location: str, jurisdiction: Jurisdiction) -> None:
        self.location = location
        self.lies_in = JURISDICTION_OF[location]
        super().__init__(
            f"{location} lies in jurisdiction {self.lies_in}, not {jurisdiction}",
            hint=f"leave --jurisdiction out, or take a location in {jurisdiction}",
        )


class WhichLocality(RegionctlError):
    """No locality, or more than one, can be the region's. `fitting` are those of its jurisdiction."""

    def __init__(self, fleet: Fleet, jurisdiction: Jurisdiction, fitting: tuple[str, ...]) -> None:
        self.jurisdiction, self.fitting = jurisdiction, fitting
        if fitting:
            what = f"{fleet.name} has more than one locality in jurisdiction {jurisdiction}"
            hint = f"say which one: --locality {' or '.join(fitting)}"
        else:
            what = f"{fleet.name} has no locality in jurisdiction {jurisdiction}"
            hint = (
                f"declare one under `localities` in {fleet.file(None)}, with its name for people and this jurisdiction"
            )
        super().__init__(what, where=fleet.position(None, ("localities",)), hint=hint)


class WrongLocality(RegionctlError):
    """The locality that was asked for is none of the fleet, or lies under another law."""

    def __init__(self, fleet: Fleet, locality: str, jurisdiction: Jurisdiction) -> None:
        self.locality, self.jurisdiction = locality, jurisdiction
        known = fleet.spec.localities
        if locality in known:
            what = f"locality {locality} lies in jurisdiction {known[locality].jurisdiction}, not {jurisdiction}"
            where = fleet.position(None, ("localities", locality, "jurisdiction"))
            hint = "take another location or locality"
        else:
            what, where = f"no locality {locality!r} in fleet {fleet.name!r}", fleet.position(None, ("localities",))
            hint = nearest(locality, tuple(known), "localities")
        super().__init__(what, where=where, hint=hint)


def locality_for(fleet: Fleet, jurisdiction: Jurisdiction, wanted: str | None = None) -> str:
    """The locality of a new region: `wanted`, else the only one of its jurisdiction.

    Raises WhichLocality, WrongLocality.
    """
    fitting = tuple(key for key, spec in fleet.spec.localities.items() if spec.jurisdiction is jurisdiction)
    if wanted is not None and wanted not in fitting:
        raise WrongLocality(fleet, wanted, jurisdiction)
    if wanted is None and len(fitting) != 1:
        raise WhichLocality(fleet, jurisdiction, fitting)
    return wanted or fitting[0]


def draft(
    fleet: Fleet,
    name: str,
    *,
    location: str,
    jurisdiction: Jurisdiction | None = None,
    locality: str | None = None,
    like: str | None = None,
) -> str:
    """The text of `<name>.yaml`: planned, with a free range, and with the differences of the region `like`.

    Raises IllegalRegionName, RegionExists, UnknownLocation, OutsideJurisdiction, WhichLocality, WrongLocality,
    UnknownRegion, NotTakenOver, NoFreeAddresses.
    """
    _check_name(fleet, name)
    if location not in JURISDICTION_OF:
        raise UnknownLocation(location, JURISDICTION_OF)
    lies_in = JURISDICTION_OF[location]
    if jurisdiction not in {None, lies_in}:
        assert jurisdiction is not None
        raise OutsideJurisdiction(location, jurisdiction)
    if like is not None and locality is None and fleet.region(like).jurisdiction is lies_in:
        locality = fleet.region(like).locality
    own = _TEMPLATE.format(
        location=location,
        jurisdiction=lies_in,
        locality=locality_for(fleet, lies_in, locality),
        addresses=next_free(fleet.ranges.values()),
    )
    return own if like is None else _taken_over(own, fleet, like)


def region_file(regions_dir: Path, fleet: str, name: str) -> Path:
    return regions_dir / fleet / f"{name}{SUFFIX}"


_TEMPLATE = """\
# yaml-language-server: $schema=../region.schema.json
#
# Planned: declared and checked like the others, but no user lives here yet.
# Only what differs from `defaults` in fleet.yaml stands here.

location: {location} # where it runs; a change is a new region, not a move
jurisdiction: {jurisdiction} # its data never leaves it
locality: {locality} # what users know it as, in fleet.yaml
lifecycle: planned # planned -> active -> draining -> closed
addresses: {addresses} # the next free one of the fleet; `regionctl new` gives it
"""


def check_legal(name: str) -> None:
    """Raises IllegalRegionName for what no region can be called."""
    try:
        TypeAdapter(RegionName).validate_python(name)
    except ValidationError as error:
        raise IllegalRegionName(name, _reason(error)) from error


def _check_name(fleet: Fleet, name: str) -> None:
    check_legal(name)
    if name in fleet.regions:
        raise RegionExists(name, fleet.file(name))
    if name in fleet.spec.localities:
        raise IllegalRegionName(name, "a locality of the fleet is called so, and a choice may name either")


def _reason(error: ValidationError) -> str:
    return error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")


def _taken_over(own: str, fleet: Fleet, like: str) -> str:
    """With what the region `like` says beside what only its file can say: those lines as they are, comments too.

    The text is read again: lines that say something else here (an alias, several keys on one) are refused.
    """
    fleet.region(like)
    document = fleet.documents[like]
    lines = Path(document.file).read_text(encoding="utf-8-sig").splitlines()
    starts = sorted((place.line - 1, str(path[0])) for path, place in document.keys.items() if len(path) == 1)
    ends = [line for line, _ in starts[1:]] + [len(lines)]
    kept = [lines[start:end] for (start, key), end in zip(starts, ends, strict=True) if key not in REGION_ONLY]
    differences = "\n".join(line for block in kept for line in block).rstrip()
    text = f"{own}\n{differences}\n" if differences else own
    wanted = {key: value for key, value in document.value.items() if key not in REGION_ONLY}
    written = parse_document(text.encode(), document.file)
    if written.problems or written.value != {**parse_document(own.encode(), "").value, **wanted}:
        raise NotTakenOver(document.file)
    return text
