"""Pulumi's CLI, for `engine status` and `engine install`."""

from __future__ import annotations

from cli.views.console import say
from cli.views.documents import print_json
from regionctl.engine import PulumiCli


def print_status(cli: PulumiCli | None, *, as_json: bool) -> None:
    if as_json:
        found = {"path": str(cli.path), "version": cli.version} if cli else None
        print_json({"version": 1, "kind": "engine", "pulumi": found})
    elif cli:
        say(f"pulumi {cli.version}: {cli.path}")
    else:
        say("Pulumi's CLI is not installed; run: regionctl engine install")
