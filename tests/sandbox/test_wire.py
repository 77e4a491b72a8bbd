from __future__ import annotations

from typing import Any

from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from regionctl.model.path import pattern_of
from regionctl.model.path import show as show_path
from regionctl.model.values import UNKNOWN, paths_at
from regionctl.model.wire import Bag, marshal, unmarshal

NAMES = st.text("abcAB_", min_size=1, max_size=4)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5) | st.just(UNKNOWN) | st.floats(0.1, 0.9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


def _places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [place for key, item in items for place in _places(item, (*path, key))]


@st.composite
def bags(draw: st.DrawFn) -> Bag:
    """Values of which some, none within another, are secret."""
    values = draw(st.dictionaries(NAMES, VALUES, max_size=4))
    chosen = draw(st.sets(st.sampled_from(_places(values)), max_size=3)) if values else set()
    outermost = {path for path in chosen if not any(path[:i] in chosen for i in range(1, len(path)))}
    return Bag(values, frozenset(outermost))


@given(bags())
def test_values_and_their_secrets_survive_the_wire(bag: Bag) -> None:
    assert unmarshal(marshal(bag)) == bag


@given(bags())
def test_every_secret_is_hidden_with_what_is_around_and_below_it(bag: Bag) -> None:
    for path in bag.secrets:
        assert bag.hides(path)
        assert bag.hides(path[:1])
        assert bag.hides((*path, "below"))


@given(bags())
def test_every_place_is_found_by_its_path_in_the_tables(bag: Bag) -> None:
    for place in _places(bag.values):
        if "[][]" not in pattern_of(place):  # no property of any provider is a list of lists
            assert place in set(paths_at(bag.values, pattern_of(place)))


def test_paths_are_written_as_pulumi_writes_them() -> None:
    assert show_path(("settings", "databaseFlags", 0, "value")) == "settings.databaseFlags[0].value"
    assert show_path(("labels", "goog-managed")) == 'labels["goog-managed"]'


def test_a_resource_reference_is_its_id_and_an_output_its_value() -> None:
    wire = struct_pb2.Struct()
    signature = "4dabf18193072939515e22adb298388d"
    wire.update(
        {
            "reference": {signature: "5cf8f73096256a8f31e491e813e4eb8e", "urn": "urn:x", "id": "abc"},
            "output": {signature: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": "v", "secret": True},
            "unknown": {signature: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "dependencies": ["urn:x"]},
        }
    )
    bag = unmarshal(wire)
    assert bag.values == {"reference": "abc", "output": "v", "unknown": UNKNOWN}
    assert bag.secrets == {("output",)}
