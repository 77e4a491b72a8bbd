"""The sandbox's own cost: a call over gRPC, with the resources of 50 regions in its clouds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from bench.measure import Figure, figure
from regionctl.model.wire import Bag, marshal
from regionctl.sandbox.serve import Running

REGIONS = 50
PER_REGION = 166  # as many as a region has
CALLS = 200
ROUNDS = 5
TYPE = "gcp:pubsub/topic:Topic"


def figures(scratch: Path) -> Iterator[Figure]:
    running = Running(scratch / "sandbox.db", ["gcp"])
    try:
        with grpc.insecure_channel(f"127.0.0.1:{running.ports['gcp']}") as channel:
            yield from _measured(provider_pb2_grpc.ResourceProviderStub(channel))
    finally:
        running.close()


def _measured(stub: provider_pb2_grpc.ResourceProviderStub) -> Iterator[Figure]:
    for region in range(REGIONS):
        for i in range(PER_REGION):
            _create(stub, f"r{region}", f"t{i}")
    held = f"{REGIONS * PER_REGION} resources in the clouds"
    calls: dict[str, Callable[[str], Any]] = {
        "Check": lambda name: stub.Check(provider_pb2.CheckRequest(urn=_urn(name), news=_inputs("r0", name))),
        "Create": lambda name: _create(stub, "measured", name),
        "Read": lambda name: stub.Read(provider_pb2.ReadRequest(urn=_urn(name), id=_id("measured", name))),
        "Delete": lambda name: stub.Delete(provider_pb2.DeleteRequest(urn=_urn(name), id=_id("measured", name))),
    }
    runs = [{verb: _mean_ms(call) for verb, call in calls.items()} for _ in range(ROUNDS)]
    for verb in calls:
        yield figure(f"sandbox: {verb}, {held}", "ms", [run[verb] for run in runs], at_most=2.0)


def _mean_ms(call: Callable[[str], Any]) -> float:
    return statistics.fmean(_ms(call, f"m{i}") for i in range(CALLS))


def _ms(call: Callable[[str], Any], name: str) -> float:
    began = time.perf_counter()
    call(name)
    return (time.perf_counter() - began) * 1000


def _create(stub: provider_pb2_grpc.ResourceProviderStub, region: str, name: str) -> None:
    stub.Create(provider_pb2.CreateRequest(urn=_urn(name), properties=_inputs(region, name)))


def _inputs(region: str, name: str) -> Any:
    return marshal(Bag({"name": name, "project": f"acme-{region}"}))


def _id(region: str, name: str) -> str:
    return f"projects/acme-{region}/topics/{name}"


def _urn(name: str) -> str:
    return f"urn:pulumi:dev::project::{TYPE}::{name}"
