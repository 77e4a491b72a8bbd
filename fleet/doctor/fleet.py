"""Checks the fleet: its specs and secrets, and what a real cloud needs."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from fleet.context import FleetContext
from fleet.results import Finding
from regionctl.engine import find
from regionctl.engine.runs.preflight import check_cloud, credentials_source
from regionctl.engine.workspace import (
    BY_HAND,
    PASSPHRASE,
    PASSPHRASE_FILE_VARIABLE,
    PASSPHRASE_VARIABLE,
    attached_by_hand,
)
from regionctl.model.errors import EngineError, RegionctlError
from regionctl.model.program import SecretKind, StackKind, StackProgram, Target
from stacks.edge_rules import edge_rules
from stacks.secret_slots import CLOUDFLARE_TOKEN

GUIDE = "docs/guides/first-cloud-fleet.md"
PEOPLE = "authorized_user"  # what `gcloud auth application-default login` writes
_OVERRIDES = ("USER_PROJECT_OVERRIDE", "GOOGLE_BILLING_PROJECT")  # the provider's own variables for a quota project
_LOG_IN = "run: gcloud auth application-default login"
# Where the SDK of AWS looks before it asks the machine's own metadata:
# https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
_AWS_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
_GIT_LIMIT_S = 10


def check_cloud_fleet(context: FleetContext, programs: Sequence[StackProgram]) -> Iterator[Finding]:
    """Asks nothing of any network. Whether the clouds allow what will be asked of them shows in the first diff."""
    yield from _attached()
    yield from _google(context, programs)
    yield from _projects(context, programs)
    yield from _cloudflare(context)
    yield from _plugins(programs)
    yield from _state(context)
    yield from _aws(context)
    yield from _configs(context, programs)


def _attached() -> Iterator[Finding]:
    if attached := sorted(attached_by_hand()):
        what = f"{', '.join(attached)} attached by {BY_HAND}: nothing of them happens in the real cloud"
        yield Finding.warning("providers", what, f"for the real ones: unset {BY_HAND}")


def _google(context: FleetContext, programs: Sequence[StackProgram]) -> Iterator[Finding]:
    for program in programs:
        try:
            check_cloud(program)
        except RegionctlError as error:
            yield Finding.problem(f"credentials for {program.name}", error.what, error.hint or "log in")
            return
    source = credentials_source()
    if "gcp" in attached_by_hand():
        if source is None and _keeps(context, "gs", "gcpkms"):
            what = "none are found, and the state or the key of the secrets is in Google Cloud"
            yield Finding.problem("credentials", what, _LOG_IN)
        return
    kind = _kind(source) if isinstance(source, Path) else None
    if isinstance(source, Path) and kind is None:
        yield Finding.problem("credentials", f"{source} holds no credentials", _LOG_IN)
        return
    lasts = ", which ends within the hour" if source == "GOOGLE_OAUTH_ACCESS_TOKEN" else ""
    told = f" of the kind {kind}" if kind else lasts
    yield Finding.ok("credentials", f"found in {source}{told}; what they allow is asked by the first diff")
    yield _quota_project(context, kind)


def _kind(file: Path) -> str | None:
    """What a file of Google credentials is: authorized_user, service_account, external_account ..."""
    try:
        document: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    kind = document.get("type") if isinstance(document, dict) else None
    return kind if isinstance(kind, str) else None


def _quota_project(context: FleetContext, kind: str | None) -> Finding:
    """Where a person's own account applies, some APIs refuse calls that name no project to count them for."""
    named, spec = context.fleet.spec.quota_project, context.fleet.file(None)
    if named:
        return Finding.ok("quota project", f"{named}, of {spec}")
    if all(os.environ.get(name) for name in _OVERRIDES):
        return Finding.ok("quota project", f"{os.environ[_OVERRIDES[1]]}, of {_OVERRIDES[1]}")
    if kind != PEOPLE:
        return Finding.ok("quota project", "none is named: a service account's calls count for its own project")
    what = "none is named, and these are a person's credentials: APIs of organisations and budgets refuse them"
    mend = f"write `quota_project: PROJECT` in {spec} ({GUIDE})"
    return (Finding.problem if context.fleet.spec.organisation else Finding.warning)("quota project", what, mend)


def _projects(context: FleetContext, programs: Sequence[StackProgram]) -> Iterator[Finding]:
    projects = sorted({project for program in programs if (project := program.config.get("gcp:project"))})
    if context.fleet.spec.organisation is None:
        mend = f"make them, or name an organisation in {context.fleet.file(None)}: then they are made"
        yield Finding.warning("projects", f"taken to exist, with billing: {', '.join(projects)}", mend)
    else:
        yield Finding.ok("projects", f"made by the first apply: {', '.join(projects)}")


