"""A provider of one resource type, `toy:index:Thing`, as small as the protocol allows.

Its cloud is a SQLite file, so that it outlives the provider. A Thing has `value` (any), `immutable` (a change replaces)
and `fault`: "refuse" fails the create or update, "tell" does too and repeats the value, "hang" waits in it until the
file `release` beside the cloud exists, or the engine cancels. Where a FIFO `hanging` lies there, it is opened before.
"""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pulumi
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

TYPE = "toy:index:Thing"


class Thing(pulumi.CustomResource):
    """What the programs of these tests declare."""

    path: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        value: pulumi.Input[Any] = None,
        *,
        immutable: pulumi.Input[str] | None = None,
        fault: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {"value": value, "immutable": immutable, "fault": fault, "path": None}
        super().__init__(TYPE, name, props, opts)


class Cloud:
    """Things by id, in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, isolation_level=None)
        connection.execute("create table if not exists things (id text primary key, inputs text)")
        return connection

    def put(self, identity: str, inputs: str) -> None:
        with self._open() as connection:
            connection.execute("insert or replace into things values (?, ?)", (identity, inputs))
        connection.close()

    def get(self, identity: str) -> str | None:
        with self._open() as connection:
            row = connection.execute("select inputs from things where id = ?", (identity,)).fetchone()
        connection.close()
        return row[0] if row else None

    def delete(self, identity: str) -> None:
        with self._open() as connection:
            connection.execute("delete from things where id = ?", (identity,))
        connection.close()

    def ids(self) -> list[str]:
        with self._open() as connection:
            rows = connection.execute("select id from things order by id").fetchall()
        connection.close()
        return [row[0] for row in rows]


class ToyProvider(provider_pb2_grpc.ResourceProviderServicer):
    def __init__(self, file: Path) -> None:
        self._cloud = Cloud(file)
        self._release = file.with_name("release")

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True, accept_outputs=False)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="1.0.0")

    def GetSchema(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(schema='{"name": "toy", "version": "1.0.0"}')

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse()

    def Configure(self, request: Any, context: Any) -> Any:
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    def Cancel(self, request: Any, context: Any) -> Any:
        self._release.touch()
        return empty_pb2.Empty()

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Check(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:
        old, new = request.old_inputs.fields, request.news.fields
        changed = [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
        replaces = [key for key in changed if key == "immutable"]
        kinds = provider_pb2.PropertyDiff
        detailed = {
            k: kinds(kind=kinds.UPDATE_REPLACE if k in replaces else kinds.UPDATE, inputDiff=True) for k in changed
        }
        kind = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=kind, diffs=changed, replaces=replaces, detailedDiff=detailed, hasDetailedDiff=True
        )

    def Create(self, request: Any, context: Any) -> Any:
        name = request.urn.rpartition("::")[2]
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        identity = f"{name}/{_string(request.properties, 'immutable')}"
        if self._cloud.get(identity) is not None:
            context.abort(grpc.StatusCode.ALREADY_EXISTS, f"{identity} already exists")
        self._fault(request.properties, context)
        self._cloud.put(identity, _text(request.properties))
        return provider_pb2.CreateResponse(id=identity, properties=_state(request.properties, identity))

    def Read(self, request: Any, context: Any) -> Any:
        text = self._cloud.get(request.id)
        if text is None:
            return provider_pb2.ReadResponse()
        inputs = json_format.Parse(text, struct_pb2.Struct())
        return provider_pb2.ReadResponse(id=request.id, inputs=inputs, properties=_state(inputs, request.id))

    def Update(self, request: Any, context: Any) -> Any:
        if not request.preview:
            self._fault(request.news, context)
            self._cloud.put(request.id, _text(request.news))
        return provider_pb2.UpdateResponse(properties=_state(request.news, request.id))

    def Delete(self, request: Any, context: Any) -> Any:
        self._cloud.delete(request.id)
        return empty_pb2.Empty()

    def _fault(self, inputs: struct_pb2.Struct, context: Any) -> None:
        match _string(inputs, "fault"):
            case "refuse":
                context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "the quota is used up")
            case "tell":
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"the value is wrong: {_text(inputs)}")
            case "hang":
                if (hanging := self._release.with_name("hanging")).is_fifo():
                    hanging.open("w").close()
                while not self._release.exists():
                    time.sleep(0.01)


def _string(inputs: struct_pb2.Struct, key: str) -> str:
    return inputs.fields[key].string_value if key in inputs.fields else ""


def _text(inputs: struct_pb2.Struct) -> str:
    return str(json_format.MessageToJson(inputs))


def _state(inputs: struct_pb2.Struct, identity: str) -> struct_pb2.Struct:
    state = struct_pb2.Struct()
    state.CopyFrom(inputs)
    state.fields["path"].string_value = f"things/{identity}"
    return state


def serve(file: Path) -> tuple[grpc.Server, int]:
    """A running provider and its port."""
    server = grpc.server(ThreadPoolExecutor(8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(ToyProvider(file), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


if __name__ == "__main__":
    import sys

    running, number = serve(Path(sys.argv[1]))
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()
    running.wait_for_termination()
