"""The git repository of a checkout: finding a revision, and writing its files somewhere else.

Nothing here touches the user's checkout, index, branches or worktrees, runs a hook, or reaches for the network.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from regionctl.model.errors import RegionctlError

# Set while git runs a hook; they would point these commands at the index and the folders of that command.
_OF_ANOTHER_COMMAND = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_WORK_TREE")
_QUIET = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1"}
# Another user's checkout, as a container's often is: https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory
_FOREIGN = re.compile(r"detected dubious ownership in repository at '(.+)'")
# `HEAD~2`, `main^`: ancestors of a revision, https://git-scm.com/docs/gitrevisions
_ANCESTOR = re.compile(r"(?P<of>.+?)(?P<steps>(?:~\d*|\^\d*)+)")
_NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false", "-c", "core.sparseCheckout=false")


class NoRepository(RegionctlError):
    """The folder lies in no git repository, so that it has no other revision."""

    def __init__(self, folder: Path, why: str) -> None:
        self.folder = folder
        foreign = _FOREIGN.search(why)
        hint = (
            f"run: git config --global --add safe.directory {shlex.quote(foreign[1])}"
            if foreign
            else "run it in a clone"
        )
        super().__init__(f"git finds no repository here: {why}", where=str(folder), hint=hint)


class UnknownRevision(RegionctlError):
    """The repository does not have the revision."""

    def __init__(self, revision: str, hint: str) -> None:
        self.revision = revision
        super().__init__(f"the repository has no revision {revision!r}", hint=hint)


class OutsideRepository(RegionctlError):
    """A folder that a revision must have lies outside of the repository."""

    def __init__(self, folder: Path, top: Path) -> None:
        self.folder = folder
        super().__init__(
            f"it lies outside of the repository {top}, so that it has no other revision",
            where=str(folder),
            hint="give a regions folder of the repository",
        )


class GitFailed(RegionctlError):
    """A git command failed."""

    def __init__(self, command: str, said: str) -> None:
        self.command = command
        super().__init__(f"git {command} failed: {said}", hint="`git fsck` says whether the repository is sound")


@dataclass(frozen=True)
class Commit:
    """A revision as somebody called it, and the commit that it is."""

    revision: str
    id: str

    def __str__(self) -> str:
        short = self.id[:10]
        return short if self.id.startswith(self.revision) else f"{self.revision} ({short})"


@dataclass(frozen=True)
class Repository:
    """The repository that a project lies in. `prefix` is the project's place below `top`, the root of the checkout."""

    top: Path
    prefix: Path

    @classmethod
    def of(cls, project: Path) -> Repository:
        """Raises NoRepository."""
        done = _run(project, "rev-parse", "--show-toplevel", "--show-prefix")
        if done.returncode or not done.stdout.strip():
            raise NoRepository(project, _reason(done.stderr) or "it is a bare one")
        top, _, prefix = done.stdout.partition("\n")
        return cls(Path(top), Path(prefix.strip()))

    def holds(self, folder: Path) -> None:
        """Raises OutsideRepository where the folder lies elsewhere."""
        place = folder.resolve()
        if not place.is_relative_to(self.top.resolve()):
            raise OutsideRepository(place, self.top)

    def commit(self, revision: str) -> Commit:
        """The commit that a revision means. Raises UnknownRevision."""
        done = _run(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if done.returncode:
            raise UnknownRevision(revision, self._way_to_get(revision))
        return Commit(revision, done.stdout.strip())

    def lacks(self, commit: Commit) -> int:
        """How many commits lead to `commit` and not to the checkout; 0 too where a shallow clone cannot tell."""
        if self._shallow():
            return 0
        done = _run(self.top, "rev-list", "--count", f"HEAD..{commit.id}")
        return int(done.stdout) if done.returncode == 0 else 0

    def write(self, commit: Commit, folder: Path) -> None:
        """Writes the commit's files into `folder`, without submodules, by an index that lies beside it.

        Raises GitFailed.
        """
        folder.mkdir()
        index = {"GIT_INDEX_FILE": str(folder.with_suffix(".index"))}
        self._git("read-tree", commit.id, env=index)
        self._git(f"--work-tree={folder}", "checkout-index", "--all", "--force", env=index)

    def _git(self, *args: str, env: Mapping[str, str]) -> None:
        done = _run(self.top, *_NO_HOOKS, *args, env=env)
        if done.returncode:
            command = next(arg for arg in args if not arg.startswith("-"))
            raise GitFailed(command, _reason(done.stderr) or f"it ended with {done.returncode}")

    def _shallow(self) -> bool:
        return _run(self.top, "rev-parse", "--is-shallow-repository").stdout.strip() == "true"

    def _way_to_get(self, revision: str) -> str:
        if not self._shallow():
            return "`git fetch` gets what others pushed; `git branch --all` and `git log` list what there is"
        ancestor = _ANCESTOR.fullmatch(revision)
        if ancestor:
            deepen = f"git fetch --deepen {_generations(ancestor['steps'])}"
            known = (
                _run(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", ancestor["of"]).returncode == 0
            )
            return (
                f"this clone is shallow; run: {deepen}"
                if known
                else f"{self._way_to_get(ancestor['of'])}; then: {deepen}"
            )
        remotes = _run(self.top, "remote").stdout.split()
        remote, _, branch = revision.partition("/")
        if remote not in remotes or not branch:
            remote, branch = (remotes or ["origin"])[0], revision
        if _is_id(branch):
            return f"this clone is shallow; run: git fetch --depth 1 {remote} {branch}"
        tracking = f"{remote}/{branch}"
        then = "" if revision == tracking else f", and give --base {tracking}"
        refs = f"+refs/heads/{branch}:refs/remotes/{tracking}"
        return f"this clone is shallow; run: git fetch --depth 1 {remote} {refs}{then}"


def _generations(steps: str) -> int:
    """How many generations back `~2^` goes: `~N` goes N back, `^` and `^2` one."""
    return sum(int(number or 1) if sign == "~" else 1 for sign, number in re.findall(r"([~^])(\d*)", steps)) or 1


def _is_id(text: str) -> bool:
    return len(text) >= 7 and all(letter in "0123456789abcdef" for letter in text)


def _run(folder: Path, *args: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    outside = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER_COMMAND}
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *args],
            env={**outside, **_QUIET, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise RegionctlError("git is not installed", hint="install git: a revision is read with it") from error


def _reason(said: str) -> str:
    """The line of what git said that says why."""
    lines = [line for line in said.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith("fatal: ")]
    return (fatal or lines or [""])[0].removeprefix("fatal: ").removeprefix("error: ")
