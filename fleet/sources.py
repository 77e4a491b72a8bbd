"""The files and tools that decide what a stack is planned to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from fleet.context import FleetContext
from regionctl.engine import PulumiCli

_CODE = ("components", "regions", "regionctl", "stacks")
_SUFFIXES = frozenset({".py", ".json"})
_ALONE = ("Pulumi.yaml", "requirements.lock", "worker/bindings.json")
_WORKER = "worker/src"
_DISTRIBUTIONS = ("pulumi", "pulumi-gcp", "pulumi-cloudflare")


def source_files(context: FleetContext) -> Mapping[str, Path]:
    """Code, lock, the Worker and the fleet's specs, by the path that people know a file by."""
    specs = sorted((context.regions_dir / context.fleet_name).glob("*.yaml"))
    code = context.services.code
    return {
        **{str(path.relative_to(code)): path for path in _code(code)},
        **{f"{context.regions_dir.name}/{context.fleet_name}/{path.name}": path for path in specs},
    }


def tool_versions(cli: PulumiCli | None) -> Mapping[str, str]:
    """Of what plans: Pulumi's CLI, its SDK and the providers."""
    return {**{name: version(name) for name in _DISTRIBUTIONS}, "pulumi CLI": cli.version if cli else "not there"}


def _code(root: Path) -> Iterator[Path]:
    for folder in _CODE:
        yield from (path for path in (root / folder).rglob("*") if path.suffix in _SUFFIXES)
    yield from (path for path in (root / _WORKER).rglob("*") if path.is_file())
    yield from (root / name for name in _ALONE if (root / name).is_file())
