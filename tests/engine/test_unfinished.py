"""What a kill leaves in the emulated clouds is taken over, also where it should have replaced something."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pulumi_gcp import compute, storage

from regionctl.engine import Engine, Op, Plan, Workspace
from regionctl.model.program import StackProgram
from tests.engine.conftest import plan_of, program

pytestmark = pytest.mark.engine

BUCKET = "gcp:storage/bucket:Bucket"


def network() -> None:
    compute.Network("net", name="net", auto_create_subnetworks=False)


def declare() -> None:
    network()
    storage.Bucket("files", name="acme-files", location="EUROPE-WEST1")


def stack(run: Callable[[], None] = declare) -> StackProgram:
    return replace(program(run), config={"gcp:project": "acme-prod"})


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(workspace=Workspace.at(tmp_path, str(tmp_path / "state")))


def unfinish(engine: Engine, bucket: Mapping[str, Any], *, held: Mapping[str, Any] | None = None) -> None:
    """Rewrites the checkpoint as a kill in the middle of the bucket's create would have left it."""
    path = engine.workspace.checkpoint(stack())
    assert path is not None
    document = json.loads(path.read_text())
    latest = document["checkpoint"]["latest"]
    others = [r for r in latest["resources"] if r["type"] != BUCKET]
    latest["resources"] = [*others, held] if held else others
    unfinished = {key: value for key, value in bucket.items() if key not in {"id", "outputs"}}
    latest["pending_operations"] = [{"resource": unfinished, "type": "creating"}]
    path.write_text(json.dumps(document))


def bucket_in(engine: Engine) -> Mapping[str, Any]:
    (bucket,) = [r.raw for r in engine.state(stack()).resources if r.type == BUCKET]
    return bucket


def apply(engine: Engine, run: Callable[[], None] = declare) -> Plan:
    done = plan_of(engine.apply([stack(run)]), "test.one")
    assert done.error is None, done.error
    return done


def test_an_object_that_was_made_is_taken_over(engine: Engine) -> None:
    apply(engine)
    before = engine.state(stack()).resources
    unfinish(engine, bucket_in(engine))
    planned = plan_of(engine.plan([stack()]), "test.one")
    assert ["interrupted while creating" in d.message for d in planned.diagnostics] == [True]
    assert "regionctl --fleet test up one" in planned.diagnostics[0].message

    done = apply(engine)
    after = engine.state(stack())
    assert {step.op for step in done.steps} == {Op.SAME}
    assert after.pending == ()
    assert {r.urn: (r.id, r.outputs) for r in after.resources} == {r.urn: (r.id, r.outputs) for r in before}


def test_an_object_that_was_not_made_is_made(engine: Engine) -> None:
    apply(engine)
    bucket = bucket_in(engine)
    apply(engine, network)  # the bucket is gone
    unfinish(engine, bucket)
    done = apply(engine)
    assert [step.name for step in done.changes] == ["files"]
    assert engine.state(stack()).pending == ()
    assert bucket_in(engine)["id"] == bucket["id"]


def test_a_replacement_that_was_made_stands_and_the_old_one_goes(engine: Engine) -> None:
    apply(engine)
    bucket = bucket_in(engine)
    unfinish(engine, bucket, held={**bucket, "id": "acme-files-of-before"})
    apply(engine)
    assert bucket_in(engine)["id"] == bucket["id"]
    assert engine.state(stack()).pending == ()
