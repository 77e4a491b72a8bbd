"""Where data rests, is backed up, logged, queued, cached and encrypted: within its jurisdiction, or declared not to.

    CHECK       Evidence -> findings, and a report for auditors
    inventory   Evidence -> everything that rests somewhere

A type of resource that the table does not know fails, so that a new one cannot slip through.
"""

from __future__ import annotations

from regionctl.proofs.findings import Check

from .check import NAME, check
from .report import details, report
from .resting import Inventory, Resting, inventory

CHECK = Check(
    name=NAME,
    claim="what users bring rests within their region's jurisdiction, or is declared to rest elsewhere",
    run=check,
    report=report,
    details=details,
)

__all__ = ["CHECK", "NAME", "Inventory", "Resting", "check", "inventory", "report"]
