"""Cloud KMS. Key rings and keys are never gone: https://cloud.google.com/kms/docs/object-hierarchy#lifetime."""

from __future__ import annotations

from typing import Final

from regionctl.model.wire import Value
from regionctl.sandbox.emulation import Call, Emulation, Grant, Never, OnDelete, Reference, constant, timestamp
from regionctl.sandbox.gcp import formats, policies
from regionctl.sandbox.gcp.apis import ONE_PLATFORM

KEY_RING: Final = "gcp:kms/keyRing:KeyRing"
CRYPTO_KEY: Final = "gcp:kms/cryptoKey:CryptoKey"
_VERSION: Final = "gcp:kms/cryptoKeyVersion:CryptoKeyVersion"

# "KeyRing projects/p/locations/l/keyRings/k already exists.": the wording of the API.
_EXISTS: Final = "{title} {path} already exists."
_WORDS: Final = ONE_PLATFORM.but(exists=_EXISTS, exists_reason="alreadyExists", buried=_EXISTS)


def encrypted_with(path: str, agent: str) -> Reference:
    """A property that names a key, which the service agent of the API may use."""
    return Reference(
        path=path,
        to=(CRYPTO_KEY,),
        grant=Grant(
            roles=("roles/cloudkms.cryptoKeyEncrypterDecrypter",),
            member=f"serviceAccount:service-{{number}}@{agent}.iam.gserviceaccount.com",
        ),
    )


def _primaries(call: Call) -> list[Value]:
    if call.inputs.get("purpose", "ENCRYPT_DECRYPT") != "ENCRYPT_DECRYPT" or call.inputs.get(
        "skipInitialVersionCreation"
    ):
        return []
    return [{"name": f"{call.id}/cryptoKeyVersions/1", "state": "ENABLED"}]


def _version_id(call: Call) -> str:
    """The next version; a key that encrypts begins with one that its creation made."""
    key = call.targets["cryptoKey"][0]
    numbers = [int(row.path.rpartition("/")[2]) for row in call.tx.children(key.key) if row.type == _VERSION]
    return f"{key.path}/cryptoKeyVersions/{max(numbers, default=len(key.outputs['primaries'])) + 1}"


EMULATIONS: Final = (
    Emulation(
        token=KEY_RING,
        title="KeyRing",
        words=_WORDS,
        formats={"name": formats.KMS_ID},
        tombstone_s=Never.FREE_AGAIN,
    ),
    Emulation(
        token=CRYPTO_KEY,
        id=lambda call: call.fill("{ring}/cryptoKeys/{name}", ring=call.targets["keyRing"][0].path),
        title="CryptoKey",
        words=_WORDS,
        formats={"name": formats.KMS_ID, "rotationPeriod": formats.DURATION},
        references=(Reference(path="keyRing", to=(KEY_RING,), on_delete=OnDelete.CASCADE),),
        tombstone_s=Never.FREE_AGAIN,
        outputs={
            "primaries": _primaries,
            "destroyScheduledDuration": lambda _: "2592000s",
            "importOnly": lambda _: False,
            "cryptoKeyBackend": lambda _: "",
            "versionTemplate": lambda _: {"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "SOFTWARE"},
        },
    ),
    Emulation(
        token=_VERSION,
        id=_version_id,
        title="CryptoKeyVersion",
        words=_WORDS,
        references=(Reference(path="cryptoKey", to=(CRYPTO_KEY,), on_delete=OnDelete.CASCADE),),
        outputs={
            "name": "{id}",
            "state": constant("ENABLED"),
            "algorithm": lambda call: call.targets["cryptoKey"][0].outputs["versionTemplate"]["algorithm"],
            "protectionLevel": lambda call: call.targets["cryptoKey"][0].outputs["versionTemplate"]["protectionLevel"],
            "generateTime": lambda call: timestamp(call.now_s),
            "attestations": constant([]),
        },
    ),
    policies.member("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", "cryptoKeyId", CRYPTO_KEY),
    policies.binding("gcp:kms/cryptoKeyIAMBinding:CryptoKeyIAMBinding", "cryptoKeyId", CRYPTO_KEY),
    policies.member("gcp:kms/keyRingIAMMember:KeyRingIAMMember", "keyRingId", KEY_RING),
)
