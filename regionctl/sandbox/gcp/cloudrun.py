"""Cloud Run by its older API, whose services have the form of Knative's.

https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services
"""

from __future__ import annotations

from typing import Any, Final

from regionctl.model.wire import Value
from regionctl.sandbox.emulation import Call, Emulation, Reference, constant, revision, uuid
from regionctl.sandbox.gcp import formats, policies
from regionctl.sandbox.gcp.apis import ONE_PLATFORM
from regionctl.sandbox.gcp.serviceaccount import runs_as

SERVICE: Final = "gcp:cloudrun/service:Service"
_PLACE: Final = "locations/{location}/namespaces/{project}"


def _url(call: Call) -> str:
    # https://cloud.google.com/run/docs/triggering/https-request#deterministic
    return call.fill("https://{name}-{number}.{location}.run.app")


def _generation(call: Call) -> int:
    return 1 if call.old is None else int((call.old.outputs.get("metadata") or {}).get("generation") or 0) + 1


def _statuses(call: Call) -> list[Value]:
    name = call.fill("{name}-{count:05d}-{letters}", count=_generation(call), letters=_letters(call))
    return [
        {
            "url": _url(call),
            "latestCreatedRevisionName": name,
            "latestReadyRevisionName": name,
            "observedGeneration": _generation(call),
            "traffics": [{"latestRevision": True, "percent": 100}],
            "conditions": [
                {"type": kind, "status": "True"} for kind in ("Ready", "ConfigurationsReady", "RoutesReady")
            ],
        }
    ]


def _letters(call: Call) -> str:
    return "".join(chr(ord("a") + int(digit, 16)) for digit in call.digest(f"revision{_generation(call)}")[:3])


def _metadata(call: Call, outputs: dict[str, Value]) -> None:
    """What the API adds to the metadata that were given; the namespace of a service is its project."""
    given: dict[str, Any] = outputs.get("metadata") or {}
    outputs["metadata"] = {
        "namespace": call.fill("{project}"),
        **given,
        "generation": _generation(call),
        "resourceVersion": revision()(call),
        "selfLink": call.fill("/apis/serving.knative.dev/v1/namespaces/{number}/services/{name}"),
        "uid": uuid(call),
        "effectiveAnnotations": given.get("annotations") or {},
        "effectiveLabels": {**(given.get("labels") or {}), "goog-pulumi-provisioned": "true"},
    }


EMULATIONS: Final = (
    Emulation(
        token=SERVICE,
        id=_PLACE + "/services/{name}",
        by_name=_PLACE + "/services/{value}",
        title="Service",
        words=ONE_PLATFORM.but(exists="Resource '{name}' already exists.", exists_reason="alreadyExists"),
        formats={"name": formats.RUN_NAME},
        references=(runs_as("template.spec.serviceAccountName"),),
        refine=_metadata,
        mutable=frozenset({"statuses"}),
        outputs={"statuses": _statuses, "traffics": constant([{"latestRevision": True, "percent": 100}])},
    ),
    Emulation(
        token="gcp:cloudrun/domainMapping:DomainMapping",
        id=_PLACE + "/domainmappings/{name}",
        title="DomainMapping",
        words=ONE_PLATFORM,
        references=(Reference(path="spec.routeName", to=(SERVICE,)),),
        outputs={
            "statuses": lambda call: [
                {
                    "mappedRouteName": call.inputs["spec"].get("routeName"),
                    "observedGeneration": 1,
                    "conditions": [{"type": "Ready", "status": "True"}],
                    "resourceRecords": [{"type": "CNAME", "rrdata": "ghs.googlehosted.com.", "name": ""}],
                }
            ]
        },
    ),
    policies.member("gcp:cloudrun/iamMember:IamMember", "service", SERVICE),
    policies.binding("gcp:cloudrun/iamBinding:IamBinding", "service", SERVICE),
)
