"""A fleet with `target: cloud` and the emulated providers attached in place of the real ones, by Pulumi's own variable.

Everything else is as it is for a real cloud fleet: credentials (made up), a passphrase from the environment, secrets
that somebody provides, origins asked over HTTPS. Nothing leaves this machine: what tries to is refused and noted.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cli.app import run
from regionctl.engine import Workspace
from regionctl.engine.secrets.certificates import client_certificates
from regions.load import load_fleet
from stacks.programs import programs
from tests.cli.holding import SHIPPED, Said
from tests.cloud.network import keep_inside

ORGANISATION = '\norganisation:\n  id: "123456789012"\n  billing_account: 01AB23-CD45EF-678901\n'
INSIDE = Path(__file__).parent / "inside"  # what each Python reads that a test starts
UNSET = (
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CREDENTIALS",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "PULUMI_DEBUG_PROVIDERS",
)
CREDENTIALS = {"GOOGLE_OAUTH_ACCESS_TOKEN": "made-up", "PULUMI_CONFIG_PASSPHRASE": "made-up-passphrase"}


class Typed(io.TextIOWrapper):
    """Standard input; a terminal, or not."""

    def __init__(self, text: str, *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(text.encode()), encoding="utf-8")
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@dataclass(frozen=True)
class CloudFleet:
    """A checkout of one fleet in a folder of its own, with its command line. `outside`: who was to be reached."""

    root: Path
    name: str
    outside: list[str] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.root / "regions" / self.name / "fleet.yaml"

    def replace(self, old: str, new: str) -> None:
        text = self.file.read_text()
        assert text.count(old) == 1, old
        self.file.write_text(text.replace(old, new))

    def run(self, *args: str, typed: str = "", terminal: bool = False) -> Said:
        """`regionctl --fleet NAME ARGS`, with this text on standard input."""
        out, err, stdin = io.StringIO(), io.StringIO(), sys.stdin
        sys.stdin = Typed(typed, terminal=terminal)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = run(["--fleet", self.name, *args])
        finally:
            sys.stdin = stdin
        return Said(code, out.getvalue(), err.getvalue())

    def does(self, *args: str, typed: str = "") -> Said:
        """The same, and it must end well."""
        said = self.run(*args, typed=typed)
        assert said.code == 0, f"{args} ended with {said.code}\n{said.out}\n{said.err}"
        return said

    def provide_secrets(self) -> None:
        """Sets everything that a human must, as the guide says."""
        fleet = load_fleet(self.root / "regions", self.name)
        made = client_certificates(Workspace.at(self.root, str(self.root / "authority")), self.name)
        client = f"{made.certificate}\n{made.private_key}"
        for stack in programs(fleet):
            short = stack.partition(".")[2]
            if short in fleet.regions:
                self.does("secrets", "set", short, "smtp-password", typed=f"mail-{short}")
                self.does("secrets", "set", short, "edge-client-ca", typed=made.authority)
        self.does("secrets", "set", "auth", "smtp-password", typed="mail-auth")
        self.does("secrets", "set", "edge", "client-certificate", typed=client)
        self.does("secrets", "set", "edge", "cloudflare-api-token", typed="token-made-up")


@contextlib.contextmanager
def cloud_fleet(root: Path, name: str, *, organisation: bool, attach: bool = True) -> Iterator[CloudFleet]:
    """The shipped fleet in a fresh checkout, as a cloud fleet, with nothing applied. The process's surroundings are the
    fleet's until the block ends. Without `attach` it has neither providers nor credentials."""
    shutil.copytree(SHIPPED, root / "regions", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    fleet = CloudFleet(root, name)
    fleet.replace("target: sandbox", "target: cloud")
    if organisation:
        fleet.replace("\n# With an organisation, ", f"{ORGANISATION}\n# With an organisation, ")
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        patch.chdir(root)
        for variable in UNSET:
            patch.delenv(variable, raising=False)
        patch.setenv("PULUMI_HOME", str(root / "pulumi"))
        patch.setenv("CLOUDSDK_CONFIG", str(root / "gcloud"))
        patch.setenv("NO_GCE_CHECK", "true")  # tests may run on a machine of Google's
        for proxy in ("HTTP_PROXY", "HTTPS_PROXY"):
            patch.setenv(proxy, "http://127.0.0.1:9")  # whatever Pulumi's CLI wants from outside ends here
        keep_inside(patch.setattr, fleet.outside)
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(INSIDE), os.environ.get("PYTHONPATH")])))
        if attach:
            patch.setenv("PULUMI_DEBUG_PROVIDERS", stack.enter_context(served(root / "clouds.db")))
            for variable, value in CREDENTIALS.items():
                patch.setenv(variable, value)
        yield fleet


@contextlib.contextmanager
def served(data: Path) -> Iterator[str]:
    """The emulated providers in a process of their own: what PULUMI_DEBUG_PROVIDERS must be."""
    command = [sys.executable, "-m", "regionctl.sandbox", "--data", str(data), "--with-parent"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip().removeprefix("PULUMI_DEBUG_PROVIDERS=")
        finally:
            server.terminate()
