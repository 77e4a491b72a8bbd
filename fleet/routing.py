"""What a change of the edge does to routing: the table of regions and sample requests, before and after.

Before is what the edge was last applied with, after what the specs say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.context import FleetContext
from fleet.deployed import deployed_public_list, deployed_table
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackKind, StackProgram
from regions.requests import SampleRequest, load_requests, requests_file
from regions.source import shown
from stacks.public_list import PublicList, public_list
from stacks.public_routing import KeyRefusal, destination, made_up
from stacks.routing import Refusal, Routed, Sample
from stacks.table import NoRegionInTable, Table, table

Destination = Routed | Refusal | KeyRefusal


class NotOfTheEdge(RegionctlError):
    """Sample requests were given for a run in which nothing is routed."""

    def __init__(self) -> None:
        super().__init__(
            "--requests asks where the edge routes to, and the edge is not among the stacks", hint="name it too"
        )


@dataclass(frozen=True, kw_only=True)
class RoutedRequest:
    """Where a sample request goes. `before` is None where there is no edge yet."""

    name: str
    before: Destination | None
    after: Destination

    @property
    def changed(self) -> bool:
        """Not where there was no edge, and not where only the reason or the shares are others."""
        return self.before is not None and _end(self.before) != _end(self.after)


@dataclass(frozen=True, kw_only=True)
class Routing:
    """`file` is where the sample requests stand; None where the fleet has none."""

    before: Table | None
    after: Table
    requests: tuple[RoutedRequest, ...]
    file: str | None
    public_before: PublicList
    public_after: PublicList

    @property
    def changed(self) -> bool:
        return self.before != self.after or self.public_before != self.public_after

    def as_document(self) -> dict[str, Any]:
        """As the JSON document of `diff` has it."""
        return {
            "table": {"before": _table_json(self.before), "after": _table_json(self.after)},
            "public_requests": {
                "before": [request.as_data() for request in self.public_before.requests] if self.before else None,
                "after": [request.as_data() for request in self.public_after.requests],
            },
            "requests": [
                {
                    "name": one.name,
                    "before": _destination_json(one.before) if one.before else None,
                    "after": _destination_json(one.after),
                    "changed": one.changed,
                }
                for one in self.requests
            ],
        }


def _table_json(table: Table | None) -> Mapping[str, Any] | None:
    if table is None:
        return None
    return {
        "version": table.version,
        "default_locality": table.default_locality,
        "localities": {
            name: {"name": place.name, "countries": list(place.countries), "time_zones": list(place.time_zones)}
            for name, place in table.localities.items()
        },
        "regions": {
            name: {
                "origin": entry.origin,
                "lifecycle": str(entry.lifecycle),
                "locality": entry.locality,
                "weight": entry.weight,
            }
            for name, entry in table.regions.items()
        },
    }


def _destination_json(where: Destination) -> dict[str, Any]:
    if isinstance(where, Routed):
        return {"locality": where.locality, "regions": list(where.regions), "reason": str(where.reason)}
    return {"refused": str(where)}


def samples(context: FleetContext, file: Path | None = None) -> Mapping[str, SampleRequest]:
    """The sample requests of a file, or of the fleet's own one, which may be missing. Raises SpecError."""
    own = requests_file(context.regions_dir, context.fleet_name)
    if file is None and not own.exists():
        return {}
    return load_requests(file or own, context.fleet)


def routing(context: FleetContext, programs: Sequence[StackProgram], file: Path | None) -> Routing | None:
    """For a run over these programs: None where the edge is not among them, or where the specs give no table, which
    the edge's own program says.

    Raises NotOfTheEdge, SpecError, TableUnreadable, DamagedState.
    """
    if not any(program.kind is StackKind.EDGE for program in programs):
        if file is not None:
            raise NotOfTheEdge
        return None
    requests = samples(context, file)
    before = deployed_table(context)
    try:
        after = table(context.fleet.spec, context.fleet.regions.values())
    except NoRegionInTable:
        return None
    public_before, public_after = deployed_public_list(context), public_list(context.fleet.spec)
    routed = tuple(
        RoutedRequest(
            name=name,
            before=destination(before, public_before, sample_of(request, name)) if before else None,
            after=destination(after, public_after, sample_of(request, name)),
        )
        for name, request in requests.items()
    )
    path = file or requests_file(context.regions_dir, context.fleet_name)
    return Routing(
        before=before,
        after=after,
        requests=routed,
        file=shown(path) if requests else None,
        public_before=public_before,
        public_after=public_after,
    )


def sample_of(request: SampleRequest, name: str) -> Sample:
    """The request of this name, as the table and the list are asked about it. A key that it does not say is made up."""
    key = request.key or (made_up(name) if request.path else None)
    return Sample(**request.model_dump() | {"key": key})


def _end(destination: Destination) -> tuple[str, ...]:
    return destination.regions if isinstance(destination, Routed) else (str(destination),)
