"""The checkout against a revision: which code runs, what is left alone, and what is said where one cannot be told."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from regionctl.engine import Op, Plan, document
from regionctl.model.errors import RegionctlError
from regionctl.review.revision import (
    GitFailed,
    NoRepository,
    OtherLayout,
    OutsideRepository,
    RevisionFailed,
    UnknownRevision,
    UnreadableAnswer,
)
from regionctl.review.revision.answers import read
from regionctl.review.revision.confine import landlock_version
from regionctl.review.revision.diff import cut_off
from tests.revision.small import ROOT, Project, git, make_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return make_project(tmp_path)


def left_behind(project: Project) -> list[str]:
    """What lies in the folder for temporary files, and git's worktrees besides the checkout."""
    worktrees = project.git("worktree", "list").splitlines()[1:]
    return [*worktrees, *map(str, Path(os.environ["TMPDIR"]).iterdir())]


def error(project: Project, stack: str, revision: str = "main") -> RegionctlError:
    found = project.diff(revision).results[stack]
    assert isinstance(found, RegionctlError)
    return found


def test_a_change_of_the_code_shows_in_every_stack(project: Project) -> None:
    project.write("fleet.py", (project.root / "fleet.py").read_text().replace("REGIONAL", "GLOBAL"))
    assert project.ops() == {"prod.eu-west": {"vpc": Op.UPDATE}, "prod.us-east": {"vpc": Op.UPDATE}}


def test_what_is_no_python_is_told_at_its_line(project: Project) -> None:
    project.write("fleet.py", "x = 1\n= =\n")
    with pytest.raises(RevisionFailed, match=r"^fleet\.py:2: SyntaxError: invalid syntax$"):
        project.diff()


def test_uncommitted_and_untracked_files_count(project: Project) -> None:
    project.declare("us-east", vpc={"name": "main", "routingMode": "GLOBAL"})
    project.declare("ap-south", vpc={"name": "main"})
    assert project.ops() == {
        "prod.ap-south": {"vpc": Op.CREATE},
        "prod.eu-west": {},
        "prod.us-east": {"vpc": Op.UPDATE},
    }


def test_a_stack_that_is_gone_is_told_and_may_be_named(project: Project) -> None:
    (project.root / "specs" / "us-east.json").unlink()
    found = project.diff("main", "prod.us-east")
    assert list(found.results) == ["prod.us-east"]
    plan = found.results["prod.us-east"]
    assert isinstance(plan, Plan)
    assert plan.summary["delete"] == 1
    assert plan.diagnostics


def test_a_base_without_the_folder_has_no_stacks(project: Project) -> None:
    project.git("mv", "specs", "others")
    found = project.diff(folder="others")
    assert [plan.summary["create"] for plan in found.results.values() if isinstance(plan, Plan)] == [1, 1]


def test_a_project_below_the_root_of_its_repository_is_found_there(tmp_path: Path) -> None:
    project = make_project(tmp_path, "deploy/cloud")
    project.declare("us-east", vpc={"name": "other"})
    assert project.ops() == {"prod.eu-west": {}, "prod.us-east": {"vpc": Op.REPLACE}}


def test_nothing_of_the_users_is_touched_and_nothing_stays(project: Project) -> None:
    project.declare("us-east", vpc={"name": "other"})
    project.git("add", "specs")
    project.declare("eu-west", vpc={"name": "other"})
    git_folder = project.root / ".git"
    before = {path: path.stat().st_mtime_ns for path in sorted(git_folder.rglob("*"))}
    status = project.git("status", "--porcelain=v2", "--branch", "--ignored")
    index = (git_folder / "index").read_bytes()
    project.diff()
    assert {path: path.stat().st_mtime_ns for path in sorted(git_folder.rglob("*")) if path.name != "index"} == {
        path: time for path, time in before.items() if path.name != "index"
    }
    assert (git_folder / "index").read_bytes() == index
    assert project.git("status", "--porcelain=v2", "--branch", "--ignored") == status
    assert left_behind(project) == []


def test_no_hook_runs(project: Project) -> None:
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        file = project.root / ".git" / "hooks" / hook
        file.write_text(f"#!/bin/sh\ntouch '{project.root}/ran-{hook}'\n")
        file.chmod(0o755)
    project.diff()
    assert list(project.root.glob("ran-*")) == []


def test_a_submodule_is_left_out(project: Project) -> None:
    project.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},library")
    project.git("commit", "--quiet", "--message", "a submodule")
    assert project.ops() == {"prod.eu-west": {}, "prod.us-east": {}}


