"""The file's key: what it makes is told apart by label, so that no fingerprint is a code of the file."""

from __future__ import annotations

import hmac
import json

from .document import SavedPlan
from .errors import TamperedPlan

KEY_BYTES = 32


def fingerprint_key(key: bytes) -> bytes:
    """The key of the fingerprints of secrets."""
    return hmac.digest(key, b"regionctl saved plan: fingerprints", "sha256")


def sealed(plan: SavedPlan, key: bytes) -> SavedPlan:
    """The plan with its message authentication code."""
    return plan.model_copy(update={"mac": _mac(plan, key)})


def verify(plan: SavedPlan, key: bytes, path: str) -> None:
    """Raises TamperedPlan where the plan is not the one that was sealed with this key."""
    if not hmac.compare_digest(plan.mac.encode(), _mac(plan, key).encode()):
        raise TamperedPlan(path)


def _mac(plan: SavedPlan, key: bytes) -> str:
    content = json.dumps(plan.model_dump(mode="json", exclude={"mac"}), sort_keys=True)
    return hmac.digest(hmac.digest(key, b"regionctl saved plan: content", "sha256"), content.encode(), "sha256").hex()
