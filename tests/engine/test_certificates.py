"""Secrets that are certificates and keys: a sandbox has its own, and nothing else than what they must be is taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from regionctl.engine import Engine, PulumiCli, Workspace
from regionctl.engine.secrets.certificates import BadSecretValue, ClientCertificates, client_certificates
from regionctl.model.errors import RegionctlError
from regionctl.model.program import SecretFormat, SecretKind, SecretSlot, StackProgram, Target

CANARY = "canary-93ab01"
PROVIDED = SecretKind.PROVIDED
SLOTS = {
    "ca": SecretSlot(kind=PROVIDED, format=SecretFormat.AUTHORITY),
    "certificate": SecretSlot(kind=PROVIDED, format=SecretFormat.CERTIFICATE, partner="key"),
    "key": SecretSlot(kind=PROVIDED, format=SecretFormat.PRIVATE_KEY, partner="certificate"),
}


def stack(name: str = "one", target: Target = Target.SANDBOX) -> StackProgram:
    return StackProgram(
        project="toys", name=f"test.{name}", fleet="test", region=None, target=target, run=_nothing, secrets=SLOTS
    )


def _nothing() -> None:
    """Declares no resource."""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.at(tmp_path, str(tmp_path / "state"))


@pytest.fixture
def other(tmp_path: Path) -> ClientCertificates:
    """Those of somebody else."""
    return client_certificates(Workspace.at(tmp_path, str(tmp_path / "elsewhere")), "other")


def encrypted_key() -> str:
    secret = serialization.BestAvailableEncryption(CANARY.encode())
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret).decode()


def test_a_fleet_has_one_authority_that_signed_its_client_certificate(workspace: Workspace) -> None:
    made = client_certificates(workspace, "test")
    authority, certificate = (
        x509.load_pem_x509_certificate(pem.encode()) for pem in (made.authority, made.certificate)
    )
    certificate.verify_directly_issued_by(authority)
    assert made == client_certificates(workspace, "test") != client_certificates(workspace, "another")


def test_they_are_kept_for_the_user_alone(workspace: Workspace) -> None:
    client_certificates(workspace, "test")
    path = workspace.client_certificates("test")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert path.read_text().count("PRIVATE KEY") == 2  # the certificate's: begin and end; the authority's is not kept


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("ca", CANARY, "no X.509 certificate in PEM"),
        ("ca", f"-----BEGIN CERTIFICATE-----\n{CANARY}\n-----END CERTIFICATE-----\n", "no X.509 certificate in PEM"),
        ("ca", "certificate", "not one of an authority"),
        ("ca", "private_key", "something else than certificates"),
        ("certificate", CANARY, "no X.509 certificate in PEM"),
        ("certificate", "private_key", "something else than certificates"),
        ("key", CANARY, "no private key in PEM"),
        ("key", "certificate", "no private key in PEM"),
        ("key", encrypted_key(), "encrypted with a passphrase"),
    ],
)
def test_a_value_in_another_format_is_refused_and_not_repeated(
    key: str, value: str, why: str, workspace: Workspace, other: ClientCertificates
) -> None:
    value = getattr(other, value, value)
    engine = Engine(workspace=workspace, cli=PulumiCli(path=Path("/nowhere"), version="3.259.0"))
    with pytest.raises(BadSecretValue, match=why) as refused:
        engine.set_secret(stack(), key, value)
    assert refused.value.key == key
    assert value not in str(refused.value)
    assert CANARY not in str(refused.value)
    assert not workspace.config_file("test.one").exists()


@pytest.mark.engine
def test_every_stack_of_a_sandbox_gets_the_same_and_a_half_pair_is_completed(workspace: Workspace) -> None:
    engine = Engine(workspace=workspace)
    made = client_certificates(workspace, "test")
    assert engine.set_secret(stack(), "key", made.private_key) == ("key",)  # where the run before was killed
    for one in (stack(), stack("two")):
        planned = engine.plan([one])[one.name]
        assert not isinstance(planned, RegionctlError), planned
        shown = {key: engine.show_secret(one, key) for key in SLOTS}
        wanted = {"ca": made.authority, "certificate": made.certificate, "key": made.private_key}
        assert shown == wanted


@pytest.mark.engine
def test_a_pair_must_match_and_is_replaced_as_one(workspace: Workspace, other: ClientCertificates) -> None:
    engine = Engine(workspace=workspace)
    engine.set_secret(stack(), "certificate", other.certificate)
    with pytest.raises(BadSecretValue, match="key was not set: it does not match certificate; set both at once"):
        engine.set_secret(stack(), "key", client_certificates(workspace, "test").private_key)
    refused = engine.plan([stack()])["test.one"]  # nor does a sandbox put its own beside it
    assert isinstance(refused, BadSecretValue)
    engine.set_secret(stack(), "key", other.private_key)

    new = client_certificates(workspace, "another")
    both = f"a comment\n{new.private_key}{new.certificate}"
    assert set(engine.set_secret(stack(), "certificate", both)) == {"certificate", "key"}
    assert engine.show_secret(stack(), "certificate") == new.certificate
    assert engine.show_secret(stack(), "key") == new.private_key
