"""`--help` is quick: it lists the commands without loading one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import typer
from typer.core import TyperGroup

from cli.app import app
from cli.commands import Commands

ROOT = Path(__file__).parents[2]


def test_the_list_says_of_each_command_what_the_command_says() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    shown = {name: command for name, command in group.commands.items() if not command.hidden}
    said = {name: command.get_short_help_str(limit=200) for name, command in shown.items()}
    assert dict(Commands(lambda _command: None).helps) == said


def test_help_loads_no_command_and_no_library_of_one() -> None:
    code = (
        "import sys\nfrom cli.app import run\nrun(['--help'])\n"
        "loaded = [name for name in sys.modules if name.startswith(('cli.commands.', 'regionctl.engine'))]\n"
        "heavy = {'pulumi', 'pydantic', 'rich', 'grpc', 'stacks.programs', 'ruamel.yaml'}\n"
        "print([*loaded, *(heavy & {*sys.modules})])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
