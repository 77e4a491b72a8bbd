"""Checks for all that would stop a bootstrap, before anything is made, and says how to mend each.

Pulumi's CLI, and workerd from the Worker's packages, stop none: a bootstrap gets them by itself (`get_tools`).
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from fleet.context import FleetContext
from fleet.doctor.fleet import check_access
from fleet.doctor.machine import check_host, check_node, check_pulumi
from fleet.doctor.state import check_state
from fleet.events import Getting, Sink
from fleet.results import Finding, Level
from fleet.routing import samples
from fleet.taken_names import holding_nothing, taken_names
from regionctl.engine.cli.install import obtain
from regionctl.model.errors import RegionctlError, SpecError
from regionctl.model.program import SecretKind, StackProgram, Target
from regionctl.render import Declaration, Resource, render_all
from regionctl.sandbox.faults import FaultKind, Subject, hits
from regionctl.sandbox.transaction import FaultRow
from regions.requests import requests_file
from regions.source import shown
from stacks.table import in_table
from stacks.worker_code import WORKER_DIR

_NEEDED = ("workerd", "ws")  # by worker/dev/probe.js
_COMMAND = ("npm", "ci", "--prefix", str(WORKER_DIR), "--no-audit", "--no-fund")
SHOWN_COMMAND = "npm ci --prefix worker"
_LIMIT_S = 600


class PackagesNotInstalled(RegionctlError):
    """npm could not get what the Worker needs to run here."""

    def __init__(self, why: str) -> None:
        super().__init__(f"npm did not install the Worker's packages: {why}", hint=f"run: {SHOWN_COMMAND}")


def check_engine(context: FleetContext) -> Finding:
    """Nothing is in the way that `get_tools` gets."""
    if _is_missing(context):
        return Finding.warning("Pulumi's CLI", "not installed", "nothing: it is got first (regionctl engine install)")
    return check_pulumi(context.services.find_cli)


def get_tools(context: FleetContext, emit: Sink) -> None:
    """Gets what is missing, and says so first. Raises EngineError, PackagesNotInstalled."""
    if context.services.find_cli() is None:
        obtain(lambda said: emit(Getting(said)))
    if context.fleet.spec.target is Target.SANDBOX and not _has_packages(context.services.packages):
        emit(Getting(f"getting workerd, which runs the Worker: {SHOWN_COMMAND} (once; about half a minute)"))
        _install()


def _is_missing(context: FleetContext) -> bool:
    """Not where there is one of a version that does not work: that one is somebody's choice."""
    try:
        return context.services.find_cli() is None
    except RegionctlError:
        return False


def check_runtime(packages: Path) -> Iterator[Finding]:
    """What runs the Worker of a sandbox. Nothing is in the way that `get_tools` gets."""
    node = check_node()
    if node.level is not Level.OK:
        yield Finding.problem("Node", node.what, "install Node 20.19 or later: the deployed Worker is run with it")
        return
    yield node
    if _has_packages(packages):
        yield Finding.ok("workerd", "installed")
    elif shutil.which("npm") is None:
        what = "not installed, and there is no npm to get it"
        yield Finding.problem("workerd", what, "install npm, which comes with Node")
    else:
        yield Finding.warning("workerd", "not installed", f"nothing: it is got first ({SHOWN_COMMAND})")


def _has_packages(packages: Path) -> bool:
    return all((packages / name / "package.json").is_file() for name in _NEEDED)