def _cloudflare(context: FleetContext) -> Iterator[Finding]:
    """The token is a secret of the edge's stack, which the finding on secrets asks for."""
    edge = context.one(StackKind.EDGE)
    if CLOUDFLARE_TOKEN not in _missing(context, edge):
        yield Finding.ok("Cloudflare", "the token is set; what it allows is asked by the first diff")
    plan, left_out = context.fleet.spec.edge.plan, edge_rules(context.fleet.spec).left_out
    for what in left_out:
        mend = f"nothing, or another plan for the zone, and `edge.plan` in {context.fleet.file(None)}"
        yield Finding.warning("Cloudflare's plan", what, mend)
    if not left_out:
        yield Finding.ok("Cloudflare's plan", f"{plan} has every rule of the edge, if it is what was bought")


def _missing(context: FleetContext, program: StackProgram) -> Sequence[str]:
    try:
        return context.records.missing_secrets(program)
    except EngineError:
        return tuple(program.secrets)  # a config that cannot be read, which the finding on secrets tells


def _plugins(programs: Sequence[StackProgram]) -> Iterator[Finding]:
    """Pulumi's providers, which its CLI gets by itself where it can."""
    folder = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins"
    pulumi = _pulumi()
    needed = frozenset[str]().union(*(program.providers for program in programs)) - attached_by_hand()
    for name in sorted(needed):
        version = metadata.version(f"pulumi-{name}")
        if (folder / f"resource-{name}-v{version}").is_dir():
            yield Finding.ok(f"provider {name}", f"{version}, in {folder}")
        else:
            mend = f"nothing where Pulumi may download it, else run: {pulumi} plugin install resource {name} {version}"
            yield Finding.warning(f"provider {name}", f"{version} is not in {folder} yet", mend)


def _pulumi() -> str:
    """The CLI that runs the stacks, which may not be on the PATH."""
    try:
        cli = find()
    except EngineError:
        cli = None  # the finding on the CLI tells it
    return str(cli.path) if cli else "pulumi"


def _state(context: FleetContext) -> Iterator[Finding]:
    workspace, file = context.workspace, context.fleet.file(None)
    if workspace.state_dir is not None:
        mend = f"write `state.backend: gs://BUCKET` in {file} ({GUIDE})"
        yield Finding.warning("backend", "on this disk alone: nobody else can go on from it, and no CI", mend)
    if workspace.secrets_provider != PASSPHRASE:
        yield Finding.ok("secrets provider", workspace.secrets_provider.partition("://")[0])
        return
    given = os.environ.get(PASSPHRASE_FILE_VARIABLE)
    if given and not Path(given).is_file():
        yield Finding.problem("secrets provider", f"{PASSPHRASE_FILE_VARIABLE} names no file: {given}", "correct it")
    elif given or PASSPHRASE_VARIABLE in os.environ or workspace.passphrase_file.is_file():
        mend = f"nothing, or a key that people and CI are granted: `state.secrets_provider` in {file} ({GUIDE})"
        yield Finding.warning("secrets provider", "a passphrase, which everybody who applies must be told", mend)
    else:
        mend = f"set {PASSPHRASE_FILE_VARIABLE}, or `state.secrets_provider: gcpkms://KEY` in {file} ({GUIDE})"
        yield Finding.problem("secrets provider", "a passphrase, and none is given", mend)


def _keeps(context: FleetContext, *schemes: str) -> bool:
    """Whether the state, or the key of its secrets, is at one of these kinds of URLs."""
    urls = (context.workspace.backend_url, context.workspace.secrets_provider)
    return any(url.partition("://")[0] in schemes for url in urls)


def _aws(context: FleetContext) -> Iterator[Finding]:
    if not _keeps(context, "s3", "awskms"):
        return
    files = [Path.home() / ".aws" / name for name in ("credentials", "config")]
    found = [name for name in _AWS_VARIABLES if os.environ.get(name)] + [str(file) for file in files if file.is_file()]
    if found:
        yield Finding.ok("credentials of AWS", f"found in {found[0]}, for the state or the key of its secrets")
    else:
        what = "none are found, and the state or the key of the secrets is at AWS"
        yield Finding.warning("credentials of AWS", what, "nothing on a machine of AWS, else run: aws configure")


