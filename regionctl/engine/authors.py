"""Who ran an update. Pulumi's file backend does not keep it, so the update's message says it, in any backend."""

from __future__ import annotations

import getpass
import os
import re
import socket

_BY = re.compile(r"regionctl [a-z-]+ by (\S+)")


def signed(command: str) -> str:
    """The message of an update that this user of this host makes."""
    return f"regionctl {command} by {whoami()}"


def author(message: str) -> str | None:
    """Who signed a message; None for an update that was made in another way."""
    found = _BY.fullmatch(message)
    return found[1] if found else None


def whoami() -> str:
    """`user@host`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"
