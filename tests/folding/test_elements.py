"""Which element of a list a change is about."""

from __future__ import annotations

import pytest

from regionctl.review.folding import element_name, fold
from tests.folding.plans import TOKENS, change, plan, step

INPUTS = {
    "settings": {"databaseFlags": [{"name": "log_hostname", "value": "on"}, {"name": "log_statement", "value": "ddl"}]},
    "containers": [{"name": "api", "envs": [{"name": "PORT", "value": "80"}, {"value": "x"}]}],
    "a.b": [{"key": "team", "values": ["x"]}],
    "text": "abc",
}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("settings.databaseFlags[1].value", "log_statement"),
        ("settings.databaseFlags[1]", "log_statement"),
        ("settings.databaseFlags[1].name", None),
        ("settings.databaseFlags[7].value", None),
        ("containers[0].envs[0].value", "PORT"),
        ("containers[0].envs[1].value", "api"),
        ('["a.b"][0].values[0]', "team"),
        ("settings.tier", None),
        ("text[0]", None),
        ("", None),
    ],
)
def test_it_has_the_name_that_the_inputs_give_it(path: str, name: str | None) -> None:
    assert element_name(path, INPUTS) == name


def test_the_same_place_in_two_lists_may_be_two_things() -> None:
    flags = {"prod.us-east": ["a", "b"], "prod.eu-west": ["x", "b"], "prod.ap-south": ["a", "b"]}
    plans = [
        plan(stack, step(stack, diff=(change("flags[0].value", 1, 2),), inputs={"flags": [{"name": n} for n in names]}))
        for stack, names in flags.items()
    ]
    assert [group.stacks for group in fold(plans, TOKENS)] == [("prod.us-east", "prod.ap-south"), ("prod.eu-west",)]
