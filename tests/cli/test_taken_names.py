"""A stack whose names are still buried does not come up half way."""

from __future__ import annotations

import contextlib

from regionctl.sandbox.store import Store
from tests.cli.holding import Holding, fleet, resource

__all__ = ["fleet"]

RING = "gcp:kms/keyRing:KeyRing"
PATH = "projects/acme-prod-eu-west-1/locations/europe-west1/keyRings/main-1"


def bury(fleet: Holding) -> None:
    data = fleet.root / ".regionctl" / "sandbox" / "prod.db"
    data.parent.mkdir(mode=0o700, parents=True)
    with contextlib.closing(Store(data)) as store, store.transaction() as tx:
        tx.bury(RING, PATH, None)


def test_up_of_a_region_whose_names_are_buried_makes_nothing_and_says_what_to_write(fleet: Holding) -> None:
    bury(fleet)
    fleet.hold("prod.auth", [resource("gcp:compute/network:Network", "network")], {"listening": ["eu-west"]})
    said = fleet.run("up", "eu-west", "--yes")
    assert said.code == 1
    assert (
        f"prod.eu-west: {PATH} cannot be used again yet; write `generation: 2` in regions/prod/eu-west.yaml" in said.err
    )
    assert "sandbox reset" not in said.err, "the clouds hold the auth stack"
    assert not fleet.checkpoint("prod.eu-west").exists()
