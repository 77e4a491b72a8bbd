"""`regionctl list` of fleets whose state is in a bucket: one call says which stacks are there."""

from __future__ import annotations

import json

import pytest

from tests.cli.holding import PROJECT, Holding, fleet
from tests.cli.test_list import row
from tests.remote.conftest import Bucket

__all__ = ["fleet"]

pytestmark = pytest.mark.engine

SAVED = "2026-11-27T10:00:00Z"
DAMAGED = b"{"


def put(bucket: Bucket, stack: str, content: bytes | None = None) -> None:
    latest = {"manifest": {"time": SAVED, "magic": "", "version": ""}, "resources": []}
    state = {"version": 3, "checkpoint": {"stack": f"organization/{PROJECT}/{stack}", "latest": latest}}
    bucket.put(".pulumi/meta.yaml", b"version: 1\n")
    bucket.put(f".pulumi/stacks/{PROJECT}/{stack}.json", content or json.dumps(state).encode())


def test_what_is_in_the_bucket_and_what_is_not_is_told_without_writing_there(fleet: Holding, bucket: Bucket) -> None:
    put(bucket, "prod.eu-west")
    before = bucket.objects()
    bucket.refuse_writes()
    document = fleet.run("--state", bucket.url, "--json", "list").json
    made, never = row(document, "prod.eu-west"), row(document, "prod.us-east")
    assert (made["made"], made["resources"], made["saved"]) == (True, None, "2026-11-27T10:00:00+00:00")
    assert (never["made"], never["resources"], never["saved"]) == (False, 0, None)

    said = fleet.run("--state", bucket.url, "list")
    (line,) = [line for line in said.out.splitlines() if "prod     eu-west" in line]
    assert "not counted" in line
    assert "saved 2026-11-27" in line
    assert "status reads each stack's and counts" in said.err
    assert bucket.objects() == before


@pytest.mark.parametrize("bucket", ["gs"], indirect=True)
def test_a_bucket_that_does_not_answer_is_named_and_the_fleets_are_listed(fleet: Holding, bucket: Bucket) -> None:
    put(bucket, "prod.eu-west", DAMAGED)
    for state in (bucket.url, "gs://no-such-bucket"):
        said = fleet.run("--state", state, "list")
        assert said.code == 0
        assert state in said.err
        assert "not known" in said.out
        document = fleet.run("--state", state, "--json", "list").json
        assert (row(document, "prod.eu-west")["made"], row(document, "prod.eu-west")["resources"]) == (None, None)
