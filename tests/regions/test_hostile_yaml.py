"""Whatever a file holds, a fleet loads or its problems are told: never another exception."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regionctl.model.errors import SpecError
from regions.load import load_fleet
from regions.source import parse_document
from tests.regions.conftest import SHIPPED

FLEET = (SHIPPED / "prod" / "fleet.yaml").read_text()
REGION = (SHIPPED / "prod" / "us-east.yaml").read_text()

# What means something to YAML, and what is close to it.
MARKS = "\t\n\r :-?[]{},&*!|>'\"%@`#~.0\ufeff\x85\u2028\x07é\\"
YAML_PIECES = ["\n  ", "&a ", "*a", "<<: ", "!!int ", "!x ", "---\n", "...\n", "%YAML 1.1\n", "\\ud800", "\\U00110000"]
SCALARS = ["null", "true", "0x1F", "1e999", "012", "1_000", "2026-11-24", "=", "9" * 5000]
SPEC_PIECES = ["database", "services: [", "secrets: {a: b}\n", "addresses: 10.0.0.0/99\n", "release: null\n", "- a\n"]
PIECES = st.sampled_from([*MARKS, *YAML_PIECES, *SCALARS, *SPEC_PIECES]) | st.text(max_size=8)


@st.composite
def mutated(draw: st.DrawFn, text: str) -> bytes:
    """A few edits of a good file: pieces put in, spans cut out, lines doubled or moved."""
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        span = text[start:end]
        text = text[:start] + draw(st.sampled_from(["", span + span, span[::-1]]) | PIECES) + text[end:]
    return text.encode("utf-8", "surrogatepass")


@contextmanager
def prod(fleet: bytes, region: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prod"
        path.mkdir()
        (path / "fleet.yaml").write_bytes(fleet)
        (path / "us-east.yaml").write_bytes(region)
        yield path.parent


def loads_or_tells(fleet: bytes, region: bytes) -> None:
    with prod(fleet, region) as folder:
        try:
            load_fleet(folder, "prod")
        except SpecError as error:
            for problem in error.problems:
                assert problem.what
                assert problem.where.column >= 1
                assert problem.where.line >= 1
                assert os.fspath(problem.where.file).startswith(os.fspath(folder))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated(REGION))
def test_any_edit_of_a_region_loads_or_is_told(region: bytes) -> None:
    loads_or_tells(FLEET.encode(), region)


@settings(max_examples=75, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated(FLEET))
def test_any_edit_of_a_fleet_loads_or_is_told(fleet: bytes) -> None:
    loads_or_tells(fleet, REGION.encode())


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_document_or_problems(data: bytes) -> None:
    document = parse_document(data, "x.yaml")
    assert document.problems or document.value or data.strip() == b"{}"


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_soup_of_yaml_is_a_document_or_problems(text: str) -> None:
    document = parse_document(text.encode("utf-8", "surrogatepass"), "x.yaml")
    for problem in document.problems:
        assert problem.where.line <= len(text) + 1
