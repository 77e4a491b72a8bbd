"""Memorystore for Redis: who is let in, and how it speaks."""

from __future__ import annotations

from .rule import Rule, equals, of

AREA = "Memorystore"
INSTANCE = "gcp:redis/instance:Instance"

RULES_OF_REDIS = (
    Rule(
        id="CKV_GCP_95",
        area=AREA,
        claim="a cache asks for a password",
        mend="set auth_enabled=True",
        subjects=of(INSTANCE),
        faults=equals("authEnabled", True),
    ),
    Rule(
        id="CKV_GCP_97",
        area=AREA,
        claim="a cache speaks TLS",
        mend="set transit_encryption_mode to SERVER_AUTHENTICATION",
        subjects=of(INSTANCE),
        faults=equals("transitEncryptionMode", "SERVER_AUTHENTICATION"),
    ),
)
