"""Sample requests: regions/<fleet>/requests.yaml says by name who asks, and the table of regions where that leads.

They are tried in a review of the table and against the Worker that was deployed; nothing that is deployed depends on
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, field_validator

from regionctl.model.errors import Problem, SpecError
from regions.load import REQUESTS_FILE, Fleet, nearest
from regions.locality import Country, LocalityKey, TimeZone
from regions.model import FrozenMap, RegionName, Shape, Spec
from regions.problems import problems_of
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


FlowKey = Annotated[str, Shape(r"[0-9a-f]{32}", "a key of 32 hexadecimal digits is", most=32)]


def _whole(zone: str) -> str:
    if zone.endswith("/"):
        raise ValueError("a whole time zone is wanted, such as Europe/Paris")
    return zone


SamplePath = Annotated[
    str,
    Shape(
        r"/[A-Za-z0-9._~!$&'()*+,;=:@/%{}-]*(\?[A-Za-z0-9._~!$&'()*+,;=:@/?%{}-]*)?",
        "a path, and its query maybe, such as /files/{key}/a.pdf or /oauth/git/callback?state={key}, is",
        most=1024,
    ),
]
SampleKey = Annotated[str, Shape(r"[!-~]+", "a key without blanks is", most=1024)]


class SampleRequest(Spec):
    """Who asks. Without a `home` it is somebody who signs up, and the other signs count in their order.

    On a path of the public requests the key in it leads to the workspace, whose region `home` is, and nothing else
    counts; without a `home` the key leads nowhere.
    """

    home: RegionName | None = Field(default=None, description="The region of the workspace that the client is in.")
    choice: LocalityKey | None = Field(default=None, description="The locality, or region, that the client chose.")
    time_zone: Annotated[TimeZone, AfterValidator(_whole)] | None = Field(
        default=None, description="The browser's, an IANA name."
    )
    country: Country | None = Field(default=None, description="Of the client's address. ISO 3166.")
    flow: FlowKey | None = Field(
        default=None,
        description="The client's key in draws, its cookie __Host-flow. Without it any region of the draw may answer.",
    )
    path: SamplePath | None = Field(
        default=None, description="With its query. `{key}` stands for a key that is made up, or for `key`."
    )
    key: SampleKey | None = Field(
        default=None,
        description="The key, to see what becomes of a malformed one. Without `{key}` in the path, in a header.",
    )

    @field_validator("key")
    @classmethod
    def _of_a_path(cls, key: str | None, info: ValidationInfo) -> str | None:
        if key is not None and "path" in info.data and info.data["path"] is None:
            raise ValueError("only a request with a `path` has a key")
        return key


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
    problems += _unknown_places(requests, fleet, document)
    if problems:
        raise SpecError(problems)
    return requests


def _problems(error: ValidationError, document: Document) -> Iterator[Problem]:
    for problem in problems_of(error, RequestsFile):
        where = document.key_position(problem.path) if problem.on_key else document.position(problem.path)
        yield Problem(where, problem.what, problem.hint)


def _unknown_places(requests: Mapping[str, SampleRequest], fleet: Fleet, document: Document) -> Iterator[Problem]:
    regions = tuple(fleet.regions)
    choices = (*fleet.spec.localities, *regions)
    for name, request in requests.items():
        for key, said, kind, known in (
            ("home", request.home, "region", regions),
            ("choice", request.choice, "locality or region", choices),
        ):
            if said is not None and said not in known:
                path = ("requests", name, key)
                what = f"{dotted(path)}: the fleet has no {kind} {said!r}"
                yield Problem(
                    document.position(path), what, nearest(said, known, "regions" if key == "home" else "choices")
                )
