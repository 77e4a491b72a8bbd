"""The change that one job hands to another: what was written is read again, and what was not becomes no comment."""

from __future__ import annotations

import copy
import json
import os
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from regionctl.engine import ChangeKind, Kind, Op, Plan
from regionctl.github import Artifact, ChangeDocument, NotAChange, change_document, read_change
from regionctl.review.report import LIMIT, Source, full_preview, preview
from tests.folding.plans import NETWORK, SQL, TOKENS, change, plan, step

EU = "prod.eu-west"
BASE = "0123456789" * 4
MUTANTS = 1_000


def planned() -> list[Plan]:
    steps = [
        step(EU, diff=(change("settings.databaseFlags[0].value", "on", None),), inputs={"settings": {"tier": "big"}}),
        step(
            EU, "vpc", op=Op.REPLACE, type_=NETWORK, replace_keys=("name",), old_urn=f"urn:pulumi:{EU}::p::{SQL}::old"
        ),
        step(EU, "vpc", op=Op.CREATE_REPLACEMENT, type_=NETWORK),
        step(EU, "new", op=Op.CREATE, inputs={"name": "</code>@everybody ```", "port": 5432, "on": True, "no": None}),
        step(EU, "x", options=(change("protect", True, False, ChangeKind.UPDATE),), op=Op.SAME),
    ]
    return [replace(one, kind=Kind.REVISION) for one in (plan(EU, *steps), plan("prod.us-east"))]


def handed(folder: Path, document: str) -> ChangeDocument:
    folder.mkdir(exist_ok=True)
    (folder / "change.json").write_text(document, encoding="utf-8")
    return read_change(Artifact(folder, "prod", planned=False))


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    found = handed(tmp_path, change_document("prod", planned(), base=BASE, failed=["prod.auth"], tokens=TOKENS))
    assert [(one.stack, one.region, one.kind, one.changes) for one in found.plans] == [
        (one.stack, one.region, one.kind, one.changes) for one in planned()
    ]
    assert (found.base, found.failed, found.tokens) == (BASE, ("prod.auth",), TOKENS)


HOSTILE = ["", "@everybody", "::", "urn:pulumi:a::b::c::d", "[0", "a[99999999999999999999]", "\ud800", "```", "[" * 300]
HOSTILE += [None, -1, 1e308, [], {}, [[]], {"a": {}}, True, 10**400]  # type: ignore[list-item]


def mutant(document: Any, chance: random.Random) -> Any:
    """The document with one place in it changed, taken out or doubled."""
    document = copy.deepcopy(document)
    place, key = chance.choice(list(places(document)))
    match chance.randrange(4):
        case 0:
            del place[key]
        case 1 if isinstance(place, dict):
            place[chance.choice(HOSTILE) if isinstance(chance.choice(HOSTILE), str) else "more"] = place[key]
        case 2:
            _, other = chance.choice(list(places(document)))
            place[key] = other
        case _:
            place[key] = chance.choice(HOSTILE)
    return document


def places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        yield value, key
        yield from places(item)


def test_every_mutant_is_refused_in_one_line_or_becomes_a_comment(tmp_path: Path) -> None:
    whole = json.loads(change_document("prod", planned(), base=BASE, failed=["prod.auth"], tokens=TOKENS))
    chance = random.Random(12)
    outcomes = {"refused": 0, "shown": 0}
    for _ in range(MUTANTS):
        try:
            text = json.dumps(mutant(whole, chance))
        except TypeError:  # JSON has no such key
            continue
        try:
            found = handed(tmp_path, text)
        except NotAChange as refused:
            said = str(refused)
        else:
            shown = preview(found.plans, found.tokens, Source(compared="x", from_fork=True), failed=found.failed)
            assert len(shown) <= LIMIT
            full_preview(found.plans, found.tokens, Source(compared="x"), failed=found.failed)
            outcomes["shown"] += 1
            continue
        assert len(said.splitlines()) == 1
        assert "@everybody" not in said
        outcomes["refused"] += 1
    assert min(outcomes.values()) > MUTANTS // 20


@pytest.mark.parametrize("cut", [0, 1, 500, -1])
def test_a_document_that_was_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    whole = change_document("prod", planned(), base=BASE, failed=(), tokens={})
    with pytest.raises(NotAChange):
        handed(tmp_path, whole[:cut])


@pytest.mark.parametrize("name", ["gh-1", "www.example.com", "a" * 40, "prodding.eu-west"])
def test_a_stack_of_a_made_up_name_is_refused(tmp_path: Path, name: str) -> None:
    whole = json.loads(change_document("prod", planned(), base=BASE, failed=["prod.auth"], tokens=TOKENS))
    whole["stacks"][0]["stack"] = name
    with pytest.raises(NotAChange):
        handed(tmp_path, json.dumps(whole))
    with pytest.raises(NotAChange):
        handed(tmp_path, change_document("prod", planned(), base=BASE, failed=[name], tokens={}))


def test_the_names_of_stacks_are_code(tmp_path: Path) -> None:
    found = handed(tmp_path, change_document("prod", planned()[:1], base=BASE, failed=(), tokens=TOKENS))
    shown = preview(found.plans, found.tokens, Source(compared="x"))
    assert shown.replace(f"<code>{EU}</code>", "").count(EU) == 0


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "change.json")
    with pytest.raises(NotAChange, match="it is no file"):
        read_change(Artifact(tmp_path, "prod", planned=False))
