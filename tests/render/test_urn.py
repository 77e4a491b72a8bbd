from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regionctl.model.urn import Urn, is_stack, name_of, root, type_of

WORDS = st.text("abc:-/", min_size=1, max_size=5).filter(lambda word: "::" not in word and word.strip(":") == word)


@given(WORDS, WORDS, st.lists(WORDS, min_size=1, max_size=3), st.text(max_size=6))
def test_a_urn_that_is_shown_is_parsed_into_its_parts(stack: str, project: str, types: list[str], name: str) -> None:
    urn = Urn(stack=stack, project=project, types=tuple(types), name=name)
    assert Urn.parse(str(urn)) == urn
    assert (name_of(str(urn)), type_of(str(urn))) == (name, types[-1])


def test_the_stack_is_in_no_urn_but_its_own() -> None:
    stack = root("prod.eu-west", "regions")
    assert str(stack) == "urn:pulumi:prod.eu-west::regions::pulumi:pulumi:Stack::regions-prod.eu-west"
    assert is_stack(str(stack))
    network = stack.child("regions:Network", "net").child("gcp:compute/network:Network", "vpc")
    assert str(network) == "urn:pulumi:prod.eu-west::regions::regions:Network$gcp:compute/network:Network::vpc"
    assert not is_stack(str(network))


@pytest.mark.parametrize("text", ["", "config", "urn:pulumi:prod::project::type", "urn:other:a::b::c::d"])
def test_what_is_no_urn_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no URN"):
        Urn.parse(text)


def test_what_is_no_urn_has_its_text_for_a_name_and_no_type() -> None:
    assert (name_of("config"), type_of("config")) == ("config", "")
