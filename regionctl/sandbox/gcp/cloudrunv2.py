"""Cloud Run: services, worker pools, jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from regionctl.model.wire import Value
from regionctl.sandbox.emulation import Call, Emulation, Output, Reference, constant, revision, timestamp, uuid
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.gcp import formats, policies
from regionctl.sandbox.gcp.apis import ONE_PLATFORM
from regionctl.sandbox.gcp.compute.automatic import NETWORK, SUBNETWORK
from regionctl.sandbox.gcp.kms import encrypted_with
from regionctl.sandbox.gcp.secretmanager import SECRET
from regionctl.sandbox.gcp.serviceaccount import runs_as

SERVICE: Final = "gcp:cloudrunv2/service:Service"
JOB: Final = "gcp:cloudrunv2/job:Job"
WORKER_POOL: Final = "gcp:cloudrunv2/workerPool:WorkerPool"

_READY: Final[list[Value]] = [{"type": "Ready", "state": "CONDITION_SUCCEEDED"}]

_WORDS: Final = ONE_PLATFORM.but(exists="Resource '{name}' already exists.", exists_reason="alreadyExists")

_COMMON: Final[Mapping[str, Output]] = {
    "uid": uuid,
    "createTime": lambda call: timestamp(call.now_s),
    "updateTime": lambda call: timestamp(call.now_s),
    "deleteTime": "",
    "expireTime": "",
    "creator": "regionctl@{project}.iam.gserviceaccount.com",
    "lastModifier": "regionctl@{project}.iam.gserviceaccount.com",
    "etag": revision(),
    "generation": lambda call: str(_generation(call)),
    "observedGeneration": lambda call: str(_generation(call)),
    "reconciling": constant(False),
    "launchStage": constant("GA"),
    "conditions": constant([]),
    "terminalConditions": constant(_READY),
}
_MUTABLE: Final = frozenset({"etag", "generation", "observedGeneration", "updateTime"})
_REVISIONS: Final = frozenset({"latestCreatedRevision", "latestReadyRevision"})


def _generation(call: Call) -> int:
    return 1 if call.old is None else int(call.old.outputs.get("generation", 1)) + 1


def _revision(call: Call) -> str:
    # Revisions count up and end in three letters: api-00001-abc.
    letters = "".join(chr(ord("a") + int(digit, 16)) for digit in call.digest(f"revision{_generation(call)}")[:3])
    return f"{call.id}/revisions/{call.inputs['name']}-{_generation(call):05d}-{letters}"


def _uri(call: Call) -> str:
    # The deterministic address: https://cloud.google.com/run/docs/triggering/https-request#deterministic
    return call.fill("https://{name}-{number}.{location}.run.app")


def _of_template(prefix: str) -> tuple[Reference, ...]:
    """What a revision's template refers to."""
    return (
        runs_as(f"{prefix}.serviceAccount"),
        encrypted_with(f"{prefix}.encryptionKey", "serverless-robot-prod"),
        Reference(path=f"{prefix}.vpcAccess.networkInterfaces[].network", to=(NETWORK,)),
        Reference(path=f"{prefix}.vpcAccess.networkInterfaces[].subnetwork", to=(SUBNETWORK,)),
        Reference(path=f"{prefix}.containers[].envs[].valueSource.secretKeyRef.secret", to=(SECRET,)),
        Reference(path=f"{prefix}.volumes[].secret.secret", to=(SECRET,)),
    )


def _refuse_a_run_that_there_was(call: Call) -> None:
    """A change is sent with its token, and the run is named after it.
    https://github.com/hashicorp/terraform-provider-google/issues/24451"""
    before = call.old.inputs if call.old else {}
    for kind in ("runExecutionToken", "startExecutionToken"):
        token = call.inputs.get(kind)
        if token and token == before.get(kind):
            raise CloudError(409, "alreadyExists", f"Resource '{call.inputs['name']}-{token}' already exists.")


EMULATIONS: Final = (
    Emulation(
        token=SERVICE,
        title="Service",
        words=_WORDS,
        formats={"name": formats.RUN_NAME},
        references=_of_template("template"),
        mutable=_MUTABLE | _REVISIONS | {"trafficStatuses"},
        outputs={
            **_COMMON,
            "functionalType": "",
            "uri": _uri,
            "urls": lambda call: [_uri(call)],
            "latestCreatedRevision": _revision,
            "latestReadyRevision": _revision,
            "ingress": constant("INGRESS_TRAFFIC_ALL"),
            "traffics": constant([{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}]),
            "trafficStatuses": constant([{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}]),
        },
    ),
    Emulation(
        token=WORKER_POOL,
        title="WorkerPool",
        words=_WORDS,
        formats={"name": formats.RUN_NAME},
        references=_of_template("template"),
        mutable=_MUTABLE | _REVISIONS | {"instanceSplitStatuses"},
        outputs={
            **_COMMON,
            "latestCreatedRevision": _revision,
            "latestReadyRevision": _revision,
            "instanceSplits": constant([{"type": "INSTANCE_SPLIT_ALLOCATION_TYPE_LATEST", "percent": 100}]),
            "instanceSplitStatuses": constant([{"type": "INSTANCE_SPLIT_ALLOCATION_TYPE_LATEST", "percent": 100}]),
        },
    ),
    Emulation(
        token=JOB,
        title="Job",
        words=_WORDS,
        formats={"name": formats.RUN_NAME},
        references=_of_template("template.template"),
        on_update=(_refuse_a_run_that_there_was,),
        mutable=_MUTABLE | {"executionCount"},
        outputs={
            **_COMMON,
            "functionalType": "",
            "executionCount": lambda call: _generation(call) if call.inputs.get("runExecutionToken") else 0,
            "latestCreatedExecutions": constant([]),
        },
    ),
    policies.member("gcp:cloudrunv2/serviceIamMember:ServiceIamMember", "name", SERVICE),
    policies.binding("gcp:cloudrunv2/serviceIamBinding:ServiceIamBinding", "name", SERVICE),
    policies.member("gcp:cloudrunv2/jobIamMember:JobIamMember", "name", JOB),
    policies.member("gcp:cloudrunv2/workerPoolIamMember:WorkerPoolIamMember", "name", WORKER_POOL),
)