def _install() -> None:
    try:
        done = subprocess.run(_COMMAND, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PackagesNotInstalled(str(error)) from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        raise PackagesNotInstalled(lines[0] if lines else f"exit code {done.returncode}")


def preflight(context: FleetContext) -> list[Finding]:
    """Every finding. Changes nothing, and asks no cloud for more than whether it is there."""
    findings = [*check_host(), check_engine(context)]
    try:
        programs = list(context.programs.values())
    except SpecError as error:
        return [*findings, *_mistakes("specs", error)]
    except RegionctlError as error:
        return [*findings, Finding.problem("fleet", error.what, error.hint or "choose another one")]
    findings += _specs(context)
    findings += _requests(context)
    findings += check_state(context.workspace, programs)
    findings += _secrets(context, programs)
    if context.fleet.spec.target is Target.CLOUD:
        findings += check_access(context, programs)
        findings += _unasked()
    else:
        findings += check_runtime(context.services.packages)
        findings += _clouds(context, programs)
    return findings


def _mistakes(subject: str, error: SpecError) -> list[Finding]:
    return [
        Finding.problem(subject, f"{problem.where}: {problem.what}", problem.hint or "correct it")
        for problem in error.problems
    ]


def _specs(context: FleetContext) -> Iterator[Finding]:
    fleet = context.fleet
    yield Finding.ok("specs", f"{len(fleet.regions)} regions, no errors")
    yield Finding.ok("ranges", f"{len(fleet.ranges)}, none overlaps another")
    if not in_table(fleet.regions.values()):
        mend = context.command("activate", "REGION")
        yield Finding.warning(
            "table", "no region is active or draining, so that requests have nowhere to go", f"after it: {mend}"
        )


def _requests(context: FleetContext) -> list[Finding]:
    file = shown(requests_file(context.regions_dir, context.fleet_name))
    try:
        found = samples(context)
    except SpecError as error:
        return _mistakes("requests", error)
    if not found:
        mend = f"write some into {file} (docs/guides/staging.md)"
        return [Finding.warning("requests", "there are no sample requests to try", mend)]
    return [Finding.ok("requests", f"{len(found)} samples in {file}")]


def _secrets(context: FleetContext, programs: Sequence[StackProgram]) -> list[Finding]:
    """A sandbox makes up what is missing; a cloud fleet's provided ones are set by a human."""
    try:
        missing = [(program, context.records.missing_secrets(program)) for program in programs]
    except RegionctlError as error:
        return [Finding.problem("secrets", str(error), error.hint or "restore the file from version control")]
    count = sum(len(keys) for _, keys in missing)
    if context.fleet.spec.target is Target.CLOUD:
        provided = [
            Finding.problem(
                "secrets",
                f"{program.name} lacks {key}, which must be provided",
                f"run: {context.command('secrets', 'set', program.name.partition('.')[2], key)}",
            )
            for program, keys in missing
            for key in keys
            if program.secrets[key].kind is SecretKind.PROVIDED
        ]
        if provided:
            return provided
    return [Finding.ok("secrets", f"{count} are made" if count else "all are set")]


def _unasked() -> Iterator[Finding]:
    """What a real cloud tells only when something is to be made in it."""
    yield Finding.ok("APIs", "each stack enables those that it uses")
    yield Finding.ok("names and quotas", "not asked: what is taken or used up is told by the apply")


def _clouds(context: FleetContext, programs: Sequence[StackProgram]) -> Iterator[Finding]:
    """Names and quotas of what is made from nothing, in the emulated clouds."""
    new = holding_nothing(context, programs)
    try:
        declared = render_all(new)
    except RegionctlError as error:
        yield Finding.problem("programs", str(error), error.hint or "correct it")
        return
    yield Finding.ok("APIs", "each stack enables those that it uses")
    yield from _names(context, new, declared, alone=lambda: len(new) == len(programs))
    yield from _faults(context, declared)


def _names(
    context: FleetContext,
    programs: Sequence[StackProgram],
    declared: Mapping[str, Declaration],
    *,
    alone: Callable[[], bool],
) -> Iterator[Finding]:
    taken = list(taken_names(context, programs, declared, alone=alone))
    for one in taken:
        yield Finding.problem("names", one.what, one.hint or "")
    if not taken:
        yield Finding.ok("names", "all are free")


def _custom(declaration: Declaration) -> list[Resource]:
    return [resource for resource in declaration.resources.values() if resource.custom]


def _faults(context: FleetContext, declared: Mapping[str, Declaration]) -> Iterator[Finding]:
    from regionctl.sandbox import clouds

    mend = f"run: {context.command('sandbox', 'faults', 'clear')}"
    faults = clouds.faults(context.sandbox_data) if context.sandbox_data.is_file() else ()
    spent = [fault for fault in faults if fault.kind == FaultKind.QUOTA and _is_hit(fault, declared)]
    for fault in spent:
        what = f"the emulated cloud gives no more {fault.type} (a fault is on)"
        yield Finding.problem("quotas", what, mend)
    if not spent:
        yield Finding.ok("quotas", "none is used up")
    for fault in faults:
        if fault not in spent:
            what = f"{fault.kind} of {fault.type} {fault.name} is on"
            yield Finding.warning("faults", what, mend)


def _is_hit(fault: FaultRow, declared: Mapping[str, Declaration]) -> bool:
    return any(
        hits(fault, Subject(token=resource.type, names=(resource.name,)))
        for declaration in declared.values()
        for resource in _custom(declaration)
    )
