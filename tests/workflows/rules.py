"""What holds for every workflow of this repository. GitHub's own advice:
https://docs.github.com/en/actions/reference/security/secure-use
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.workflows.reading import File

_PINNED = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._/-]+@[0-9a-f]{40}")
_USES = re.compile(r"^\s*(?:- )?uses: (\S+)(.*)$", re.MULTILINE)
_SECRET = re.compile(r"\bsecrets\b\s*[.\[]")
_SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"
_WRITERS = {"comment.yml": {"pull-requests": "write"}}
_TAKES_CODE = "actions/checkout@"
_LOGS_IN = "google-github-actions/auth@"
_SETS_UP = "./.github/actions/"
_SCRIPT_FROM_AFAR = re.compile(r"\b(curl|wget)\b[^\n]*\|\s*(sudo\s+)?(ba|da|z)?sh\b")


def violations(file: File) -> list[str]:
    """A line for each rule that a file breaks."""
    return [f"{file.name}: {line}" for rule in _RULES for line in rule(file)]


def _actions_are_pinned(file: File) -> Iterator[str]:
    for action, rest in _USES.findall(file.text):
        if action.startswith("./"):
            continue
        if not _PINNED.fullmatch(action):
            yield f"{action} is not pinned by a commit"
        elif not re.match(r" # v\d", rest):
            yield f"{action} does not say its version"


def _no_secret_but_the_token(file: File) -> Iterator[str]:
    if _SECRET.search(file.text):
        yield "takes a secret; identities come by OIDC, and the token is github.token"
    if "inherit" in file.text:
        yield "hands secrets on"


def _no_expression_in_a_script(file: File) -> Iterator[str]:
    for step in file.steps:
        if "${{" in str(step.get("run", "")):
            yield "an expression inside of a script; pass it by env"


def _never_with_the_rights_of_the_base(file: File) -> Iterator[str]:
    if "pull_request_target" in file.triggers:
        yield "runs on pull_request_target"
    for step in file.steps:
        ref = str(step.get("with", {}).get("ref", "")) if _takes_code(step) else ""
        if "workflow_run" in file.triggers and ref:
            yield "checks out what a pull request says"


def _permissions_are_said(file: File) -> Iterator[str]:
    if "jobs" not in file.content:
        return
    if file.content.get("permissions") != {}:
        yield "does not start from no permissions"
    for name, job in file.jobs.items():
        permissions = job.get("permissions")
        if permissions is None:
            yield f"{name} does not say its permissions"
            continue
        for scope, right in permissions.items():
            if scope == "id-token":
                if not _logs_in(job):
                    yield f"{name} asks for an identity that it does not use"
            elif right != "read" and _WRITERS.get(file.name, {}).get(scope) != right:
                yield f"{name} may {right} {scope}"


def _a_fork_gets_no_identity(file: File) -> Iterator[str]:
    if "pull_request" not in file.triggers:
        return
    for name, job in file.jobs.items():
        if "id-token" in (job.get("permissions") or {}) and _SAME_REPOSITORY not in str(job.get("if", "")):
            yield f"{name} gives an identity to a fork"


def _an_identity_belongs_to_an_environment(file: File) -> Iterator[str]:
    """So that Google Cloud can tell the jobs apart by the token's claim `environment`."""
    for name, job in file.jobs.items():
        if _logs_in(job) and "uses" not in job and "environment" not in job:
            yield f"{name} takes an identity outside of an environment"


def _checkouts_keep_no_token(file: File) -> Iterator[str]:
    for step in file.steps:
        if _takes_code(step) and step.get("with", {}).get("persist-credentials") is not False:
            yield "a checkout keeps the token"


def _jobs_end(file: File) -> Iterator[str]:
    for name, job in file.jobs.items():
        if "uses" in job:
            continue
        if "timeout-minutes" not in job:
            yield f"{name} has no time limit"
        if not re.fullmatch(r"ubuntu-\d+\.\d+", str(job.get("runs-on"))):
            yield f"{name} runs on {job.get('runs-on')}"


def _runs_do_not_pile_up(file: File) -> Iterator[str]:
    if file.triggers and file.triggers != {"workflow_call"} and "concurrency" not in file.content:
        yield "has no concurrency group"


def _no_script_from_afar(file: File) -> Iterator[str]:
    for step in file.steps:
        if _SCRIPT_FROM_AFAR.search(str(step.get("run", ""))):
            yield "pipes a download to a shell"


def _everything_is_installed_before_a_login(file: File) -> Iterator[str]:
    """What an installation downloads and runs must find no identity to take along."""
    for name, job in file.jobs.items():
        logged_in = False
        for step in job.get("steps", []):
            uses = str(step.get("uses", ""))
            logged_in |= uses.startswith(_LOGS_IN)
            if logged_in and (uses.startswith(_SETS_UP) or "install" in str(step.get("run", ""))):
                yield f"{name} installs something after it logged in"


def _takes_code(step: Mapping[str, Any]) -> bool:
    return str(step.get("uses", "")).startswith(_TAKES_CODE)


def _logs_in(job: Mapping[str, Any]) -> bool:
    steps = (str(step.get("uses", "")) for step in job.get("steps", []))
    return "uses" in job or any(action.startswith(_LOGS_IN) for action in steps)


_RULES = (
    _actions_are_pinned,
    _no_secret_but_the_token,
    _no_expression_in_a_script,
    _never_with_the_rights_of_the_base,
    _permissions_are_said,
    _a_fork_gets_no_identity,
    _an_identity_belongs_to_an_environment,
    _checkouts_keep_no_token,
    _no_script_from_afar,
    _everything_is_installed_before_a_login,
    _jobs_end,
    _runs_do_not_pile_up,
)
