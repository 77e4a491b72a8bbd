"""The versions that a report of a defect wants."""

from __future__ import annotations

from importlib.metadata import version

from cli.views.console import say
from regionctl.engine.cli.locate import VERSION

_PACKAGES = ("pulumi", "pulumi-gcp", "pulumi-cloudflare")


def print_version() -> None:
    """`regionctl 0.1.0`, and what it is built on."""
    say(f"regionctl {version('regionctl')}")
    say(f"Pulumi CLI {VERSION} (pinned), " + ", ".join(f"{name} {version(name)}" for name in _PACKAGES))
