"""Proofs from renders: what must hold of a fleet whatever its specs and components say.

    prove(checks, evidence) -> Proof

A check is a plain function from Evidence to findings (findings.py); user rules have the same shape.
"""

from __future__ import annotations

from regionctl.model.program import StackKind

from .findings import (
    AllowedReference,
    Check,
    CheckFunction,
    DeclaredException,
    Evidence,
    Finding,
    Peer,
    RestsOutside,
    SecretFact,
    Setting,
    StackFacts,
)
from .prove import Proof, excused, prove

__all__ = [
    "AllowedReference",
    "Check",
    "CheckFunction",
    "DeclaredException",
    "Evidence",
    "Finding",
    "Peer",
    "Proof",
    "RestsOutside",
    "SecretFact",
    "Setting",
    "StackFacts",
    "StackKind",
    "excused",
    "prove",
]
