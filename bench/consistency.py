"""Auth and a region's product, with questions and answers lost, doubled and late between them: do they agree?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bench.measure import Figure, figure, service_command

CREATIONS, UPDATES = 1000, 10_000


def figures(scratch: Path) -> Iterable[Figure]:
    outcome = service_command("tests.product.consistency", "--creations", str(CREATIONS), "--updates", str(UPDATES))
    made, updated = outcome["creations"], outcome["updates"]
    what = f"{made['asked']} creations of workspaces, answers lost anywhere, {made['tries']} tries"
    yield figure(
        f"{what}: missing, or two of one", "", [made["asked"] - made["workspaces"] + made["rows_besides"]], at_most=0
    )
    yield figure("the same", "s", [made["seconds"]])
    what = f"{updated['updated']} updates lost, doubled and late, compared {updated['rounds']} times"
    yield figure(f"{what}: records that differ", "", [updated["different"] + updated["left_over"]], at_most=0)
    yield figure("the same", "s", [updated["seconds"]])
