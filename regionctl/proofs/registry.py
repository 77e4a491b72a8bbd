"""The checks, in the order in which they run and are reported."""

from __future__ import annotations

from . import baseline, isolation, parity, residency, secrets
from .findings import Check

CHECKS: tuple[Check, ...] = (parity.CHECK, isolation.CHECK, residency.CHECK, baseline.CHECK, secrets.CHECK)
