"""Comparing again and again: quick, since what does not change is rendered and imported once; true, since what does is
not."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from regionctl.engine import Plan
from regionctl.review.revision import Kept, RevisionFailed, kept
from tests.revision.small import Project, make_project

# Another one each time that it is imported.
ONCE = "import uuid\nTOKEN = uuid.uuid4().hex\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    project = make_project(tmp_path)
    project.write("once.py", ONCE)
    project.append("from once import TOKEN\nDEFAULTS['description'] = TOKEN\n")
    project.commit()
    return project


def changes(project: Project, revisions: Kept) -> dict[str, tuple[object, object]]:
    """What of the network of eu-west changes."""
    result = revisions.diff(project.root, "main", project.recipe("prod.eu-west")).results["prod.eu-west"]
    assert isinstance(result, Plan), result
    return {change.path: (change.old, change.new) for step in result.changes for change in step.diff}


def test_what_is_saved_is_compared_and_all_else_is_imported_once(project: Project) -> None:
    with kept() as revisions:
        revisions.prepare(project.root, "main", project.recipe("prod.eu-west"))
        first = changes(project, revisions)
        assert set(first) == {"description"}
        project.declare("eu-west", vpc={"name": "main", "mtu": 1500})
        assert changes(project, revisions)["mtu"] == (None, 1500)
        revisions.packages = ("fleet",)
        project.write("fleet.py", (project.root / "fleet.py").read_text().replace("REGIONAL", "GLOBAL"))
        after = changes(project, revisions)
        assert after["routingMode"] == ("REGIONAL", "GLOBAL")
        assert after["description"] == first["description"]  # neither of the two was imported again


def test_what_is_broken_is_told_and_what_is_mended_compared(project: Project) -> None:
    whole = (project.root / "fleet.py").read_text()
    project.write("fleet.py", "= =")
    with kept() as revisions:
        revisions.packages = ("fleet",)
        with pytest.raises(RevisionFailed):
            revisions.prepare(project.root, "main", project.recipe("prod.eu-west"))
        assert not revisions.stale
        project.write("fleet.py", whole)
        mended = changes(project, revisions)
        assert changes(project, revisions) == mended
        project.append("raise ValueError('no')\n")
        with pytest.raises(RevisionFailed, match="ValueError: no"):
            changes(project, revisions)
        project.write("fleet.py", whole)
        assert changes(project, revisions) == mended


def test_a_branch_that_moves_is_rendered_again(project: Project) -> None:
    recipe = project.recipe("prod.eu-west")
    with kept() as revisions:
        before = revisions.stale
        revisions.prepare(project.root, "main", recipe)
        prepared = revisions.stale
        project.declare("eu-west", vpc={"name": "main", "mtu": 1500})
        project.commit()
        assert (before, prepared, revisions.stale) == (True, False, True)
        assert "mtu" not in changes(project, revisions)
        revisions.prepare(project.root, "main", recipe)
        assert "mtu" not in changes(project, revisions)


def test_specs_that_are_gone_declare_nothing(project: Project) -> None:
    with kept() as revisions:
        revisions.prepare(project.root, "main", project.recipe("prod.eu-west"))
        (project.root / "specs").rename(project.root / "others")
        result = revisions.diff(project.root, "main", project.recipe("prod.eu-west")).results["prod.eu-west"]
        assert isinstance(result, Plan)
        assert result.summary["delete"] == 1


def test_nothing_is_left_behind(project: Project) -> None:
    with kept() as revisions:
        revisions.prepare(project.root, "main", project.recipe("prod.eu-west"))
        assert list(Path(os.environ["TMPDIR"]).iterdir())
    assert list(Path(os.environ["TMPDIR"]).iterdir()) == []
