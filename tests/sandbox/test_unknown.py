"""What a revision declares can be unknown at any property: the providers' rules say what they can of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from regionctl import providers
from regionctl.model.values import UNKNOWN
from regionctl.providers.schema import inputs
from regionctl.sandbox.declared import Declared, Opaque, difference
from tests.sandbox.samples import Samples

TABLES = sorted(Path(providers.__file__).parent.glob("**/facts.json"))
TOKENS = [token for table in TABLES for token in json.loads(table.read_text())["types"]]


@pytest.mark.parametrize("token", TOKENS)
def test_any_property_may_become_unknown(token: str, data: Path) -> None:
    known = Samples.of(token.partition(":")[0], data).make(token, wide=True).inputs.values
    declared = Declared("x", known)
    for name in inputs(token):
        for other in (UNKNOWN, Opaque("${keys.id}")):
            unknown = Declared("x", {**known, name: other})
            difference(token, declared, unknown)
            difference(token, unknown, declared)
