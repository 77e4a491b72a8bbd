"""KMS: keys that turn over, that nobody destroys by accident, that nobody else uses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from regionctl.proofs.graph import Graph
from regionctl.proofs.values import at, is_known, is_set
from regionctl.render import Resource

from .grants import each, not_public, on
from .rule import Fault, Rule, of, wrong

AREA = "KMS"
KEY = "gcp:kms/cryptoKey:CryptoKey"
_SECONDS = re.compile(r"([0-9]+(?:\.[0-9]+)?)s")
LONGEST_ROTATION_S = 90 * 24 * 60 * 60


def _symmetric(key: Resource) -> bool:
    """Only these turn over by themselves. https://cloud.google.com/kms/docs/key-rotation"""
    purpose = at(key, "purpose")
    return not is_set(purpose) or purpose == "ENCRYPT_DECRYPT"


def _turns_over(key: Resource, _graph: Graph) -> Iterator[Fault]:
    period = at(key, "rotationPeriod")
    seconds = _SECONDS.fullmatch(str(period)) if is_known(period) else None
    if seconds is None or float(seconds[1]) > LONGEST_ROTATION_S:
        yield wrong("rotationPeriod", period, f"{LONGEST_ROTATION_S}s or less")


def _protected(key: Resource, _graph: Graph) -> Iterator[Fault]:
    if key.options.protect is not True:
        yield Fault(message="the resource option protect is not set")


RULES_OF_KMS = (
    Rule(
        id="CKV_GCP_43",
        also=("AVD-GCP-0065", "CIS 1.10"),
        area=AREA,
        claim="a key is rotated every 90 days or more often",
        mend=f"set rotation_period to {LONGEST_ROTATION_S}s",
        subjects=of(KEY, when=_symmetric),
        faults=_turns_over,
    ),
    Rule(
        id="CKV_GCP_82",
        area=AREA,
        claim="a key is protected against deletion",
        mend="give the key the resource option protect=True",
        subjects=of(KEY),
        faults=_protected,
    ),
    Rule(
        id="CKV_GCP_112",
        also=("CIS 1.9",),
        area=AREA,
        claim="a key is not public",
        mend="grant the key to the agent of the service that encrypts with it",
        subjects=on("kms"),
        faults=each(not_public),
    ),
)