def test_inside_a_hook_git_looks_at_this_repository(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", str(project.root / "made-by-mistake"))
    assert set(project.ops()) == {"prod.eu-west", "prod.us-east"}
    assert not (project.root / "made-by-mistake").exists()


def test_a_sparse_checkout_has_a_whole_base(project: Project) -> None:
    project.git("sparse-checkout", "set", "--no-cone", "/*", "!/specs/us-east.json")
    assert project.ops()["prod.us-east"] == {"vpc": Op.DELETE}


def test_a_program_gets_nothing_of_the_environment(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "canary")
    project.append("import os\nDEFAULTS['description'] = ' '.join(sorted(os.environ))\n")
    found = project.diff().results["prod.eu-west"]
    assert isinstance(found, Plan)
    (change,) = found.changes[0].diff
    assert "GOOGLE" not in change.new
    assert "PATH" in change.new


def test_a_secret_of_a_program_is_never_told(project: Project) -> None:
    code = (project.root / "fleet.py").read_text()
    for canary in ("canary-1", "canary-2"):
        secret = f"'description': pulumi.Output.secret('{canary}')"
        project.write("fleet.py", code.replace("**inputs}", f"**inputs, {secret}}}"))
        if canary == "canary-1":
            project.commit()
    found = project.diff().results["prod.eu-west"]
    assert isinstance(found, Plan)
    assert [change.path for change in found.changes[0].diff] == ["description"]
    assert "canary" not in repr(found) + json.dumps(document([found], same=True))


def test_each_revision_runs_its_own_code_and_its_own_renderer(project: Project) -> None:
    """A module that is gone from the checkout is there for the base, and one that is new is not."""
    code = (project.root / "fleet.py").read_text()
    for name, age in (("names", "old"), ("titles", "new")):
        project.write(f"{name}.py", f"NAME = '{age}'\n")
        project.write("regionctl/__init__.py", f"AGE = '{age}'\n")
        project.write("fleet.py", f"import regionctl, {name}\n{code}")
        project.append(f"DEFAULTS['description'] = {name}.NAME + ' by the ' + regionctl.AGE\n")
        if age == "old":
            project.commit()
            (project.root / f"{name}.py").unlink()
    found = project.diff().results["prod.eu-west"]
    assert isinstance(found, Plan)
    assert [(change.old, change.new) for change in found.changes[0].diff] == [("old by the old", "new by the new")]


def test_a_program_that_fails_in_the_base_is_named_with_revision_file_and_line(project: Project) -> None:
    good = (project.root / "specs" / "us-east.json").read_text()
    project.write("specs/us-east.json", '{"vpc": 3}')
    project.commit()
    project.write("specs/us-east.json", good)
    found = error(project, "prod.us-east")
    assert isinstance(found, RevisionFailed)
    assert found.revision == "main"
    assert str(found.where).startswith("main:fleet.py:")
    assert "prod.us-east: the program failed" in found.what
    assert isinstance(project.diff().results["prod.eu-west"], Plan)
    assert left_behind(project) == []


def test_a_program_that_fails_in_the_checkout_is_named_with_file_and_line(project: Project) -> None:
    project.write("specs/us-east.json", '{"vpc": 3}')
    found = error(project, "prod.us-east")
    assert isinstance(found, RevisionFailed)
    assert found.revision is None
    assert str(found.where).startswith("fleet.py:")


def test_what_a_program_says_in_half_a_character_is_written_out(project: Project) -> None:
    """As the name of a file that is no UTF-8: JSON has no such text."""
    project.append("def run(spec):\n    raise LookupError('no file caf\\udce9, \\U0001f600')\n")
    found = error(project, "prod.us-east")
    assert isinstance(found, RevisionFailed)
    assert "no file caf\\udce9, \U0001f600" in found.what


def test_a_base_whose_specs_cannot_be_read_is_one_line(project: Project) -> None:
    project.write("specs/us-east.json", "{")
    project.commit()
    project.declare("us-east", vpc={})
    with pytest.raises(RevisionFailed) as failed:
        project.diff("HEAD")
    assert failed.value.revision == "HEAD"
    assert "JSONDecodeError" in failed.value.what


def test_a_base_of_another_layout_is_one_line(project: Project) -> None:
    project.git("mv", "fleet.py", "company.py")
    project.commit()
    project.git("mv", "company.py", "fleet.py")
    with pytest.raises(OtherLayout) as failed:
        project.diff("HEAD")
    assert "No module named 'fleet'" in str(failed.value)


def test_a_base_with_another_renderer_is_one_line(project: Project) -> None:
    code = project.root / "regionctl" / "model" / "declaration.py"
    code.write_text(code.read_text().replace("property_dependencies", "dependencies_by_property"))
    monitor = project.root / "regionctl" / "render" / "monitor.py"
    monitor.write_text(monitor.read_text().replace("property_dependencies=", "dependencies_by_property="))
    project.commit()
    project.git("checkout", "--quiet", "HEAD~1", "--", ".")
    found = error(project, "prod.eu-west")
    assert isinstance(found, OtherLayout)
    assert "property_dependencies" in str(found)


@pytest.mark.parametrize("revision", ["nowhere", "-n", "main:fleet.py", ""])
def test_a_revision_that_is_none_is_refused(project: Project, revision: str) -> None:
    with pytest.raises(UnknownRevision):
        project.diff(revision)


def test_a_folder_outside_of_the_repository_is_refused(project: Project, tmp_path: Path) -> None:
    with pytest.raises(OutsideRepository):
        project.diff(folder="../elsewhere")


def test_a_folder_without_a_repository_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.root.parent))
    (project.root / ".git").rename(project.root.parent / "moved.git")
    with pytest.raises(NoRepository):
        project.diff()


