"""Cloud Run: who reaches a workload, and as whom it runs."""

from __future__ import annotations

from collections.abc import Iterator

from regionctl.proofs.graph import Graph
from regionctl.proofs.values import at
from regionctl.render import Resource

from .grants import ACCOUNT, each, not_public, on
from .rule import Objection, Rule, equals, wrong

AREA = "Cloud Run"
SERVICE = "gcp:cloudrunv2/service:Service"
# Where each kind of workload names the account that it runs as.
ACCOUNT_PATH = {
    SERVICE: "template.serviceAccount",
    "gcp:cloudrunv2/workerPool:WorkerPool": "template.serviceAccount",
    "gcp:cloudrunv2/job:Job": "template.template.serviceAccount",
}


def workloads(graph: Graph) -> tuple[Resource, ...]:
    return graph.of(*ACCOUNT_PATH)


def account_of(workload: Resource, graph: Graph) -> Resource | None:
    """The account of this stack that a workload runs as."""
    account = graph.source(at(workload, ACCOUNT_PATH[workload.type]))
    return account if account is not None and account.type == ACCOUNT else None


def _reached(graph: Graph) -> list[Resource]:
    return [*graph.of(SERVICE), *on("cloudrunv2")(graph), *on("cloudrun")(graph)]


def _behind_the_balancer(resource: Resource, graph: Graph) -> Iterator[Objection]:
    check = (
        equals("ingress", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", "INGRESS_TRAFFIC_INTERNAL_ONLY")
        if resource.type == SERVICE
        else each(not_public)
    )
    yield from check(resource, graph)


def _own_account(workload: Resource, graph: Graph) -> Iterator[Objection]:
    path = ACCOUNT_PATH[workload.type]
    account = account_of(workload, graph)
    if account is None:
        yield wrong(path, at(workload, path), "the email of a service account of this stack")
        return
    others = [w.name for w in workloads(graph) if w is not workload and account_of(w, graph) is account]
    if others:
        yield Objection(path=path, message=f"{', '.join(others)} runs as {account.name} too")


RULES_OF_RUN = (
    Rule(
        id="CKV_GCP_102",
        area=AREA,
        claim="a service is reached through the load balancer alone",
        mend="set ingress to INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER and grant run.invoker to nobody public",
        subjects=_reached,
        objections=_behind_the_balancer,
    ),
    Rule(
        id="baseline/workload-account",
        area=AREA,
        claim="a workload runs as an account of its own",
        mend="make a service account for the workload, or it runs as the project's default one",
        subjects=workloads,
        objections=_own_account,
    ),
)
