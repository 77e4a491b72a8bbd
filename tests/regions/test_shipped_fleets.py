import re
from pathlib import Path

import pytest

from regions.load import fleets, load_fleet
from regions.spec import Lifecycle

REGIONS = Path(__file__).parents[2] / "regions"


def test_there_are_prod_and_staging() -> None:
    assert fleets(REGIONS) == ["prod", "staging"]


@pytest.mark.parametrize("fleet", ["prod", "staging"])
def test_a_shipped_fleet_loads(fleet: str) -> None:
    assert len(load_fleet(REGIONS, fleet).regions) >= 2


def test_prod_has_two_active_regions_and_a_planned_one() -> None:
    regions = load_fleet(REGIONS, "prod").regions
    assert {name: region.lifecycle for name, region in regions.items()} == {
        "ap-south": Lifecycle.PLANNED,
        "eu-west": Lifecycle.ACTIVE,
        "us-east": Lifecycle.ACTIVE,
    }


def test_prod_and_staging_share_no_address() -> None:
    prod, staging = (load_fleet(REGIONS, fleet).regions.values() for fleet in ("prod", "staging"))
    assert not any(a.addresses.overlaps(b.addresses) for a in prod for b in staging)


# Rows of the product's table of routes: `POST /hooks/issues/{key}` | key `webhook`
ROUTE = re.compile(r"^\| `(?:[A-Z]+ )?(/\S+)` \| (key|all) `([a-z-]+)` \|", re.MULTILINE)


@pytest.mark.parametrize("fleet", ["prod", "staging"])
def test_what_the_product_takes_without_a_credential_is_listed(fleet: str) -> None:
    page = (REGIONS.parent / "docs" / "services" / "product.md").read_text()
    listed = load_fleet(REGIONS, fleet).spec.edge.public_requests
    said = {(one.path, "all" if one.deliver else "key", one.kind or name) for name, one in listed.items()}
    routes = {(path, how, kind) for path, how, kind in ROUTE.findall(page)}
    assert routes
    assert routes <= said
