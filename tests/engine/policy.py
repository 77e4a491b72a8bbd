"""The analyzer of a policy pack, in a process of its own: it refuses every Thing whose value is in its list.

Stands for what `pulumi-policy` serves. The engine finds it as `pulumi-analyzer-policy-<runtime>` on the PATH
(NewPolicyAnalyzer in sdk/go/common/resource/plugin/analyzer_plugin.go of pulumi v3.259.0).
"""

from __future__ import annotations

import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

RUNTIME = "regionctl-tests"
PACK, POLICY = "acme", "no-forbidden-values"
FORBIDDEN = "forbidden"


class _Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    def __init__(self, level: str) -> None:
        self._level = analyzer_pb2.EnforcementLevel.Value(level)

    def Handshake(self, request: Any, context: Any) -> Any:
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def ConfigureStack(self, request: Any, context: Any) -> Any:
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def GetAnalyzerInfo(self, request: Any, context: Any) -> Any:
        policy = analyzer_pb2.PolicyInfo(name=POLICY, enforcementLevel=self._level)
        return analyzer_pb2.AnalyzerInfo(name=PACK, version="1.0.0", policies=[policy])

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="1.0.0")

    def Configure(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Remediate(self, request: Any, context: Any) -> Any:
        return analyzer_pb2.RemediateResponse()

    def AnalyzeStack(self, request: Any, context: Any) -> Any:
        return analyzer_pb2.AnalyzeResponse()

    def Analyze(self, request: Any, context: Any) -> Any:
        if request.properties.fields["value"].string_value != FORBIDDEN:
            return analyzer_pb2.AnalyzeResponse()
        said = analyzer_pb2.AnalyzeDiagnostic(
            policyName=POLICY,
            policyPackName=PACK,
            policyPackVersion="1.0.0",
            message="this value is not allowed",
            enforcementLevel=self._level,
            urn=request.urn,
        )
        return analyzer_pb2.AnalyzeResponse(diagnostics=[said])


def make_pack(folder: Path, level: str) -> Path:
    """A policy pack whose analyzer lies beside it; `folder / "bin"` must be on the PATH."""
    pack, bin_folder = folder / "pack", folder / "bin"
    for made in (pack, bin_folder):
        made.mkdir()
    (pack / "PulumiPolicy.yaml").write_text(f"name: {PACK}\nruntime: {RUNTIME}\n")
    plugin = bin_folder / f"pulumi-analyzer-policy-{RUNTIME}"
    plugin.write_text(f"#!{sys.executable}\nfrom tests.engine.policy import serve\nserve({level!r})\n")
    plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)
    return pack


def serve(level: str) -> None:
    """Serves until the engine ends the process. Prints its port first, as every plugin does."""
    server = grpc.server(ThreadPoolExecutor(4))
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(_Analyzer(level), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()
