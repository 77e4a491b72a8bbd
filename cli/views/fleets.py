"""Fleets and regions, for `validate` and `list`."""

from __future__ import annotations

from cli.views.console import note, say
from cli.views.documents import print_json
from regionctl.model.hints import command
from regionctl.model.program import SecretKind
from regions.load import Fleet

_TO_BRING_UP = ("diff", "up", "activate")


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


def print_new(fleet: Fleet, region: str, *, as_json: bool) -> None:
    """What was written, and what to set next."""
    spec = fleet.region(region)
    provided = [key for key, secret in spec.secrets.items() if secret.kind is SecretKind.PROVIDED]
    if as_json:
        document = {"file": fleet.file(region), "location": spec.location, "addresses": str(spec.addresses)}
        print_json({"version": 1, "kind": "region", "region": region, **document, "secrets_to_set": provided})
        return
    say(f"{fleet.file(region)}: {spec.location}, {spec.jurisdiction}, {spec.lifecycle}, {spec.addresses}")
    note("next:")
    note("  say in it what differs from the fleet's defaults (database.tier, services, budget)")
    note("  and, under `placement`, whose sign-ups it takes")
    for words in (*(("secrets", "set", region, key) for key in provided), *((w, region) for w in _TO_BRING_UP)):
        note(f"  {command(*words, fleet=fleet.name)}")
