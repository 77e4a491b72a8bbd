"""Sample requests: regions/<fleet>/requests.yaml says by name who asks, and the table of regions where that leads.

They are tried in a review of the table and against the Worker that was deployed; nothing that is deployed depends on
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError

from regionctl.model.errors import Problem, SpecError
from regions.edge import Country, TimeZone
from regions.load import REQUESTS_FILE, Fleet, nearest
from regions.mistakes import mistakes_of
from regions.model import FrozenMap, RegionName, Shape, Spec
from regions.source import Document, dotted, read_document

RequestName = Annotated[
    str,
    Shape(
        r"[a-z][a-z0-9]*(-[a-z0-9]+)*",
        "2 to 40 lower-case letters, digits and single dashes, the first a letter, are",
        least=2,
        most=40,
    ),
]


def _whole(zone: str) -> str:
    if zone.endswith("/"):
        raise ValueError("a whole time zone is wanted, such as Europe/Paris")
    return zone


class SampleRequest(Spec):
    """Who asks. Without a `home` it is somebody who signs up, and the other signs count in their order."""

    home: RegionName | None = Field(default=None, description="The region of the workspace that the client is in.")
    choice: RegionName | None = Field(default=None, description="The region that the client chose.")
    time_zone: Annotated[TimeZone, AfterValidator(_whole)] | None = Field(
        default=None, description="The browser's, an IANA name."
    )
    country: Country | None = Field(default=None, description="Of the client's address. ISO 3166.")


class RequestsFile(Spec):
    """What regions/<fleet>/requests.yaml says."""

    requests: FrozenMap[RequestName, SampleRequest]


def requests_file(regions_dir: Path, fleet: str) -> Path:
    """Where a fleet's sample requests lie, if it has any."""
    return regions_dir / fleet / REQUESTS_FILE


def load_requests(path: Path, fleet: Fleet) -> Mapping[str, SampleRequest]:
    """The sample requests of a file, by name. Raises SpecError with every problem."""
    document = read_document(path)
    problems = list(document.problems)
    try:
        requests = RequestsFile.model_validate(document.value).requests
    except ValidationError as err:
        if document.value:
            problems += _problems(err, document)
        requests = {}
    problems += _unknown_regions(requests, fleet, document)
    if problems:
        raise SpecError(problems)
    return requests


def _problems(error: ValidationError, document: Document) -> Iterator[Problem]:
    for mistake in mistakes_of(error, RequestsFile):
        where = document.key_position(mistake.path) if mistake.on_key else document.position(mistake.path)
        yield Problem(where, mistake.what, mistake.hint)


def _unknown_regions(requests: Mapping[str, SampleRequest], fleet: Fleet, document: Document) -> Iterator[Problem]:
    for name, request in requests.items():
        for key, region in (("home", request.home), ("choice", request.choice)):
            if region is not None and region not in fleet.regions:
                path = ("requests", name, key)
                what = f"{dotted(path)}: the fleet has no region {region!r}"
                yield Problem(document.position(path), what, nearest(region, tuple(fleet.regions), "regions"))
