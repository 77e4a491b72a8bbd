from __future__ import annotations

import pytest

from components.database import Database, DatabaseArgs
from components.keys import KeyArgs, Keys, KeysArgs
from regionctl.render import Declaration
from tests.components.alone import at, declared, every, named, only, waits_for


def keys(args: KeysArgs) -> Declaration:
    return declared(lambda: Keys("keys", args))


def of(**names: dict[str, str]) -> KeysArgs:
    return KeysArgs(
        project="p",
        location="europe-west1",
        ring_name="main-1",
        keys={key: KeyArgs(name=key, members=members) for key, members in names.items()},
    )


def test_a_key_rotates_every_ninety_days() -> None:
    assert at(only(keys(of(database={})), "CryptoKey"), "rotationPeriod") == "7776000s"


def test_keys_and_their_ring_are_protected() -> None:
    declaration = keys(of(database={}, storage={}))
    kept = [*every(declaration, "CryptoKey"), only(declaration, "KeyRing")]
    assert [r.options.protect for r in kept] == [True, True, True]


def test_protection_can_be_given_up() -> None:
    args = KeysArgs(project="p", location="l", ring_name="r", keys={"a": KeyArgs(name="a")}, protected=False)
    assert only(keys(args), "CryptoKey").options.protect is None


def test_a_grant_is_for_one_named_member() -> None:
    grant = only(keys(of(database={"sql": "serviceAccount:agent"})), "CryptoKeyIAMMember")
    assert at(grant, "member") == "serviceAccount:agent"
    assert at(grant, "role") == "roles/cloudkms.cryptoKeyEncrypterDecrypter"


@pytest.mark.parametrize("agents", [1, 2])
def test_who_uses_a_key_waits_for_every_grant_on_it(agents: int) -> None:
    def declare() -> None:
        made = Keys("keys", of(database={f"agent-{n}": f"serviceAccount:{n}" for n in range(agents)}))
        Database(
            "db",
            DatabaseArgs(
                project="p",
                region="r",
                name="main-1",
                tier="db-custom-1-3840",
                private_network="n",
                key_id=made.key_ids["database"],
                databases={},
            ),
        )

    declaration = declared(declare)
    instance = only(declaration, "DatabaseInstance")
    for grant in every(declaration, "CryptoKeyIAMMember"):
        assert grant.urn in instance.property_dependencies["encryptionKeyName"]
    assert at(instance, "encryptionKeyName") == "${keys-database.id}"
    assert waits_for(declaration, instance, named(declaration, "keys-ring"))
