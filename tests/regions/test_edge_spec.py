"""What a fleet's file says of the edge."""

import pytest

from regions.load import load_fleet
from tests.regions.conftest import SHIPPED, Folder

ZONE = 'zone_id: "9b1f0c4e6a7d42538e2c1a5b7d9f3e60"'


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (ZONE, "zone_id: example.com", "edge.zone_id"),
        ("requests_per_minute: 3000", "requests_per_minute: 1", "edge.requests_per_minute"),
        ("default_locality: us #", "auth_timeout_ms: 5000\n  default_locality: us #", "edge.auth_timeout_ms"),
        ("signing_key: a", "signing_key: c", "auth.signing_key"),
    ],
)
def test_a_wrong_value_is_told(prod: Folder, old: str, new: str, path: str) -> None:
    prod.replace("fleet.yaml", old, new)
    assert prod.problem().what.startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("    migrate: sha256:{digest} # runs once a release, before the service rolls\n", "", "no image for migrate"),
        ("  signing_key: a", "    api: sha256:{digest}\n  signing_key: a", "api is no service"),
    ],
)
def test_the_auth_service_has_its_two_images(prod: Folder, old: str, new: str, what: str) -> None:
    digest = prod.load().spec.auth.release["migrate"].removeprefix("sha256:")
    prod.replace("fleet.yaml", old.format(digest=digest), new.format(digest=digest))
    assert prod.problem().what.startswith(f"auth.release: {what}")


def test_two_fleets_share_no_zone() -> None:
    prod, staging = (load_fleet(SHIPPED, fleet).spec.edge for fleet in ("prod", "staging"))
    assert prod.zone_id != staging.zone_id
