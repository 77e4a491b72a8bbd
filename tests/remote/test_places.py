"""What belongs to one state is kept with it: emulated clouds, notes of drift, journals of runs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from regionctl.engine import Workspace
from regionctl.engine.state.notes import Drift, Reached, journal, last_drift, left, record_drift

STATES = [
    "s3://acme-state?region=eu-west-1",
    "s3://acme-state?region=eu-west-1&endpoint=127.0.0.1:9000",
    "s3://acme-state/prod",
    "gs://acme-state",
    "gs://acme.state",
    "https://api.pulumi.com",
]
SEEN = Drift(seen=datetime(2026, 11, 27, tzinfo=UTC), by="ana@laptop", resources=("net",), read=False)


def test_each_remote_state_has_clouds_notes_and_journals_of_its_own(tmp_path: Path) -> None:
    workspaces = [Workspace.default(tmp_path), *(Workspace.at(tmp_path, state) for state in STATES)]
    assert len({workspace.sandbox_data("prod") for workspace in workspaces}) == len(workspaces)
    noted = workspaces[1]
    record_drift(noted, "prod.eu-west", SEEN)
    journal(noted, "prod", "up").note(["prod.eu-west"], Reached.FAILED)
    assert last_drift(noted, "prod.eu-west") == SEEN
    assert [entry.stack for entry in left(noted, "prod")] == ["prod.eu-west"]
    for other in (one for one in workspaces if one is not noted):
        assert last_drift(other, "prod.eu-west") is None
        assert left(other, "prod") == ()


@pytest.mark.parametrize(
    "same", ["s3://acme-state?region=us-east-1&profile=ana", "s3://acme-state/", "s3://acme-state?awssdk=v2"]
)
def test_how_a_bucket_is_reached_makes_it_no_other_state(tmp_path: Path, same: str) -> None:
    assert Workspace.at(tmp_path, same).beside_state == Workspace.at(tmp_path, STATES[0]).beside_state


def test_what_a_team_shares_lies_in_the_checkout_wherever_the_state_is(tmp_path: Path) -> None:
    default = Workspace.default(tmp_path)
    for remote in (Workspace.at(tmp_path, state) for state in STATES):
        assert remote.config_file("prod.eu-west") == default.config_file("prod.eu-west")
        assert remote.passphrase_file == default.passphrase_file
        assert remote.client_certificates("prod") == default.client_certificates("prod")


def test_a_folder_for_a_remote_state_has_a_plain_short_name(tmp_path: Path) -> None:
    names = [Workspace.at(tmp_path, state).beside_state.name for state in (*STATES, f"gs://b/{'deep/' * 60}")]
    assert all(len(name) < 80 for name in names)
    assert names[0].startswith("s3-acme-state-")
