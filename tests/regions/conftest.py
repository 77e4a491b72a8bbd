"""A fleet of one's own in the current directory, to break."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from regionctl.model.errors import Problem, SpecError
from regions.load import Fleet, load_fleet

SHIPPED = Path(__file__).parents[2] / "regions"


@dataclass(frozen=True)
class Folder:
    """The folder `regions/prod` of the current directory, a copy of the shipped one."""

    path: Path

    def write(self, file: str, content: str | bytes) -> None:
        data = content.encode() if isinstance(content, str) else content
        (self.path / file).write_bytes(data)

    def replace(self, file: str, old: str, new: str) -> None:
        text = (self.path / file).read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        self.write(file, text.replace(old, new))

    def append(self, file: str, text: str) -> None:
        self.write(file, (self.path / file).read_text() + text)

    def line_of(self, file: str, text: str) -> int:
        lines = (self.path / file).read_text().splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    def load(self) -> Fleet:
        return load_fleet(Path("regions"), "prod")

    def problems(self) -> list[Problem]:
        with pytest.raises(SpecError) as error:
            self.load()
        return error.value.problems

    def problem(self) -> Problem:
        problems = self.problems()
        assert len(problems) == 1, "\n".join(map(str, problems))
        return problems[0]


@pytest.fixture
def prod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    shutil.copytree(SHIPPED / "prod", tmp_path / "regions" / "prod")
    monkeypatch.chdir(tmp_path)
    return Folder(tmp_path / "regions" / "prod")
