"""What anyone would write first: a preview by the Automation API, with nothing of ours but the program.

python -m bench.bare STATE PROVIDERS
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pulumi import automation

from bench.measure import ROOT
from bench.region import STACK
from regionctl.engine import find
from regions.load import load_fleet
from stacks.programs import programs


def cli_root() -> str:
    """Where the CLI that we use lies: it need not be on the PATH."""
    cli = find()
    assert cli is not None, "run: regionctl engine install"
    return str(cli.path.parents[1])


def main(state: str, providers: str) -> None:
    os.environ.update(
        PULUMI_BACKEND_URL=Path(state).as_uri(),
        PULUMI_CONFIG_PASSPHRASE_FILE=f"{state}/passphrase",
        PULUMI_DEBUG_PROVIDERS=providers,
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION="true",
        PULUMI_SKIP_UPDATE_CHECK="true",
    )
    program = programs(load_fleet(ROOT / "regions", "prod"))[STACK]
    workspace = automation.LocalWorkspace(
        work_dir=state,
        program=program.run,
        pulumi_command=automation.PulumiCommand(root=cli_root()),
    )
    stack = automation.Stack.select(STACK, workspace)
    stack.preview(on_event=lambda _event: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
