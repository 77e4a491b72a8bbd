"""What Pulumi's SDK does for a program that nobody needs, kept from being done.

All that reaches into the SDK's internals to save time lies here. A run without it takes longer and has the same result.
"""

from .lean import lean
from .settling import settle, settling

__all__ = ["lean", "settle", "settling"]
