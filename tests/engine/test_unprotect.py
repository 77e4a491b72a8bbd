"""What a catalogue says that a cloud calls its own protection is lifted before a destroy, at the top and in blocks."""

from __future__ import annotations

from pathlib import Path

import pulumi_gcp as gcp

from regionctl.engine.runs.protection import unprotected
from regionctl.model.program import StackProgram, Target
from regionctl.providers import include
from regionctl.render import render

OWN = """\
["gcp:firestore/database:Database"]
unprotect = { deleteProtectionState = "DELETE_PROTECTION_DISABLED", "cmekConfig.kmsKeyName" = "none" }
"""


def _run() -> None:
    for name, key in {"plain": None, "keyed": gcp.firestore.DatabaseCmekConfigArgs(kms_key_name="key")}.items():
        gcp.firestore.Database(
            name,
            location_id="eur3",
            type="FIRESTORE_NATIVE",
            delete_protection_state="DELETE_PROTECTION_ENABLED",
            cmek_config=key,
        )


def test_a_protection_that_is_called_otherwise_is_lifted_too(tmp_path: Path) -> None:
    (tmp_path / "catalogue.toml").write_text(OWN)
    include(tmp_path / "catalogue.toml")
    program = StackProgram(project="toys", name="test.one", fleet="test", region=None, target=Target.SANDBOX, run=_run)
    made = {one.name: one.inputs for one in render(unprotected(program)).resources.values() if one.custom}
    assert {inputs["deleteProtectionState"] for inputs in made.values()} == {"DELETE_PROTECTION_DISABLED"}
    assert "cmekConfig" not in made["plain"]
    assert made["keyed"]["cmekConfig"] == {"kmsKeyName": "none"}