def _configs(context: FleetContext, programs: Sequence[StackProgram]) -> Iterator[Finding]:
    """Their encrypted values are nowhere else, so that they belong into version control."""
    files = [context.workspace.config_file(program.name) for program in programs]
    made = [file for file in files if file.is_file()]
    if not made:
        return
    tracked = _git(made[0].parent, ["ls-files", "--", *map(str, made)])
    changed = _git(made[0].parent, ["status", "--porcelain", "--ignored", "--", *map(str, made)])
    if tracked is None or changed is None:
        yield Finding.warning("stack configs", f"{made[0].parent} is in no git repository", "keep them in one")
    elif changed or len(tracked) < len(made):
        names = " ".join(sorted(file.name for file in made if any(file.name in line for line in changed)))
        mend = f"commit them: git add -f {made[0].parent.name}/Pulumi.{context.fleet_name}.*.yaml"
        yield Finding.warning("stack configs", f"not committed as they are: {names}", mend)
    else:
        yield Finding.ok("stack configs", f"{len(made)} of {len(files)}, committed")
    yield from _by_hand(context, programs)


def _by_hand(context: FleetContext, programs: Sequence[StackProgram]) -> Iterator[Finding]:
    found: Mapping[str, Mapping[str, str]] = {}
    try:
        found = {program.name: context.records.config_by_hand(program) for program in programs}
    except EngineError:
        return  # the finding on secrets tells it
    told = [f"{name}: {', '.join(sorted(values))}" for name, values in found.items() if values]
    if told:
        mend = "nothing where somebody wants it so, else take the lines out of the stack configs"
        yield Finding.warning("provider settings", f"not of the specs: {'; '.join(told)}", mend)


def _git(folder: Path, words: Sequence[str]) -> list[str] | None:
    """The lines that git prints; None where there is no git, or no repository."""
    git = shutil.which("git")
    if git is None:
        return None
    try:
        done = subprocess.run(
            [git, "-C", str(folder), *words], capture_output=True, text=True, timeout=_GIT_LIMIT_S, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.splitlines() if done.returncode == 0 else None


_CONNECT_TIMEOUT_S = 5


def check_fleet(context: FleetContext, programs: Sequence[StackProgram]) -> Iterator[Finding]:
    target = context.fleet.spec.target
    yield Finding.ok(f"fleet {context.fleet_name}", f"{len(context.fleet.regions)} regions, no errors; {target}")
    yield _secrets(context, programs)
    if target is Target.CLOUD:
        yield from check_access(context, programs)


def _secrets(context: FleetContext, programs: Sequence[StackProgram]) -> Finding:
    """A sandbox makes up what a human has not set; a cloud fleet's `up` is refused."""
    try:
        missing = {
            program.name: [
                key
                for key in context.records.missing_secrets(program)
                if program.secrets[key].kind is SecretKind.PROVIDED
            ]
            for program in programs
        }
    except RegionctlError as error:
        return Finding.problem("secrets", str(error), "restore the file from its backup or version control")
    lacking = {name: keys for name, keys in missing.items() if keys}
    if not lacking:
        return Finding.ok("secrets", "all that must be provided are set")
    what = "; ".join(f"{name} lacks {', '.join(keys)}" for name, keys in lacking.items())
    if context.fleet.spec.target is Target.SANDBOX:
        return Finding.ok("secrets", "a sandbox makes up those that are not set")
    stack, keys = next(iter(lacking.items()))
    return Finding.problem(
        "secrets", what, f"run: {context.command('secrets', 'set', stack.partition('.')[2], keys[0])}"
    )


def check_access(context: FleetContext, programs: Sequence[StackProgram]) -> Iterator[Finding]:
    """Of a cloud fleet: what it needs of this machine, and whether Google Cloud is reached from here."""
    yield from check_cloud_fleet(context, programs)
    if "gcp" not in attached_by_hand():
        yield _reach(context.services.google)
    if shutil.which("gcloud") is None:
        yield Finding.warning("gcloud", "not installed", "install the Google Cloud CLI, to log in and to look around")


def _reach(google: str) -> Finding:
    """In a thread, since resolving a name has no time limit of its own."""
    proxy = urlsplit(getproxies().get("https", "")).netloc.rpartition("@")[2]
    host, _, port = proxy.partition(":") if proxy else (google, "", "443")
    told: SimpleQueue[str | None] = SimpleQueue()
    Thread(target=_connect, args=(host, int(port or 443), told), daemon=True).start()
    by = f" by the proxy {proxy}" if proxy else ""
    try:
        error = told.get(timeout=_CONNECT_TIMEOUT_S)
    except Empty:
        error = f"no answer within {_CONNECT_TIMEOUT_S} s"
    if error:
        mend = "let this machine reach *.googleapis.com at port 443"
        return Finding.problem("Google Cloud", f"{google} cannot be reached{by}: {error}", mend)
    return Finding.ok("Google Cloud", f"{proxy} answers, the proxy" if proxy else f"{google} answers")


def _connect(host: str, port: int, told: SimpleQueue[str | None]) -> None:
    try:
        socket.create_connection((host, port), timeout=_CONNECT_TIMEOUT_S).close()
        told.put(None)
    except OSError as error:
        told.put(error.strerror or str(error))