def test_a_damaged_repository_is_one_line(project: Project) -> None:
    tree = project.git("rev-parse", "HEAD^{tree}").strip()
    (project.root / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(GitFailed):
        project.diff()
    assert left_behind(project) == []


@pytest.mark.parametrize("named", ["branch", "commit"])
def test_a_shallow_clone_says_the_command_that_gets_the_revision(project: Project, tmp_path: Path, named: str) -> None:
    first = project.git("rev-parse", "HEAD").strip()
    project.git("checkout", "--quiet", "-b", "change")
    project.declare("us-east", vpc={"name": "other"})
    project.commit()
    clone = tmp_path / "clone"
    url = f"file://{project.root}"
    git(tmp_path, "clone", "--quiet", "--depth", "1", "--branch", "change", url, str(clone))
    shallow = Project(clone, clone, project.loader)
    revision = "origin/main" if named == "branch" else first
    with pytest.raises(UnknownRevision) as failed:
        shallow.diff(revision)
    assert failed.value.hint is not None
    command = failed.value.hint.partition("run: git ")[2].split()
    assert command[:3] == ["fetch", "--depth", "1"]
    git(clone, *command)
    assert shallow.ops(revision) == {"prod.eu-west": {}, "prod.us-east": {"vpc": Op.REPLACE}}


@pytest.mark.parametrize("back", ["HEAD~1", "HEAD^", "HEAD~2", "HEAD^~1", "HEAD~"])
def test_a_shallow_clone_says_how_to_get_an_ancestor(project: Project, tmp_path: Path, back: str) -> None:
    for _ in range(3):
        project.commit()
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{project.root}", str(clone))
    shallow = Project(clone, clone, project.loader)
    with pytest.raises(UnknownRevision) as failed:
        shallow.diff(back)
    assert failed.value.hint is not None
    git(clone, *failed.value.hint.partition("run: git ")[2].split())
    assert shallow.ops(back) == {"prod.eu-west": {}, "prod.us-east": {}}


def test_a_checkout_of_another_user_is_told_with_gits_own_way_on(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own switch for its tests (setup.c)
    with pytest.raises(NoRepository) as failed:
        project.diff()
    assert failed.value.hint == f"run: git config --global --add safe.directory {project.root}"


def test_a_branchs_code_gets_no_credentials_and_a_home_of_its_own(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "canary")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/canary.json")
    own = str(Path.home())
    project.append(
        "import os\ndef run(spec):\n    raise LookupError(sorted(os.environ), Path.home(), *Path.home().iterdir())\n"
    )
    said = str(error(project, "prod.eu-west"))
    assert "PATH" in said
    assert "GITHUB_TOKEN" not in said
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in said
    assert f"'{own}'" not in said
    assert said.count("Path(") == 1  # the home, and nothing in it


def wait_until_nobody_reads(pipe_end: io.RawIOBase) -> None:
    """A write of more than a pipe holds waits for as long as somebody could read it. Where the last who could goes away
    meanwhile, it ends with less than was to be written, and the next one is refused."""
    with pytest.raises(BrokenPipeError):
        pipe_end.writelines(b"." * 100_000 for _ in range(2))


needs_namespaces = pytest.mark.skipif(not cut_off(), reason="this system gives no namespaces to this user")


@needs_namespaces
def test_a_branchs_code_reaches_no_network(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        project.append("import socket\ndef run(spec):\n")
        project.append(f"    socket.create_connection(('127.0.0.1', {port}), timeout=5)\n")
        assert "Error: [Errno" in str(error(project, "prod.eu-west"))
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()


@needs_namespaces
def test_what_a_branchs_code_leaves_running_in_a_session_of_its_own_ends_with_it(project: Project) -> None:
    pipe = project.root.parent / "pipe"
    os.mkfifo(pipe)
    project.append(
        f"import os, time\nif os.fork() == 0:\n    os.setsid()\n"
        f"    held = open({str(pipe)!r}, 'rb')\n    time.sleep(600)\n"
    )
    with ThreadPoolExecutor(1) as writer:
        opened = writer.submit(pipe.open, "wb", 0)  # waits for somebody to read
        project.diff("HEAD")
        with opened.result(timeout=60) as pipe_end:
            wait_until_nobody_reads(pipe_end)


@pytest.mark.skipif(not landlock_version(), reason="this kernel has no Landlock, or not for this user")
def test_a_branchs_code_writes_nothing_elsewhere_and_reaches_no_process_by_a_file(project: Project) -> None:
    victim = project.root.parent / "victim"
    victim.write_text("whole", encoding="utf-8")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(project.root.parent / "socket"))
        listening.listen()
        tries = [
            f"open({str(victim)!r}, 'a')",
            f"os.truncate({str(victim)!r}, 0)",
            f"os.remove({str(victim)!r})",
            f"os.rename({str(victim)!r}, {str(victim) + '-else'!r})",
            f"os.mkdir({str(victim) + '-folder'!r})",
            f"os.symlink('/', {str(project.root / 'link')!r})",
            f"os.system('echo gone > ' + {str(victim)!r}) == 0 or os.open('', 0)",
            f"socket.socket(socket.AF_UNIX).connect({listening.getsockname()!r})",
        ]
        lines = "".join(
            f"    try:\n        {one}\n        done.append({one!r})\n    except OSError:\n        pass\n"
            for one in tries
        )
        project.append(
            "import os, socket, tempfile\ndef run(spec):\n    done = []\n"
            + lines
            + "    with tempfile.NamedTemporaryFile() as own:\n"
            "        own.write(b'x')\n    raise LookupError('done:', done)\n"
        )
        assert "done:', [])" in str(error(project, "prod.eu-west"))
    assert victim.read_text(encoding="utf-8") == "whole"
    assert not (project.root / "link").is_symlink()


def test_what_the_base_has_and_the_checkout_has_not_is_counted(project: Project) -> None:
    project.git("checkout", "--quiet", "-b", "change")
    assert project.diff().lacks == 0
    project.git("checkout", "--quiet", "main")
    project.commit()
    project.git("checkout", "--quiet", "change")
    assert project.diff().lacks == 1


@pytest.mark.parametrize(
    "lines", [["no json"], ["[]"], ['{"format": 2}'], ['{"format": 1, "stacks": []}', "{}"], ["[" * 100_000]]
)
def test_an_answer_that_is_none_is_refused(lines: Sequence[str]) -> None:
    with pytest.raises(UnreadableAnswer) as refused:
        read(lines, "main")
    assert refused.value.where == "main"


@pytest.mark.parametrize("lines", [[], ['{"format": 1, "stacks": ["prod.a"]}']])
def test_an_answer_that_ends_too_soon_is_not_taken_for_all(lines: Sequence[str]) -> None:
    with pytest.raises(RevisionFailed):
        read(lines, "main")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_stays_where_the_command_is_interrupted(project: Project, stop: signal.Signals) -> None:
    """Each program holds the reading end of a pipe of its own until it is ended."""
    pipes = [project.root.parent / name for name in ("base", "head")]
    for pipe in pipes:
        os.mkfifo(pipe)
    here = f"os.getcwd() == {str(project.root)!r}"
    project.append(f"import os, threading\nheld = open({[str(pipe) for pipe in pipes]!r}[{here}], 'rb')\n")
    project.append("threading.Event().wait()\n")
    project.commit()
    # A shell that starts something in the background lets it ignore SIGINT, and that is passed on.
    script = (
        "import signal, sys; from pathlib import Path; from tests.revision.small import Project;"
        "signal.signal(signal.SIGINT, signal.default_int_handler); Project(*map(Path, sys.argv[1:])).diff('HEAD')"
    )
    paths = [str(path) for path in (project.root, project.top, project.loader)]
    running = subprocess.Popen([sys.executable, "-c", script, *paths], cwd=ROOT, stderr=subprocess.DEVNULL)
    with pipes[0].open("wb", 0) as base, pipes[1].open("wb", 0) as head:  # each waits for somebody to read
        running.send_signal(stop)
        assert running.wait() != 0
        wait_until_nobody_reads(base)
        wait_until_nobody_reads(head)
    assert left_behind(project) == []
