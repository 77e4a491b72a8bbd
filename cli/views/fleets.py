"""Fleets and regions, for `validate` and `list`."""

from __future__ import annotations

from cli.views.console import note, say
from regionctl.model.hints import command
from regionctl.model.program import SecretKind
from regions.load import Fleet
from regions.spec import RegionSpec

_TO_BRING_UP = ("diff", "up", "activate")


def _provided(spec: RegionSpec) -> list[str]:
    return [key for key, secret in spec.secrets.items() if secret.kind is SecretKind.PROVIDED]


def valid_document(fleet: Fleet) -> dict[str, object]:
    regions = [
        {"region": name, "file": fleet.file(name), "location": spec.location, "lifecycle": spec.lifecycle}
        for name, spec in fleet.regions.items()
    ]
    return {"version": 1, "kind": "validation", "fleet": fleet.name, "valid": True, "regions": regions}


def print_valid(fleet: Fleet) -> None:
    """That a fleet's specs hold: a line a region."""
    for name, spec in fleet.regions.items():
        say(f"{fleet.file(name)}: {spec.location}, {spec.jurisdiction}, {spec.lifecycle}, {spec.addresses}")
    say(f"{fleet.name}: {len(fleet.regions)} regions, no errors")


def new_document(fleet: Fleet, region: str) -> dict[str, object]:
    spec = fleet.region(region)
    document = {"file": fleet.file(region), "location": spec.location, "addresses": str(spec.addresses)}
    return {"version": 1, "kind": "region", "region": region, **document, "secrets_to_set": _provided(spec)}


def print_new(fleet: Fleet, region: str) -> None:
    """What was written, and what to set next."""
    spec = fleet.region(region)
    say(f"{fleet.file(region)}: {spec.location}, {spec.jurisdiction}, {spec.lifecycle}, {spec.addresses}")
    note("next:")
    note("  say in it what differs from the fleet's defaults (database.tier, services, budget)")
    note("  and, under `placement`, whose sign-ups it takes")
    for words in (*(("secrets", "set", region, key) for key in _provided(spec)), *((w, region) for w in _TO_BRING_UP)):
        note(f"  {command(*words, fleet=fleet.name)}")
