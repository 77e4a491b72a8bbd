"""`--watch` on a terminal and without one: what is saved is rendered, what is broken is told, a ^C ends it."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from regionctl.system.saved import Saved
from tests.revision.small import git

ROOT = Path(__file__).parents[2]
CODE = ("cli", "components", "fleet", "regions", "stacks")
WATCHES = "^C ends it"
# The first terminal that a session's leader opens is the session's: a ^C there is a SIGINT here.
# A shell's job in the background is born with ^C ignored, and so are the tests that it runs and what they start.
HEEDS_CTRL_C = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
OWNS_TERMINAL = "os.close(os.open(os.ttyname(0), os.O_RDWR)); "
BECOMES = "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"


@dataclass
class Watching:
    """A command that watches a checkout of its own, and what it printed and nobody read yet."""

    process: subprocess.Popen[bytes]
    output: int  # what it prints
    folder: Path
    _left: str = ""

    def until(self, text: str) -> str:
        """What it prints up to the text."""
        while text not in self._left:
            try:
                read = os.read(self.output, 65_536)
            except OSError:  # the terminal's other end is closed
                read = b""
            if not read:
                raise AssertionError(f"it ended without {text!r}:\n{self._left[-3000:]}")
            self._left += read.decode()
        before, _, self._left = self._left.partition(text)
        return before

    def save(self, name: str, old: str, new: str) -> str:
        """Edits a file as an editor does, and gives the next screen."""
        path = self.folder / name
        beside = path.with_name(f".{path.name}.swap")
        beside.write_text(path.read_text().replace(old, new))
        beside.replace(path)
        return self.until(WATCHES)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    for name in CODE:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("regionctl", "worker", "Pulumi.yaml"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def started(folder: Path, *args: str, out: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "TERM": "xterm", "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("NO_COLOR", None)
    on_terminal = os.isatty(out)
    return subprocess.Popen(
        [sys.executable, "-c", HEEDS_CTRL_C + OWNS_TERMINAL * on_terminal + BECOMES, "-m", "cli.app", *args],
        cwd=folder,
        env=environment,
        stdin=out if on_terminal else subprocess.DEVNULL,
        stdout=out,
        stderr=out,
        start_new_session=True,
    )


@pytest.fixture
def on_terminal(checkout: Path) -> Iterator[Watching]:
    """`show eu-west cache-instance --watch`, on a terminal of its own."""
    ours, theirs = pty.openpty()
    process = started(checkout, "show", "eu-west", "cache-instance", "--watch", out=theirs)
    try:
        yield Watching(process, ours, checkout)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)


def test_what_is_saved_is_rendered_and_what_is_broken_is_told_until_a_ctrl_c(on_terminal: Watching) -> None:
    before = termios.tcgetattr(on_terminal.output)
    assert "europe-west1" in on_terminal.until(WATCHES)

    spec, component = "regions/prod/eu-west.yaml", "components/cache.py"
    other = on_terminal.save(spec, "location: europe-west1 ", "location: europe-west4 ")
    assert "europe-west4" in other
    assert "\x1b[2J" in other  # at the top of an empty screen

    broken = on_terminal.save(spec, "jurisdiction: eu", "jurisdiction: [eu")
    assert [line for line in broken.splitlines() if "Error: " in line and "eu-west.yaml:" in line]
    assert "Traceback" not in broken
    assert "europe-west4" in on_terminal.save(spec, "jurisdiction: [eu", "jurisdiction: eu")

    assert "hours: 17" in on_terminal.save(
        component, "maintenance_hour_utc: Input[int] = 4", "maintenance_hour_utc: int = 17"
    )
    wrong = on_terminal.save(component, "= 17", "= = 17")
    assert len([line for line in wrong.splitlines() if "Error: " in line and "cache.py" in line]) == 1
    assert "Traceback" not in wrong
    assert "hours: 18" in on_terminal.save(component, "= = 17", "= 18")

    os.write(on_terminal.output, b"\x03")
    assert on_terminal.process.wait() == 130
    assert termios.tcgetattr(on_terminal.output) == before


def test_without_a_terminal_each_rendering_follows_the_one_before(checkout: Path) -> None:
    ours, theirs = os.pipe()
    process = started(checkout, "show", "eu-west", "cache-instance", "--watch", out=theirs)
    os.close(theirs)
    watching = Watching(process, ours, checkout)
    try:
        first = watching.until(WATCHES)
        second = watching.save("regions/prod/eu-west.yaml", "location: europe-west1 ", "location: europe-west4 ")
        assert ("europe-west1" in first, "europe-west4" in second) == (True, True)
        assert "\x1b" not in first + second
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        with pytest.raises(AssertionError, match="it ended without"):
            watching.until("Error")
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_a_comparison_with_a_revision_follows_what_is_saved(checkout: Path) -> None:
    git(checkout, "init", "--quiet", "--initial-branch=main")
    git(checkout, "add", "--all")
    git(checkout, "commit", "--quiet", "--message", "base")
    ours, theirs = os.pipe()
    process = started(checkout, "diff", "eu-west", "--base", "main", "--watch", out=theirs)
    os.close(theirs)
    watching = Watching(process, ours, checkout)
    try:
        assert "nothing to do" in watching.until(WATCHES)
        hour = ("maintenance_hour_utc: Input[int] = 4", "maintenance_hour_utc: Input[int] = 5")
        assert "hours: 4 -> 5" in watching.save("components/cache.py", *hour)
        moved = watching.save("regions/prod/eu-west.yaml", "location: europe-west1 ", "location: europe-west4 ")
        assert "a defect" not in moved
        assert "location: europe-west1 -> europe-west4" in moved
        broken = watching.save("components/cache.py", hour[1], "= =")
        assert "cache.py, line" in broken
        assert "Traceback" not in broken
        assert "hours: 4 -> 5" in watching.save("components/cache.py", "= =", hour[1])
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_what_is_written_made_and_removed_is_told(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.py", "c.txt", "__pycache__/d.py", ".git/e.py", "below/f.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    saved = Saved([tmp_path, tmp_path / "nowhere"])
    assert len(saved) == 3
    (tmp_path / "a.yaml").write_text("more")
    (tmp_path / "b.py").unlink()
    (tmp_path / "below" / "g.json").write_text("")
    (tmp_path / "c.txt").write_text("more")
    assert {path.name for path in saved.wait()} == {"a.yaml", "b.py", "g.json"}
