"""Translates Cloud Run's version 1 API, which has Knative's shape, to version 2, which the components declare.

Assets of `version: v1` and Terraform's `google_cloud_run_service` are written so. What annotations mean:
https://cloud.google.com/run/docs/reference/rest/v1/ObjectMeta and google_cloud_run_service in the provider's docs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from regionctl.adopt.inventory import Expression
from regionctl.adopt.readers.documents import objects
from regionctl.adopt.shapes import camel

_INGRESS: Final = {
    "all": "INGRESS_TRAFFIC_ALL",
    "internal": "INGRESS_TRAFFIC_INTERNAL_ONLY",
    "internal-and-cloud-load-balancing": "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
}
# Labels that Cloud Run puts there: https://cloud.google.com/run/docs/reference/rest/v1/ObjectMeta
_OWN_LABELS: Final = ("cloud.googleapis.com/", "run.googleapis.com/", "serving.knative.dev/", "client.knative.dev/")


def is_knative(values: Mapping[str, Any]) -> bool:
    """Whether a service or job has the shape of version 1: its containers below `spec`."""
    return bool(_one(values, "spec")) and not values.get("containers")


def as_version_2(values: Mapping[str, Any]) -> dict[str, Any]:
    """A service, or a job, whose template holds the template of its tasks."""
    spec, metadata = _one(values, "spec"), _one(values, "metadata")
    annotations = _one(metadata, "annotations")
    template = _one(spec, "template")
    inner = _one(_one(template, "spec"), "template")
    told = {
        "name": metadata.get("name") or values.get("name"),
        "location": values.get("location"),
        "project": values.get("project"),
        "labels": _labels(metadata),
        "ingress": _read(annotations.get("run.googleapis.com/ingress"), lambda said: _INGRESS.get(said, said)),
        "scaling": _said({"manualInstanceCount": _number(annotations.get("run.googleapis.com/manualInstanceCount"))}),
        "template": _job(template, inner) if inner else _revision(template),
        "traffic": [_share(target) for target in _list(values.get("traffic") or spec.get("traffic"))],
    }
    return _said(told)


def _revision(template: Mapping[str, Any]) -> dict[str, Any]:
    spec, annotations = _one(template, "spec"), _one(_one(template, "metadata"), "annotations")
    scaling = {
        "minInstanceCount": _number(annotations.get("autoscaling.knative.dev/minScale")),
        "maxInstanceCount": _number(annotations.get("autoscaling.knative.dev/maxScale")),
    }
    return _said(
        {
            **_task(template),
            "maxInstanceRequestConcurrency": _get(spec, "containerConcurrency"),
            "scaling": _said(scaling),
            "sessionAffinity": _flag(annotations.get("run.googleapis.com/sessionAffinity")),
            "containers": [_container(one, annotations) for one in _list(spec.get("containers"))],
        }
    )


def _job(execution: Mapping[str, Any], task: Mapping[str, Any]) -> dict[str, Any]:
    spec = _one(execution, "spec")
    retries = _get(_one(task, "spec"), "maxRetries")
    # The network stands in the annotations of the execution, not of its task.
    told = {**_task(execution), **_task(task), "maxRetries": retries}
    counts = {"parallelism": _get(spec, "parallelism"), "taskCount": _get(spec, "taskCount")}
    containers = [_container(one, {}) for one in _list(_one(task, "spec").get("containers"))]
    return _said({**counts, "template": _said({**told, "containers": containers})})


def _task(template: Mapping[str, Any]) -> dict[str, Any]:
    """What services and tasks of jobs say alike."""
    spec, annotations = _one(template, "spec"), _one(_one(template, "metadata"), "annotations")
    generation = annotations.get("run.googleapis.com/execution-environment")
    return _said(
        {
            "serviceAccount": _get(spec, "serviceAccountName"),
            "timeout": _read(_get(spec, "timeoutSeconds"), lambda seconds: f"{seconds}s"),
            "encryptionKey": annotations.get("run.googleapis.com/encryption-key"),
            "executionEnvironment": _read(generation, lambda said: f"EXECUTION_ENVIRONMENT_{said.upper()}"),
            "vpcAccess": _network(annotations),
        }
    )


def _network(annotations: Mapping[str, Any]) -> dict[str, Any]:
    interfaces = annotations.get("run.googleapis.com/network-interfaces")
    egress = annotations.get("run.googleapis.com/vpc-access-egress")
    return _said(
        {
            "connector": annotations.get("run.googleapis.com/vpc-access-connector"),
            "egress": _read(egress, lambda said: said.upper().replace("-", "_")),
            "networkInterfaces": [dict(one) for one in objects(_json(interfaces))],
        }
    )


def _container(container: Mapping[str, Any], annotations: Mapping[str, Any]) -> dict[str, Any]:
    throttled = _flag(annotations.get("run.googleapis.com/cpu-throttling"))
    resources = _said(
        {
            "limits": dict(_one(_one(container, "resources"), "limits")),
            "cpuIdle": throttled,
            "startupCpuBoost": _flag(annotations.get("run.googleapis.com/startup-cpu-boost")),
        }
    )
    plain = ("image", "command", "args", "name", "workingDir")
    return _said(
        {
            **{name: _get(container, name) for name in plain},
            "env": [_variable(one) for one in _list(container.get("env"))],
            "ports": [_said({"name": one.get("name"), "containerPort": _get(one, "containerPort")})
                      for one in _list(container.get("ports"))],
            "resources": resources,
            **{probe: _camel(_one(container, probe)) for probe in ("startupProbe", "livenessProbe")},
            "volumeMounts": [_camel(one) for one in _list(_get(container, "volumeMounts"))],
        }
    )  # fmt: skip


def _variable(one: Mapping[str, Any]) -> dict[str, Any]:
    reference = _one(_one(one, "valueFrom"), "secretKeyRef")
    secret = _said({"secret": reference.get("name"), "version": reference.get("key")})
    source = {"secretKeyRef": secret} if secret else None
    return _said({"name": one.get("name"), "value": one.get("value"), "valueSource": source})


def _share(target: Mapping[str, Any]) -> dict[str, Any]:
    kind = "LATEST" if _get(target, "latestRevision") else "REVISION"
    return _said(
        {
            "type": f"TRAFFIC_TARGET_ALLOCATION_TYPE_{kind}",
            "percent": target.get("percent"),
            "revision": _get(target, "revisionName"),
            "tag": target.get("tag"),
        }
    )


def _labels(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in _one(metadata, "labels").items() if not key.startswith(_OWN_LABELS)}


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def _get(values: Mapping[str, Any], name: str) -> Any:
    """A value by its name in the API, or by Terraform's."""
    return next((value for key, value in values.items() if camel(key) == name), None)


def _one(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object, which Terraform writes as a list of one."""
    value = _get(values, name)
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [value] if isinstance(value, Mapping) else list(objects(value))


def _camel(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {camel(key): _camel(item) for key, item in value.items()}
    return [_camel(item) for item in value] if isinstance(value, list) else value


def _read(value: Any, convert: Callable[[str], Any]) -> Any:
    """What a text means; a reference of Terraform's stays one."""
    return value if value in (None, "") or isinstance(value, Expression) else convert(str(value))


def _flag(value: Any) -> Any:
    return _read(value, lambda said: {"true": True, "false": False}.get(said.lower()))


def _number(value: Any) -> Any:
    return _read(value, lambda said: int(said) if re.fullmatch(r"\d{1,9}", said, re.ASCII) else None)


def _json(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        return None
