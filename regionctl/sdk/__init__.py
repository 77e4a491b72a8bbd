"""All that reaches into the inside of Pulumi's SDK, to save time or to make what it does the same in every run.

A run without it takes longer and has the same result, and so has one with an SDK that lacks a name which is used here:
a test takes each of them away.
"""

from .imports import loading, quicker_imports
from .lean import lean
from .order import in_order
from .settling import settle, settling

__all__ = ["in_order", "lean", "loading", "quicker_imports", "settle", "settling"]
