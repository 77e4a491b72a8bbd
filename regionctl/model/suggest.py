"""What somebody who mistyped a name probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "", *, most: int = 3, quote: str = "") -> str:
    """A hint with the closest known names, `most` at most; `otherwise` where none is close."""
    close = difflib.get_close_matches(name, list(known), n=most, cutoff=0.5)
    return f"did you mean {' or '.join(f'{quote}{one}{quote}' for one in close)}?" if close else otherwise
