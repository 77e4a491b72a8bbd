"""Fleets and regions, for `validate` and `list`."""

from __future__ import annotations

from cli.render.console import say
from cli.render.documents import print_json
from regions.load import Fleet


def print_valid(fleet: Fleet, *, as_json: bool) -> None:
    """That a fleet's specs hold: a line a region."""
    if as_json:
        regions = [
            {"region": name, "file": fleet.file(name), "location": spec.location, "lifecycle": spec.lifecycle}
            for name, spec in fleet.regions.items()
        ]
        print_json({"version": 1, "kind": "validation", "fleet": fleet.name, "valid": True, "regions": regions})
        return
    for name, spec in fleet.regions.items():
        say(f"{fleet.file(name)}: {spec.location}, {spec.jurisdiction}, {spec.lifecycle}, {spec.addresses}")
    say(f"{fleet.name}: {len(fleet.regions)} regions, no errors")
