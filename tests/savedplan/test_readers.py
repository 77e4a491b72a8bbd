"""Which outputs a plan changes under the stacks that read them."""

from __future__ import annotations

from typing import Any

import pytest

from regionctl.review.savedplan import changed_outputs
from tests.savedplan.plans import plan_of


@pytest.mark.parametrize(
    ("held", "planned", "changed"),
    [
        ({"host": "a"}, {"host": "a"}, ()),
        ({"host": "a"}, {"host": "b"}, ("host",)),
        ({"host": "a"}, {"host": "[unknown]"}, ("host",)),
        ({}, {"host": "[unknown]"}, ()),  # not there yet: its readers were planned with an unknown, too
        ({"host": "a"}, {}, ()),
        ({"token": "[secret]"}, {"token": "[unknown]"}, ()),
    ],
)
def test_an_output_that_is_held_and_would_be_another_is_named(
    held: dict[str, Any], planned: dict[str, Any], changed: tuple[str, ...]
) -> None:
    assert changed_outputs(plan_of(outputs=planned), held) == changed
