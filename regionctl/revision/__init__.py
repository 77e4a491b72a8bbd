"""What a change does to the declared resources: the programs of two git revisions, rendered and compared.

    compare(stack, base, head) -> Plan     of kind `revision`; None for the side that does not have the stack

No engine, state, credentials or network. A Plan of this kind has the shape of the engine's own, so that what takes the
one takes the other. It cannot know drift, what was never applied, and values that the cloud assigns.
"""

from __future__ import annotations

from .compare import StackFacts, compare

__all__ = ["StackFacts", "compare"]
