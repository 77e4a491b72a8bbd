"""A passphrase that does not open a stack's secrets: one clear line, and the config stays as it was."""

from __future__ import annotations

import io

import pytest

from tests.cli.holding import Holding, fleet

__all__ = ["fleet"]

CANARY = "canary-2f9c40"

pytestmark = pytest.mark.engine


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_no_secret_is_shown_set_or_rotated_with_a_wrong_passphrase(
    fleet: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, "first-value")
    assert fleet.run("secrets", "set", "eu-west", "session-key").code == 0
    (fleet.root / ".regionctl" / "passphrase").write_text("not the one it was made with")
    config = next(fleet.root.rglob("Pulumi.prod.eu-west.yaml"))
    before = config.read_bytes()
    for command, options in (("show", ["--yes"]), ("set", []), ("rotate", ["--yes"])):
        answer(monkeypatch, CANARY)
        said = fleet.run("secrets", command, "eu-west", "session-key", *options)
        assert (said.code, said.out) == (1, "")
        assert "the passphrase does not open the secrets of prod.eu-west" in said.err
        assert CANARY not in said.err
    assert config.read_bytes() == before
