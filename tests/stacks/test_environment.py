"""The stacks tell each program by its environment what it asks for: services/tests/environment.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from regionctl.render import Declaration, render
from regions.load import load_fleet
from stacks.programs import REGIONS_DIR, programs
from tests.components.alone import at

ASKED: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parents[2] / "services" / "tests" / "environment.json").read_text(encoding="utf-8")
)
# Cloud Run sets it: https://cloud.google.com/run/docs/container-contract#env-vars
BY_CLOUD_RUN = {"PORT", "K_SERVICE", "K_REVISION"}
# Secrets of a region that the reference product has no use for, and a product of one's own may have.
FOR_ANOTHER_PRODUCT = {"SESSION_KEY", "SMTP_PASSWORD"}
FLEETS = ("prod", "staging")


def declarations() -> Iterator[tuple[str, str, Declaration]]:
    for fleet in FLEETS:
        for program in programs(load_fleet(REGIONS_DIR, fleet)).values():
            if program.region:
                yield program.name, "product", render(program)
            elif program.name == f"{fleet}.auth":
                yield program.name, "auth", render(program)


def workloads() -> list[Any]:
    """Stack, program, what it is told."""
    found = []
    for stack, service, declared in declarations():
        for resource in declared.resources.values():
            kind = resource.type.rpartition(":")[2]
            where = {"Service": "template", "WorkerPool": "template", "Job": "template.template"}.get(kind)
            if where is None or not resource.type.startswith("gcp:cloudrunv2"):
                continue
            (container,) = at(resource, f"{where}.containers")
            key = str(container["image"]).partition("@")[0].rpartition("/")[2]
            program = service if service == key else f"{service}.{key}"
            given = {env["name"] for env in container["envs"]}
            found.append(pytest.param(program, given, id=f"{stack}-{program}"))
    return found


@pytest.mark.parametrize(("program", "given"), workloads())
def test_a_program_is_told_what_it_asks_for_and_nothing_else(program: str, given: set[str]) -> None:
    required, optional = set(ASKED[program]["required"]), set(ASKED[program]["optional"])
    assert required - given == set(), "the stack lacks what the program needs"
    unknown = given - required - optional - FOR_ANOTHER_PRODUCT
    # What all of a region's programs are told alike.
    assert unknown <= {"AUTH_EVENTS_SUBSCRIPTION", "BUCKET_UPLOADS"}, "the program knows no such variable"
    assert not given & BY_CLOUD_RUN


def test_the_page_is_told_what_people_call_each_locality() -> None:
    for fleet in FLEETS:
        loaded = load_fleet(REGIONS_DIR, fleet)
        for program in programs(loaded).values():
            if program.region:
                (told,) = [env for env in _environments(render(program)) if "LOCALITIES" in env]
                names = {key: one["name"] for key, one in json.loads(told["LOCALITIES"]).items()}
                assert names == {key: one.name for key, one in loaded.spec.localities.items()}


def _environments(declared: Declaration) -> Iterator[dict[str, str]]:
    for resource in declared.resources.values():
        if resource.type.endswith(":Service") and resource.type.startswith("gcp:cloudrunv2"):
            (container,) = at(resource, "template.containers")
            yield {env["name"]: env.get("value") for env in container["envs"]}


def test_every_program_runs_in_some_stack() -> None:
    assert {case.values[0] for case in workloads()} == set(ASKED)
