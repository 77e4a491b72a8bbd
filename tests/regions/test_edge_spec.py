"""What a fleet's file says of the edge, and a region's of who signs up there."""

import pytest

from regions.load import load_fleet
from tests.regions.conftest import SHIPPED, Folder

ZONE = 'zone_id: "9b1f0c4e6a7d42538e2c1a5b7d9f3e60"'


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (ZONE, "zone_id: example.com", "edge.zone_id"),
        ("requests_per_minute: 3000", "requests_per_minute: 1", "edge.requests_per_minute"),
        ("default_region: us-east #", "auth_timeout_ms: 5000\n  default_region: us-east #", "edge.auth_timeout_ms"),
        ("signing_key: a", "signing_key: c", "auth.signing_key"),
    ],
)
def test_a_wrong_value_is_told(prod: Folder, old: str, new: str, path: str) -> None:
    prod.replace("fleet.yaml", old, new)
    assert prod.problem().what.startswith(f"{path}: ")


def test_the_default_region_is_one_of_the_fleet(prod: Folder) -> None:
    prod.replace("fleet.yaml", "default_region: us-east", "default_region: us-eats")
    problem = prod.problem()
    assert problem.what == "edge.default_region: the fleet has no region 'us-eats'"
    assert problem.hint == "did you mean us-east?"
    assert problem.where.line == prod.line_of("fleet.yaml", "us-eats")


@pytest.mark.parametrize("kind", ["countries: [DE, ", "time_zones: [Europe/, "])
def test_nothing_is_placed_in_two_regions(prod: Folder, kind: str) -> None:
    start = kind.partition("[")[0]
    prod.replace("us-east.yaml", f"{start}[", kind)
    problem = prod.problem()
    assert problem.where.file == "regions/prod/us-east.yaml"
    assert problem.what.endswith("is in eu-west's list already")


@pytest.mark.parametrize("wrong", ["countries: [de, ", "countries: [DEU, ", "time_zones: [/Paris, "])
def test_a_country_or_time_zone_that_cannot_be_one_is_told(prod: Folder, wrong: str) -> None:
    prod.replace("us-east.yaml", f"{wrong.partition('[')[0]}[", wrong)
    assert prod.problem().what.startswith("placement.")


def test_a_placement_is_a_regions_own_and_no_default(prod: Folder) -> None:
    prod.replace("fleet.yaml", "defaults:\n", "defaults:\n  placement: {countries: [DE]}\n")
    assert prod.problem().what == "defaults.placement: not a default"


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
