"""The secrets that the stacks read from their config, and who may read them in the cloud."""

from __future__ import annotations

from regionctl.model.program import SecretFormat, SecretKind, SecretSlot, Target
from regions.spec import FleetSpec, RegionSpec

DATABASE_PASSWORD = "database-password"  # the migration job's user; no other workload has a password
EDGE_CLIENT_CA = "edge-client-ca"  # PEM of the authority that signs the edge's client certificate
EDGE_TOKEN = "edge-token"  # the Worker's key for the auth service: made in the auth stack, read there by the edge's
SMTP_PASSWORD = "smtp-password"  # the auth service's, at the relay that takes its mail
SIGNING_KEYS = ("signing-key-a", "signing-key-b")  # seeds of Ed25519: any 32 bytes (RFC 8032, 5.1.5)
CLIENT_CERTIFICATE = "client-certificate"  # PEM: what the edge shows to the regions, signed by their edge-client-ca
CLIENT_KEY = "client-key"  # PEM: its private key
CLOUDFLARE_TOKEN = "cloudflare-api-token"


def auth_slots() -> dict[str, SecretSlot]:
    """What must be in the auth stack's config: all of it is made there, but for the password at the mail relay."""
    keys = (DATABASE_PASSWORD, EDGE_TOKEN, *SIGNING_KEYS)
    made = {key: SecretSlot(kind=SecretKind.GENERATED) for key in keys}
    return {**made, SMTP_PASSWORD: SecretSlot(kind=SecretKind.PROVIDED)}


def edge_slots(fleet: FleetSpec) -> dict[str, SecretSlot]:
    """What must be in the edge's config. The emulated Cloudflare asks for no token."""
    token = {} if fleet.target is Target.SANDBOX else {CLOUDFLARE_TOKEN: SecretSlot(kind=SecretKind.PROVIDED)}
    return {
        CLIENT_CERTIFICATE: SecretSlot(kind=SecretKind.PROVIDED, format=SecretFormat.CERTIFICATE, partner=CLIENT_KEY),
        CLIENT_KEY: SecretSlot(kind=SecretKind.PROVIDED, format=SecretFormat.PRIVATE_KEY, partner=CLIENT_CERTIFICATE),
        **token,
    }


def slots(spec: RegionSpec) -> dict[str, SecretSlot]:
    """What must be in the stack's config: the spec's secrets and those that every region needs."""
    return {
        DATABASE_PASSWORD: SecretSlot(kind=SecretKind.GENERATED),
        **{key: SecretSlot(kind=secret.kind, bytes=secret.bytes) for key, secret in spec.secrets.items()},
        EDGE_CLIENT_CA: SecretSlot(kind=SecretKind.PROVIDED, format=SecretFormat.AUTHORITY),
    }


def of_workloads(spec: RegionSpec) -> tuple[str, ...]:
    """The keys of the secrets that services and workers read."""
    return tuple(key for key in spec.secrets if key not in {DATABASE_PASSWORD, EDGE_CLIENT_CA})


def variable(key: str) -> str:
    """The environment variable that holds a secret, or a name: `session-key` is SESSION_KEY."""
    return key.upper().replace("-", "_")
