"""All that reaches into the inside of Pulumi's SDK: to save time, to guard it, to make every run do the same.

A run without it takes longer and has the same result, and so has one with an SDK that lacks a name which is used here:
a test takes each of them away. `ports` is imported by who runs the engine alone, since the Automation API takes 0.3 s.
"""

from .imports import loading, quicker_imports
from .programs import in_order, lean, settle, settling

__all__ = ["in_order", "lean", "loading", "quicker_imports", "settle", "settling"]
