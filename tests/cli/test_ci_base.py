"""`regionctl ci` on a branch of a clone of this project, against its main."""

from __future__ import annotations

import json

from tests.cli.test_diff_base import CACHE, EARLIER, LATER, Clone, clone, committed

__all__ = ["clone", "committed"]


def test_a_changed_default_is_one_change_in_the_preview_and_a_job_a_region(clone: Clone) -> None:
    clone.edit(CACHE, EARLIER, LATER)
    code, out, _ = clone.run("--fleet", "staging", "ci", "preview", "--base", "main", "--full", "full.md")
    assert code == 0
    assert "<h3><code>staging</code>: 2 of 4 stacks change</h3>" in out
    assert out.count("<details") == 1
    assert "all 2 regions: <code>staging.eu-west</code>, <code>staging.us-east</code></b>: 1 to update in each" in out
    assert "kept, every region takes the same steps" in out
    assert "Nothing to do: <code>staging.auth</code>, <code>staging.edge</code>" in out
    assert "Compared with main" in out
    assert (clone.root / "full.md").read_text().count("<details") == 2

    code, out, _ = clone.run("--fleet", "staging", "ci", "matrix", "--base", "main")
    assert code == 0
    assert [(job["stacks"], job["wave"]) for job in json.loads(out)["include"]] == [
        ("staging.eu-west", 1),
        ("staging.us-east", 1),
    ]
