"""The literal part of HCL: values as they are written, with the place of each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from regionctl.adopt import hcl
from regionctl.adopt.inventory import Expression, UnreadableExport
from regionctl.adopt.writers.terraform import files, literal
from regionctl.sandbox.clouds import CloudResource


def value(text: str) -> Any:
    return hcl.parse(f"it {{\n  x = {text}\n}}\n".encode(), "f.tf").blocks[0].body.attributes["x"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a"', "a"),
        ('""', ""),
        ('"  a "', "  a "),
        ('" "', " "),
        (r'"a\"b\\c\n\té"', 'a"b\\c\n\té'),
        ('"$${not.a.reference} %%{if}"', "${not.a.reference} %{if}"),
        ("12", 12),
        ("-3", -3),
        ("0.5", 0.5),
        ("true", True),
        ("null", None),
        ('["a", 1, false]', ["a", 1, False]),
        ('{ a = "b", "c.d" = [1] }', {"a": "b", "c.d": [1]}),
        ("[]", []),
        ("{}", {}),
        ("<<EOT\na\n  b\nEOT", "a\n  b\n"),
        ("<<-EOT\n    a\n      b\n    EOT", "a\n  b\n"),
    ],
)
def test_a_value_is_read_as_it_is_written(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize("text", ["google_kms_key_ring.main.id", '"${var.project}-x"', "jsonencode({ a = 1 })"])
def test_what_is_no_literal_is_kept_as_its_text(text: str) -> None:
    assert value(text) == Expression(text)


def test_blocks_may_come_again_and_have_their_places() -> None:
    source = b'resource "google_x" "a" {\n  rule {\n    n = 1\n  }\n  rule {\n    n = 2\n  }\n}\n# a comment\n'
    document = hcl.parse(source, "f.tf")
    (block,) = document.blocks
    assert (block.type, block.labels, block.where.line) == ("resource", ("google_x", "a"), 1)
    assert [rule.body.attributes["n"] for rule in block.body.blocks["rule"]] == [1, 2]
    assert str(block.body.blocks["rule"][1].body.places["n"]) == "f.tf:6:5"
    assert [(where.line, text) for where, text in document.comments] == [(9, "# a comment")]


@pytest.mark.parametrize(
    ("source", "where", "what"),
    [
        ('resource "a" "b" {\n  name = = "x"\n}\n', "f.tf:2:10", "not HCL"),
        ('resource "a" "b" {\n  name = "x"\n', "f.tf:3:1", "ends in the middle"),
        ('resource "a" "b" {\n  name = "x', "f.tf:2:12", "ends in the middle"),
        ('resource "a" "b" {\n  name = \n', "f.tf:3:1", "ends in the middle"),
        ("}\n", "f.tf:1:1", "not HCL"),
    ],
)
def test_what_is_broken_is_told_at_its_place(source: str, where: str, what: str) -> None:
    with pytest.raises(UnreadableExport) as broken:
        hcl.parse(source.encode(), "f.tf")
    (problem,) = broken.value.problems
    assert (str(problem.where), what in problem.what) == (where, True), str(problem)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from('"\\\n\t\r${}%'))
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**31), 2**31) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS.filter(bool), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES)
@example("%%{")
@example("$%{a}")
@example("$$${a}")
def test_what_is_written_is_read_again(written: Any) -> None:
    assert value(literal(written, "  ")) == written


def test_an_id_stays_within_its_comment() -> None:
    """A file of the emulated clouds whose key ends a line reads again as one resource."""
    name = 'a\nresource "google_x" "evil" {}\r\u2028#'
    bucket = CloudResource(
        type="gcp:storage/bucket:Bucket", id=name, name="b", project="p", properties={"name": name, "location": "EU"}
    )
    (text,) = files([bucket]).values()
    document = hcl.parse(text.encode(), "f.tf")
    assert [block.labels for block in document.blocks] == [("google_storage_bucket", document.blocks[0].labels[1])]
    assert document.blocks[0].body.attributes["name"] == name
