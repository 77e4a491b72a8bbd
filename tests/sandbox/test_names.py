"""Names that cannot be had are told before anything is made."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from regionctl.sandbox.names import Unavailable, Wanted, unavailable
from tests.sandbox.google import Cloud

NETWORK = "gcp:compute/network:Network"
RING = "gcp:kms/keyRing:KeyRing"


def wanted(type_: str, **inputs: str) -> Wanted:
    return Wanted(type=type_, name="mine", inputs=inputs, config={"project": "acme-test"})


def told(data: Path, *wants: Wanted) -> list[Unavailable]:
    return unavailable(data, wants, time.time())


@pytest.fixture
def network(gcp: Cloud) -> str:
    return gcp.create(NETWORK, "net", name="main", project="acme-test").id


def test_a_name_that_something_has_is_taken(data: Path, network: str) -> None:
    same, other = wanted(NETWORK, name="main"), wanted(NETWORK, name="other")
    assert told(data, same, other) == [Unavailable(wanted=same, path=network, buried=False)]
    assert told(data, wanted(NETWORK, name="main", project="acme-other")) == []


def test_a_name_that_is_never_given_out_again_is_buried(data: Path, gcp: Cloud) -> None:
    ring = gcp.create(RING, "ring", name="main", location="europe-west1", project="acme-test")
    gcp.delete(ring)
    (found,) = told(data, wanted(RING, name="main", location="europe-west1"))
    assert (found.path, found.buried) == (ring.id, True)


def test_what_is_named_by_what_only_an_apply_tells_is_passed_over(data: Path, network: str) -> None:
    nameless = wanted(RING, name="main")
    reference = wanted("pulumi:pulumi:StackReference", name="main")
    assert told(data, nameless, reference, wanted("gcp:compute/nothing:Nothing", name="main")) == []


def test_in_an_empty_cloud_every_name_is_free(tmp_path: Path) -> None:
    assert told(tmp_path / "none.db", wanted(NETWORK, name="main")) == []
