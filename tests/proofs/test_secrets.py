"""Secrets: each is there, young enough, and no stack's is another's. No value is ever shown."""

from __future__ import annotations

import hashlib
import json
import os
import secrets as random
from base64 import b64encode
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fleet.evidence import secret_facts
from regionctl.engine import Engine
from regionctl.model.errors import Position
from regionctl.proofs import Evidence, Finding, SecretFact
from regionctl.proofs.secrets import CHECK, check, unchecked
from tests.cli.holding import Holding, fleet
from tests.proofs.evidence import TODAY, context

__all__ = ["fleet"]

SPEC = Position("regions/prod/eu-west.yaml", 9, 5)
STORED = Position("stacks/Pulumi.prod.eu-west.yaml", 4, 3)


def secret(stack: str = "prod.eu-west", name: str = "session-key", **what: object) -> SecretFact:
    fact = SecretFact(
        stack=stack, name=name, present=True, wanted=False, public=False, source=SPEC, stored_at=STORED, set_on=TODAY
    )
    return replace(fact, **what)  # type: ignore[arg-type]


def evidence(*facts: SecretFact) -> Evidence:
    return Evidence(renders={}, facts={}, today=TODAY, secrets=facts)


def found(*facts: SecretFact) -> list[Finding]:
    return list(check(evidence(*facts)))


def test_a_secret_that_must_be_there_and_is_not_fails_at_the_line_of_the_spec() -> None:
    (finding,) = found(secret(present=False, wanted=True, set_on=None))
    assert (finding.rule, finding.source) == ("secrets/missing", SPEC)
    assert "regionctl secrets set eu-west session-key" in finding.hint
    assert found(secret(present=False, set_on=None)) == []


@pytest.mark.parametrize(("age", "fails"), [(0, False), (90, False), (91, True), (4000, True)])
def test_a_secret_older_than_its_rotation_fails(age: int, fails: bool) -> None:
    findings = found(secret(set_on=TODAY - timedelta(days=age), rotation_days=90))
    assert [finding.rule for finding in findings] == ["secrets/overdue"] * fails


@pytest.mark.parametrize("other", ["prod.us-east", "staging.eu-west", "prod.eu-west"])
def test_two_secrets_of_one_value_fail_where_the_second_is_kept(other: str) -> None:
    (finding,) = found(
        secret(fingerprint=b"1"), secret(other, "smtp-password", fingerprint=b"1"), secret(fingerprint=b"2")
    )
    assert (finding.rule, finding.stack, finding.source) == ("secrets/shared", other, STORED)
    assert "prod.eu-west session-key" in finding.message


def test_what_is_public_may_be_shared() -> None:
    assert found(*(secret(stack, "edge-client-ca", public=True, fingerprint=b"1") for stack in ("a.b", "a.c"))) == []


def test_what_could_not_be_looked_at_is_said() -> None:
    lines = list(
        unchecked(
            evidence(
                secret(name="absent", present=False, set_on=None),
                secret(name="locked", fingerprint=None),
                secret(name="undated", fingerprint=b"1", set_on=None, rotation_days=90),
            )
        )
    )
    assert [line.split(":")[1].strip() for line in lines] == ["absent", "locked", "undated"]


def test_the_report_is_a_matrix_of_ages() -> None:
    assert CHECK.report
    facts = (secret(set_on=date(2026, 11, 1)), secret("prod.us-east", present=False, set_on=None))
    assert CHECK.report(evidence(*facts), ()).splitlines() == [
        "| secret | prod.eu-west | prod.us-east |",
        "|---|---|---|",
        "| session-key | 23 days | not set yet |",
    ]


class Vault:
    """Stack configs as Pulumi encrypts them: pkg/secrets/passphrase/manager.go of v3.259.0."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.passphrase = random.token_urlsafe()
        self.salt = os.urandom(8)
        (folder / "stacks").mkdir(parents=True)
        (folder / "passphrase").write_text(f"{self.passphrase}\n")
        self._key = hashlib.pbkdf2_hmac("sha256", self.passphrase.encode(), self.salt, 1_000_000, 32)

    def keep(self, stack: str, values: dict[str, str], days: dict[str, str]) -> None:
        lines = [f"  regionctl:{name}:\n    secure: {self._encrypted(value)}\n" for name, value in values.items()]
        salt = f"v1:{b64encode(self.salt).decode()}:{self._encrypted('pulumi')}"
        text = f"config:\n{''.join(lines)}  regionctl:secrets-set-on: '{json.dumps(days)}'\nencryptionsalt: {salt}\n"
        (self.folder / "stacks" / f"Pulumi.{stack}.yaml").write_text(text)

    def _encrypted(self, value: str) -> str:
        nonce = os.urandom(12)
        ciphertext = AESGCM(self._key).encrypt(nonce, value.encode(), None)
        return f"v1:{b64encode(nonce).decode()}:{b64encode(ciphertext).decode()}"


def test_the_command_compares_values_and_shows_none(fleet: Holding, tmp_path: Path) -> None:
    canary = random.token_hex()
    vault = Vault(tmp_path / "kept")
    vault.keep("staging.eu-west", {"smtp-password": canary}, {"smtp-password": "2025-01-01"})
    vault.keep("staging.us-east", {"smtp-password": canary, "session-key": random.token_hex()}, {})
    said = fleet.run("--fleet", "staging", "--state", str(tmp_path / "kept"), "--json", "check", "secrets")
    assert said.code == 4
    (result,) = said.json["checks"]
    assert {finding["rule"] for finding in result["findings"]} == {"secrets/shared", "secrets/overdue"}
    assert canary not in said.out + said.err
    assert any("of unknown age" in line for line in result["unchecked"])


def test_without_the_passphrase_nothing_is_compared_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    vault = Vault(tmp_path)
    for stack in ("prod.eu-west", "prod.us-east"):
        vault.keep(stack, {"session-key": "the same"}, {})
    for wrong in ("another passphrase", None):
        if wrong:
            (tmp_path / "passphrase").write_text(wrong)
        else:
            (tmp_path / "passphrase").unlink()
        facts = secret_facts([replace(context("prod"), state=str(tmp_path))])
        assert found(*facts) == []
        assert any("not compared" in line for line in unchecked(evidence(*facts)))


@pytest.mark.engine
def test_what_pulumi_encrypts_is_read_with_the_day_on_which_it_was_set(tmp_path: Path) -> None:
    one = replace(context("prod"), state=str(tmp_path))
    engine = Engine(workspace=one.workspace)
    canary = random.token_hex()
    for stack in ("prod.eu-west", "prod.us-east"):
        engine.set_secret(one.programs[stack], "smtp-password", canary)
    facts = secret_facts([one])
    assert [finding.rule for finding in found(*facts)] == ["secrets/shared"]
    there = [fact for fact in facts if fact.present]
    assert {fact.stack for fact in there} == {"prod.eu-west", "prod.us-east"}
    assert all(fact.set_on is not None and fact.rotation_days == 365 for fact in there)
    assert canary not in repr(facts)
