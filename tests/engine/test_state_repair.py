"""`state repair`: the newest whole state that there is, what is lost, and no command that names itself for ever."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from regionctl.engine.state.repair import NoWholeState
from regionctl.model.errors import EngineError
from tests.engine.conftest import Toy, program
from tests.engine.toy import Thing

pytestmark = pytest.mark.engine


def things(*names: str) -> Callable[[], None]:
    def run() -> None:
        for name in names:
            Thing(name)

    return run


def checkpoint(toy: Toy) -> Path:
    path = toy.engine.workspace.checkpoint(program(things()))
    assert path is not None
    return path


def all_kept(toy: Toy) -> list[Path]:
    """The state, its backup, and whatever else Pulumi keeps, the newest last."""
    state = toy.engine.workspace.state_dir
    assert state is not None
    kept = [*state.rglob("test.one.*.json"), *state.rglob("*.checkpoint.json")]
    return [*kept, checkpoint(toy).with_name("test.one.json.bak"), checkpoint(toy)]


def cut_off(*paths: Path) -> None:
    """As a full disk leaves them."""
    for path in paths:
        path.write_bytes(path.read_bytes()[:-200])


def repair(toy: Toy) -> tuple[str, ...]:
    return toy.engine.repair_state(program(things()))


def names(toy: Toy) -> list[str]:
    """In alphabetic order: nothing says which of two comes first in a state."""
    return sorted(resource.name for resource in toy.engine.state(program(things())).resources)


@pytest.mark.parametrize("also", [False, True], ids=["state and backup", "all that the last update wrote"])
def test_where_state_and_backup_are_cut_off_the_newest_whole_one_is_taken_and_what_is_lost_is_said(
    toy: Toy, also: bool
) -> None:
    toy.up(things("first"))
    toy.up(things("first", "second"))
    *others, backup, state = all_kept(toy)
    cut_off(backup, state, *(path for path in others if also and b"::second" in path.read_bytes()))
    said = "\n".join(repair(toy))
    assert "took the state of 20" in said
    assert ("second" in said) is also  # what the damaged file says and the one before the last update does not
    assert names(toy) == (["first", "second"] if not also else ["first"])
    assert state.with_name("test.one.json.damaged").exists()


def test_where_none_is_whole_the_first_resources_of_one_are_taken(toy: Toy) -> None:
    """A disk that fills up in a first run leaves nothing else."""
    toy.up(things("first", "second", "third"))
    cut_off(*all_kept(toy))
    said = "\n".join(repair(toy))
    assert "took what is whole of the state" in said
    assert "lost since then" in said
    assert 1 <= len(names(toy)) < 3
    (lost,) = {"first", "second", "third"} - set(names(toy))
    assert lost in said


def test_a_state_that_no_whole_one_is_left_of_says_so_once_and_what_then(toy: Toy) -> None:
    toy.up(things("first"))
    paths = all_kept(toy)
    for path in paths:
        path.write_bytes(path.read_bytes()[:60])
    before = paths[-1].read_bytes()
    with pytest.raises(NoWholeState) as error:
        repair(toy)
    assert len(error.value.looked_at) == len(paths) - 1
    assert "state repair" not in str(error.value)
    assert "state import" in str(error.value)
    assert paths[-1].read_bytes() == before


def test_an_exported_state_is_imported_in_place_of_a_damaged_one(toy: Toy) -> None:
    toy.up(things("first"))
    exported = toy.engine.export_state(program(things()))
    cut_off(checkpoint(toy))
    toy.engine.import_state(program(things()), exported)
    assert names(toy) == ["first"]
    assert toy.diff(things("first")).changes == ()


@pytest.mark.parametrize("document", ["", "{", "[]", '{"version": 3, "deployment": {"resources": 3}}', "[" * 100_000])
def test_what_is_no_state_takes_the_place_of_none(toy: Toy, document: str) -> None:
    toy.up(things("first"))
    cut_off(checkpoint(toy))
    before = checkpoint(toy).read_bytes()
    with pytest.raises(EngineError, match="not a state"):
        toy.engine.import_state(program(things()), document)
    assert checkpoint(toy).read_bytes() == before


def test_a_folder_in_the_place_of_a_state_is_told_and_set_aside(toy: Toy) -> None:
    toy.up(things("first"))
    checkpoint(toy).unlink()
    checkpoint(toy).mkdir()
    with pytest.raises(EngineError, match="it is a folder"):
        toy.engine.state(program(things()))
    repair(toy)
    assert names(toy) == ["first"]


def test_a_state_that_only_the_engine_refuses_is_not_offered_again(toy: Toy) -> None:
    toy.up(things("first"))
    state = json.loads(checkpoint(toy).read_text())
    state["checkpoint"]["latest"]["resources"][-1]["created"] = "not a time"
    checkpoint(toy).write_text(json.dumps(state))
    assert "took the state of" in "\n".join(repair(toy))
    assert toy.up(things("first", "second")).error is None


def test_two_repairs_keep_both_damaged_states(toy: Toy) -> None:
    toy.up(things("first"))
    for _ in range(2):
        cut_off(checkpoint(toy))
        repair(toy)
    aside = sorted(path.name for path in checkpoint(toy).parent.glob("*.damaged*"))
    assert aside == ["test.one.json.damaged", "test.one.json.damaged-2"]


def test_where_nothing_is_damaged_nothing_is_restored(toy: Toy) -> None:
    toy.up(things("first"))
    before = shutil.copyfile(checkpoint(toy), toy.folder / "before").read_bytes()
    repair(toy)
    assert not list(checkpoint(toy).parent.glob("*.damaged*"))
    assert json.loads(before)["checkpoint"]["latest"]["resources"]
