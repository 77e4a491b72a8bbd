"""The diff of a fleet between a revision and the checkout: the stacks of both are rendered at once, then compared.

Each of the two renders is a process of its own, on a tree of its own. A render runs the revision's code, which may be
anybody's. It runs as this user and can read what this user can, but it gets no credentials from the environment and a
home of its own. Where the system lets it (Linux's namespaces), it has no network, and whatever it started ends with it;
nor does it write elsewhere or reach other processes (`confine.py`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from regionctl.engine import Plan
from regionctl.model.errors import RegionctlError

from .answers import Rendered, read
from .compare import compare
from .repository import Commit, Repository

_EXPORTER = Path(__file__).with_name("exporter.py")
# A program has no other inputs than its tree; what else this environment holds, credentials among it, is not for it.
_ENVIRONMENT = ("LANG", "LC_ALL", "LC_CTYPE", "PATH", "TZ")
# No network but an empty one, and a process namespace that ends with its first process, also those that left its group:
# unshare(1), pid_namespaces(7). Who the user is and what files there are stays the same.
_CUT_OFF = ("unshare", "--map-current-user", "--net", "--pid", "--fork", "--kill-child")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the programs of a revision are made.

    `loader` is a Python file of ours with `load(**arguments)`, which imports the revision's packages and gives its
    programs by stack; it runs in the root of the project. A revision without `folder` has no stacks.
    """

    loader: Path
    arguments: Mapping[str, str]
    folder: Path
    stacks: Sequence[str] | None = None  # full names; None is all


def render_both(project: Path, repository: Repository, base: Commit, recipe: Recipe) -> tuple[Rendered, Rendered]:
    """The base and the checkout as it lies there, uncommitted changes included.

    Raises what `answers.read` raises, the checkout's error first, and GitFailed.
    """
    exports: list[Export] = []

    def start(tree: Path) -> Callable[[str | None], Rendered]:
        if not (tree / recipe.folder).is_dir():
            return lambda _revision: Rendered()
        exports.append(Export(tree, recipe, temporary))
        return exports[-1].rendered

    try:
        with ThreadPoolExecutor(2) as threads, scratch() as temporary:
            head = threads.submit(start(project), None)
            tree = temporary.folder / "base"
            repository.write(base, tree)
            old = threads.submit(start(tree / repository.prefix), base.revision)
            new = head.result()
            return old.result(), new
    finally:
        for one in exports:
            one.close()


@cache
def cut_off() -> tuple[str, ...]:
    """The command that keeps another one from the network and ends its children; empty where the system refuses it."""
    try:
        subprocess.run([*_CUT_OFF, "true"], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return ()
    return _CUT_OFF


class Export:
    """A process that renders one tree; with `again` each time that it is asked to."""

    def __init__(self, tree: Path, recipe: Recipe, temporary: Scratch, *, again: bool = False) -> None:
        request = {"loader": str(recipe.loader), "arguments": recipe.arguments, "stacks": recipe.stacks}
        mode = ["again"] if again else []
        ours, theirs = os.pipe()
        self._answer = os.fdopen(ours, encoding="utf-8", errors="replace")
        self._process = subprocess.Popen(
            # -I: nothing from the user's own packages; -B: nothing is written beside the code
            [*cut_off(), sys.executable, "-I", "-B", str(_EXPORTER), json.dumps(request), str(theirs), *mode],
            cwd=tree,
            env={
                "HOME": str(temporary.home),
                "TMPDIR": str(temporary.own),
                **{name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            },
            stdin=subprocess.PIPE if again else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            pass_fds=[theirs],
            process_group=temporary.group,
        )
        os.close(theirs)

    def rendered(self, revision: str | None) -> Rendered:
        return read(self._answer, revision)

    def ask(self, packages: Collection[str]) -> None:
        """To be followed by `rendered`. The packages are imported anew."""
        assert self._process.stdin
        with suppress(BrokenPipeError):  # it has ended, and the answer says so
            self._process.stdin.write(f"{json.dumps(sorted(packages))}\n")
            self._process.stdin.flush()

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def close(self) -> None:
        """Once the process was ended with its group."""
        self._process.wait()
        self._answer.close()
        if self._process.stdin:
            self._process.stdin.close()


# It waits for the end of its input, which comes when the process that holds the other end closes it or dies, be it by
# SIGKILL. Then it removes the folder and ends its whole process group, itself included.
_KEEPER = 'trap "" HUP INT TERM; read -r _; rm -rf -- "$1"; kill -KILL 0'


@dataclass(frozen=True)
class Scratch:
    """The folder (0700), and the process group that ends with it. A ^C at the terminal does not reach the group."""

    folder: Path
    group: int

    @property
    def home(self) -> Path:
        """An empty home for what works in it."""
        return self.folder / "home"

    @property
    def own(self) -> Path:
        """A folder for its temporary files."""
        return self.folder / "tmp"


@contextmanager
def scratch() -> Iterator[Scratch]:
    folder = tempfile.mkdtemp(prefix="regionctl-revision-")
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", _KEEPER, "sh", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    try:
        made = Scratch(Path(folder), keeper.pid)
        made.home.mkdir()
        made.own.mkdir()
        yield made
    finally:
        keeper.communicate()


@dataclass(frozen=True, kw_only=True)
class RevisionDiff:
    """`results` has a plan, or why there is none, for each stack that was asked for and that a revision has.

    `stacks` are all of both revisions. `lacks`: how many commits the base has that the checkout has not.
    """

    base: Commit
    lacks: int
    stacks: tuple[str, ...]
    results: Mapping[str, Plan | RegionctlError]


Renders = Callable[[Path, Repository, Commit, Recipe], tuple[Rendered, Rendered]]


def diff(project: Path, revision: str, recipe: Recipe, renders: Renders = render_both) -> RevisionDiff:
    """What the checkout at `project` declares, uncommitted changes included, against a revision of its repository.

    Raises NoRepository, OutsideRepository, UnknownRevision, GitFailed; and SpecError, RevisionFailed or OtherLayout
    where one of the two cannot even make its programs.
    """
    repository = Repository.of(project)
    repository.holds(project / recipe.folder)
    base = repository.commit(revision)
    began = time.monotonic()
    old, new = renders(project, repository, base, recipe)
    took_s = time.monotonic() - began
    stacks = tuple(dict.fromkeys((*new.stacks, *old.stacks)))
    results = {name: _result(name, old, new) for name in stacks if name in new.facts or name in old.facts}
    return RevisionDiff(
        base=base,
        lacks=repository.lacks(base),
        stacks=stacks,
        results={
            name: replace(result, duration_s=took_s) if isinstance(result, Plan) else result
            for name, result in results.items()
        },
    )


def _result(stack: str, old: Rendered, new: Rendered) -> Plan | RegionctlError:
    before, after = old.declared.get(stack), new.declared.get(stack)
    for side in (after, before):
        if isinstance(side, RegionctlError):
            return side
    assert not isinstance(before, RegionctlError)
    assert not isinstance(after, RegionctlError)
    return compare(new.facts.get(stack) or old.facts[stack], before, after)
