"""A command line for each command of regionctl, on a staging fleet that was applied to the emulated clouds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from typer.core import TyperArgument, TyperGroup, TyperOption
from typer.main import get_group

from cli.app import app
from cli.globals import commands

DIGEST = f"sha256:{'ab' * 32}"
ANY_VALUE = "any JSON value"  # a document without a schema: one output's value, Pulumi's own state


@dataclass(frozen=True)
class Line:
    """A command line that ends with `code`, and prints a `document` (docs/schemas/) with `--json`.

    `slow`: it takes seconds, mostly since it runs Pulumi's engine. `alias`: it is tried by another name.
    """

    args: str
    document: str | None
    code: int = 0
    stdin: str = ""
    slow: bool = False
    alias: bool = False

    @property
    def command(self) -> str:
        """The longest command of the application that the words begin with."""
        words = self.args.split()
        known = {path for path, _ in leaves()}
        return next(" ".join(words[:n]) for n in range(len(words), 0, -1) if tuple(words[:n]) in known)


LINES = (
    Line("new eu-north --location europe-north1", "region"),
    Line("validate", "validation"),
    Line("activate us-east", "lifecycle"),
    Line("drain us-east", "lifecycle"),
    Line("close us-east", None, code=1),  # it is active
    Line("list", "list"),
    Line("status", "status"),
    Line("show edge", "declaration"),
    Line("show us-east identity-api", "resources"),
    Line("graph edge", "graph"),
    Line("graph edge --format dot", "graph"),
    Line("check", "check", slow=True),
    Line("check secrets --format markdown", "check"),
    Line("diff edge", "plan", slow=True),
    Line("diff edge --watch", None, code=1),  # one that watches: test_watching.py
    Line("plan edge", "plan", slow=True, alias=True),
    Line("preview edge", "plan", slow=True, alias=True),
    Line("up edge --yes", "plan", slow=True),
    Line("up --resume --yes", "plan"),
    Line("down edge --yes", "plan", slow=True),
    Line("destroy edge --yes", "plan", slow=True, alias=True),
    Line("bootstrap nowhere --yes", "bootstrap", code=1),  # the preflight says no; test_bootstrap.py has the others
    Line("refresh edge --yes", "plan", slow=True),
    Line("drift edge", "plan", slow=True),
    Line("outputs edge", "outputs"),
    Line("outputs edge regions", ANY_VALUE),
    Line("history edge", "history"),
    Line("state list edge", "state"),
    Line("state show edge worker", "state-resources"),
    Line("state export edge", ANY_VALUE),
    Line("state import edge edge.json --yes", "done"),
    Line("state unlock edge --yes", "done"),
    Line("state repair edge --yes", "done"),
    Line(f"release set api={DIGEST}", "release"),
    Line("release copy prod staging", "release"),
    Line("secrets list", "secrets"),
    Line("secrets set us-east session-key", "done", stdin="a value of some length\n"),
    Line("secrets rotate us-east session-key --yes", "done"),
    Line("secrets restore us-east", "done"),
    Line("secrets show us-east session-key --yes", "secret"),
    Line("adopt classify export --region us-east", "coverage"),
    Line("adopt plan us-east --from export", "proposal"),
    Line("adopt apply us-east --from export --yes", "adoption", slow=True),
    Line("adopt status us-east --from export", "score", slow=True),
    Line("adopt undo us-east --yes", "done"),
    Line("sandbox status", "sandbox"),
    Line("sandbox show", "cloud-resources"),
    Line("sandbox show worker-script", "cloud-resources"),
    Line("sandbox edit worker-script compatibilityDate=2026-01-01", "cloud-resources"),
    Line("sandbox export elsewhere --format terraform", "done"),
    Line("sandbox reset --yes", "done"),
    Line("sandbox serve --data /dev/null/clouds", None, code=1),  # one that serves: test_serving.py
    Line("sandbox faults list", "faults"),
    Line("sandbox faults add slow --type sql --delay 0.1", "faults"),
    Line("sandbox faults clear", "done"),
    Line("ci preview edge", "preview", slow=True),
    Line("ci comment --file comment.md --repo a/b --pr 1", None, code=1),  # tests/cli/test_ci.py has the others
    Line("ci matrix", "matrix"),
    Line("engine status", "engine"),
    Line("engine install", "engine"),
    Line("doctor", "doctor"),
)


def leaves() -> Iterator[tuple[tuple[str, ...], list[TyperArgument | TyperOption]]]:
    """Every command of the application, with its arguments and options."""
    for path, command in commands(get_group(app)):
        if path and not isinstance(command, TyperGroup):
            yield path, [param for param in command.params if isinstance(param, TyperArgument | TyperOption)]
