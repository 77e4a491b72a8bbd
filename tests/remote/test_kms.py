"""Secrets under a key of a cloud's KMS, with the state in a bucket."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from regionctl.engine import Engine, Workspace
from regionctl.engine.secrets.keywrap import CannotUnwrap
from regionctl.engine.state.stackconfig import StackConfig
from regionctl.model.errors import EngineError
from regionctl.model.program import StackProgram
from tests.engine.conftest import plan_of
from tests.remote.conftest import Bucket, Remote
from tests.remote.test_life import CANARY, stack

pytestmark = [pytest.mark.engine, pytest.mark.parametrize("bucket", ["s3"], indirect=True)]


@pytest.fixture
def key(bucket: Bucket) -> str:
    """As `secrets_provider` in fleet.yaml names it. The AWS SDK takes the endpoint from AWS_ENDPOINT_URL_KMS."""
    return f"awskms:///{bucket.server.key()}?region=us-east-1"


def engine(remote: Remote, key: str) -> Engine:
    workspace = Workspace.at(remote.folder, remote.bucket.url, secrets_provider=key)
    return Engine(workspace=workspace, providers=remote.providers, find=remote.find)


def config(remote: Remote) -> StackConfig:
    return StackConfig(Path(remote.folder) / "stacks" / "Pulumi.test.one.yaml")


def applied(engine: Engine, one: StackProgram) -> None:
    done = plan_of(engine.apply([one]), one.name)
    assert done.error is None, done.error


def test_a_key_of_a_kms_protects_secrets_from_the_first_to_a_rotated_one(remote: Remote, key: str) -> None:
    ours, one = engine(remote, key), stack()
    applied(ours, one)  # makes `bird`
    made = ours.show_secret(one, "bird")
    assert config(remote).salt is None
    assert config(remote).encrypted_key is not None
    assert config(remote).set_on("toys").keys() == {"bird"}

    ours.set_secret(one, "bird", CANARY)
    assert ours.show_secret(one, "bird") == CANARY != made
    changed = plan_of(ours.plan([one]), one.name)
    assert [step.name for step in changed.changes] == ["nest"]
    applied(ours, one)
    assert ours.outputs(one, show_secrets=True)["bird"] == CANARY
    assert not [name for name, content in remote.bucket.objects().items() if CANARY.encode() in content]


def test_the_key_of_a_saved_plan_is_wrapped_by_the_kms_and_opens_with_no_other_one(remote: Remote, key: str) -> None:
    ours, one = engine(remote, key), stack()
    wrapped = ours.wrap_key(one, b"k" * 32)
    assert ours.unwrap_key(one, wrapped) == b"k" * 32

    file = Path(remote.folder) / "stacks" / "Pulumi.test.one.yaml"
    kept = file.read_bytes()
    file.unlink()
    other = engine(remote, f"awskms:///{remote.bucket.server.key()}?region=us-east-1")
    other.wrap_key(replace(one, name="test.two"), b"k" * 32)
    file.write_bytes((Path(remote.folder) / "stacks" / "Pulumi.test.two.yaml").read_bytes())
    with pytest.raises(CannotUnwrap):
        ours.unwrap_key(one, wrapped)
    file.write_bytes(kept)


def test_a_kms_that_cannot_be_asked_is_told_as_that_and_not_as_a_wrong_key(
    remote: Remote, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, one = engine(remote, key), stack()
    wrapped = ours.wrap_key(one, b"k" * 32)
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", f"http://{remote.bucket.server.address}/nowhere")
    with pytest.raises(EngineError) as refused:
        ours.unwrap_key(one, wrapped)
    assert not isinstance(refused.value, CannotUnwrap)
    assert "KMS" in str(refused.value)
