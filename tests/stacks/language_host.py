"""A stand-in for Pulumi's Python language host, which no registry carries: the engine asks it to run a program, and it
starts what the real one starts, `pulumi-language-python-exec`, with what the real one passes on.

Source: sdk/python/cmd/pulumi-language-python/main.go of pulumi/pulumi, `Run` and `constructArguments`.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

ROOT = Path(__file__).parents[2]
_SDK = "github.com/pulumi/pulumi/sdk/v3"


def executor() -> Path:
    """The `pulumi-language-python-exec` of the CLI that tools/go.mod pins."""
    download = ["go", "mod", "download", "-json", _SDK]
    module = subprocess.run(download, cwd=ROOT / "tools", check=True, capture_output=True, text=True)
    return Path(json.loads(module.stdout)["Dir"]) / "python" / "cmd" / "pulumi-language-python-exec"


@contextlib.contextmanager
def language_host() -> Iterator[str]:
    """Serves; the value is its address, for `pulumi --client`."""
    server = grpc.server(ThreadPoolExecutor(4))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(_Host(executor()), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


class _Host(language_pb2_grpc.LanguageRuntimeServicer):
    def __init__(self, executor: Path) -> None:
        self._executor = executor

    def About(self, request: Any, context: Any) -> Any:
        return language_pb2.AboutResponse(executable=sys.executable)

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:
        return language_pb2.GetRequiredPackagesResponse()

    def Run(self, request: Any, context: Any) -> Any:
        done = subprocess.run(
            [
                sys.executable,
                "-u",
                str(self._executor),
                *("--monitor", request.monitor_address),
                *("--engine", request.args[0]),
                *("--project", request.project),
                *("--root_directory", request.info.root_directory),
                *("--stack", request.stack),
                *("--pwd", request.pwd),
                *("--dry_run", "true" if request.dryRun else "false"),
                *("--parallel", str(request.parallel)),
                *("--organization", request.organization),
                request.info.entry_point,
            ],
            cwd=request.info.root_directory,
            env={
                **os.environ,
                "PULUMI_CONFIG": json.dumps(dict(request.config)),
                "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
            },
            check=False,
            capture_output=True,
            text=True,
        )
        failure = f"the program ended with {done.returncode}: {done.stdout}{done.stderr}"
        return language_pb2.RunResponse(error=failure if done.returncode else "")
