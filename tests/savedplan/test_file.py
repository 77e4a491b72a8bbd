"""The file of a saved plan: what is written is read again, and anything else is told apart."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regionctl.review.savedplan import (
    DamagedPlan,
    NotSaved,
    OtherVersion,
    SavedPlan,
    TamperedPlan,
    fingerprint_key,
    read,
    sealed,
    verify,
    write,
)
from tests.savedplan.plans import plans, saved

KEY = b"k" * 32


@given(plans)
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, plan: SavedPlan) -> None:
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    write(path, sealed(plan, KEY))
    again = read(path)
    assert again == sealed(plan, KEY)
    verify(again, KEY, str(path))


def leaves(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(document, dict):
        return [leaf for key, value in document.items() for leaf in leaves(value, (*path, key))]
    if isinstance(document, list):
        return [leaf for index, value in enumerate(document) for leaf in leaves(value, (*path, index))]
    return [path]


def replaced(document: Any, path: tuple[Any, ...], value: object) -> Any:
    copy = json.loads(json.dumps(document))
    inner = copy
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    return copy


@given(plans, st.data())
def test_no_value_can_be_changed_unseen(plan: SavedPlan, data: st.DataObject) -> None:
    document = sealed(plan, KEY).model_dump(mode="json")
    path = data.draw(st.sampled_from(leaves(document)))
    try:
        changed = SavedPlan.model_validate(replaced(document, path, "changed by somebody"))
    except ValueError:
        return  # not even the form of a plan
    with pytest.raises(TamperedPlan):
        verify(changed, KEY, "plan.json")


def test_another_key_does_not_verify() -> None:
    with pytest.raises(TamperedPlan):
        verify(sealed(saved(), KEY), b"o" * 32, "plan.json")


def test_a_fingerprint_is_not_made_with_the_key_of_the_code() -> None:
    assert fingerprint_key(KEY) != KEY


def test_the_file_is_private_and_takes_the_place_of_another(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")
    path.chmod(0o644)
    write(path, saved())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["plan.json"]


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing" / "plan.json"):
        with pytest.raises(NotSaved):
            write(path, saved())


@given(st.data())
def test_a_truncated_file_is_no_plan(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    write(path, saved())
    whole = path.read_bytes().rstrip()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(DamagedPlan):
        read(path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b"{", "line 1, column 1: EOF while parsing an object"),
        (b"\xff\xfe", "it is no text"),
        (b"[]", "it says nothing of a saved plan"),
        (b"[" * 100_000, "it is nested too deep"),
        (b'{"kind": "saved-plan", "version": 1}', "fleet: field required"),
    ],
)
def test_what_is_no_plan_says_why(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(DamagedPlan) as refused:
        read(path)
    assert refused.value.why == why


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(DamagedPlan) as refused:
        read(tmp_path / "plan.json")
    assert refused.value.why == "there is no such file"


def test_another_version_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({**saved().model_dump(mode="json"), "version": 2}))
    with pytest.raises(OtherVersion) as refused:
        read(path)
    assert refused.value.version == 2
