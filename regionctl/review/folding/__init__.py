"""The plans of many stacks as one change.

    fold(plans, tokens) -> groups of changes       what several stacks do alike, once, with the stacks
    folded_document(plans, tokens)                 both as JSON data
    element_name(path, inputs)                     the flag that `settings.databaseFlags[1].value` is about
    blast_radius(plans, groups) -> BlastRadius     stacks touched, data at stake, downtime, parity

Works on plans against state and on diffs of revisions alike: it looks at nothing but their steps.
"""

from __future__ import annotations

from regionctl.providers.catalogue import Downtime

from .blast import BlastRadius, Effect, Hit, Parity, blast_radius, effect, folded_document
from .fold import AllTokens, FoldedChange, Group, Placeholder, Template, Tokens, element_name, fold

__all__ = [
    "AllTokens",
    "BlastRadius",
    "Downtime",
    "Effect",
    "FoldedChange",
    "Group",
    "Hit",
    "Parity",
    "Placeholder",
    "Template",
    "Tokens",
    "blast_radius",
    "effect",
    "element_name",
    "fold",
    "folded_document",
]
