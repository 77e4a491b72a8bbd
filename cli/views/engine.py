"""Pulumi's CLI, for `engine status` and `engine install`."""

from __future__ import annotations

from cli.views.console import say
from regionctl.engine import PulumiCli


def engine_document(cli: PulumiCli | None) -> dict[str, object]:
    found = {"path": str(cli.path), "version": cli.version} if cli else None
    return {"version": 1, "kind": "engine", "pulumi": found}


def print_engine(cli: PulumiCli | None) -> None:
    if cli:
        say(f"pulumi {cli.version}: {cli.path}")
    else:
        say("Pulumi's CLI is not installed; run: regionctl engine install")
