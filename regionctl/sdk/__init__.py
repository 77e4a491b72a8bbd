"""What Pulumi's SDK does for a program that nobody needs, kept from being done.

All that reaches into the SDK's internals to save time lies here. A run without it takes longer and has the same result,
and so has one with an SDK that lacks a name which is used here: a test takes each of them away.
"""

from .lean import lean
from .settling import settle, settling

__all__ = ["lean", "settle", "settling"]
