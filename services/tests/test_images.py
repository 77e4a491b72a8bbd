"""The images: what their files say, and what it makes in an environment that has nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.postgres import MIGRATE, Server, TestDatabase

SERVICES = Path(__file__).resolve().parents[1]
FLEET = SERVICES.parent / "regions" / "prod" / "fleet.yaml"
OF = ("auth", "product")


@dataclass(frozen=True)
class Stage:
    """Of a Dockerfile: FROM `base` AS `name`, and what follows."""

    base: str
    name: str
    steps: tuple[tuple[str, str], ...]

    def all(self, instruction: str) -> list[str]:
        return [rest for word, rest in self.steps if word == instruction]


def stages(of: str) -> list[Stage]:
    lines = (SERVICES / of / "Dockerfile").read_text(encoding="utf-8").splitlines()
    words = [line.split(None, 1) for line in lines if line and not line.startswith("#")]
    found: list[Stage] = []
    for word, rest in words:
        if word == "FROM":
            base, _, name = rest.split()
            found.append(Stage(base, name, ()))
        elif found:
            found[-1] = Stage(found[-1].base, found[-1].name, (*found[-1].steps, (word, rest)))
    return found


def program(stage: Stage) -> str:
    """The module of CMD ["python", "-m", MODULE]."""
    [command] = stage.all("CMD")
    python, flag, module = json.loads(command)
    assert (python, flag) == ("python", "-m")
    return str(module)


@pytest.mark.parametrize("of", OF)
def test_an_image_is_built_on_what_is_pinned_and_runs_as_nobody(of: str) -> None:
    known = {"${BASE}"}
    for stage in stages(of):
        assert stage.base in known
        known.add(stage.name)
    [run] = [stage for stage in stages(of) if stage.name == "run"]
    assert run.all("USER") == ["65532:65532"]
    targets = [stage for stage in stages(of) if stage.base == "run"]
    assert all(stage.all("USER") == stage.all("RUN") == stage.all("COPY") == [] for stage in targets)


def test_there_is_an_image_for_everything_that_a_release_names() -> None:
    releases = [
        set(re.findall(r"^ +([a-z]+): sha256:", part, re.MULTILINE))
        for part in re.findall(r"release:\n((?: +[a-z]+: sha256:.*\n)+)", FLEET.read_text(encoding="utf-8"))
    ]
    assert releases == [{stage.name for stage in stages(of) if stage.base == "run"} for of in OF]


def test_what_runs_is_locked_to_what_is_tested() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9._-]+(?:\[[a-z,]+\])?==\S+)", (SERVICES / name).read_text(), re.MULTILINE))

    runtime, tested = pins("runtime.lock"), pins("requirements.lock")
    assert runtime <= tested
    [declared] = re.findall(
        r"^dependencies = \[\n(.*?)^\]", (SERVICES / "pyproject.toml").read_text(), re.MULTILINE | re.DOTALL
    )
    assert {re.sub(r"\[.*\]", "", pin) for pin in re.findall(r'"([^"]+==[^"]+)"', declared)} <= {
        re.sub(r"\[.*\]", "", pin) for pin in runtime
    }


class Clean:
    """What an image holds, at another place than /: the same commands, with nothing of this environment."""

    def __init__(self, of: str, folder: Path, done: set[str]) -> None:
        """`done`: commands on the environment alone that another image has run; both have the same one."""
        self._of, self._done, self._venv, self._app = of, done, folder / "venv", folder / of
        self._app.mkdir()

    def build(self) -> None:
        [build] = [stage for stage in stages(self._of) if stage.name == "build"]
        for word, rest in build.steps:
            match word:
                case "WORKDIR":
                    assert rest == "/app"
                case "COPY":
                    source, target = rest.split()
                    self._copy(SERVICES / source, self._app / target)
                case "RUN":
                    self._run(rest)
                case _:
                    raise AssertionError(f"{word} is not known here")

    def _copy(self, source: Path, target: Path) -> None:
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)

    def _run(self, command: str) -> None:
        if command in self._done:
            return
        self._done.add(command)
        here = command.replace("/venv", str(self._venv)).replace("--no-cache-dir ", "")
        path = f"{Path(sys.executable).resolve().parent}:/usr/bin:/bin"
        environment = {"PATH": path, **{name: os.environ[name] for name in ("HOME", *_PIP) if name in os.environ}}
        done = subprocess.run(
            ["/bin/sh", "-c", here],
            cwd=self._app,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if "No matching distribution" in done.stderr and os.environ.get("CI") != "true":
            pytest.skip("no package index is in reach")
        assert done.returncode == 0, f"{here}: {done.stderr}"

    async def start(self, module: str, environment: dict[str, str]) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            str(self._venv / "bin" / "python"),
            "-m",
            module,
            cwd=self._app,
            env={"PATH": "/usr/bin:/bin", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return process.returncode or 0, output.decode()


_PIP = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CONFIG_FILE", "PIP_CERT", "SSL_CERT_FILE", "HTTPS_PROXY")


@pytest.mark.timeout(600)
async def test_its_commands_make_programs_that_need_nothing_else(
    tmp_path: Path, server: Server, empty_database: TestDatabase
) -> None:
    done: set[str] = set()
    for of in OF:
        clean = Clean(of, tmp_path, done)
        clean.build()
        for stage in stages(of):
            if stage.base == "run":
                # Each says which settings it lacks, which it can only once all of it is imported.
                code, output = await clean.start(program(stage), {})
                assert code == 1
                assert "validation error" in output, output
        environment = {**empty_database.environment(MIGRATE), "DATABASE_ACCOUNTS": "{}"}
        code, output = await clean.start(f"{of}.migrate", environment)
        assert (code, json.loads(output.splitlines()[-1])["message"]) == (0, "migrated")
