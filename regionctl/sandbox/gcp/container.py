"""Google Kubernetes Engine: clusters and node pools, as far as programs build on them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Final

from regionctl.model.wire import Value
from regionctl.sandbox.emulation import Call, Emulation, OnDelete, Reference, constant, revision
from regionctl.sandbox.gcp import formats
from regionctl.sandbox.gcp.apis import ONE_PLATFORM
from regionctl.sandbox.gcp.naming import external_address

CLUSTER: Final = "gcp:container/cluster:Cluster"
VERSIONS: Final = ["1.34.1-gke.1431000", "1.33.5-gke.1308000", "1.32.9-gke.1239000"]

_CLUSTERS: Final = "projects/{project}/locations/{location}/clusters/"


def _version(call: Call) -> str:
    given = str(call.inputs.get("minMasterVersion") or call.inputs.get("version") or "latest")
    return next((version for version in VERSIONS if version.startswith(given)), VERSIONS[0])


def _authenticate(call: Call, outputs: dict[str, Value]) -> None:
    """`flattenMasterAuth` of resource_container_cluster.go: a certificate of the cluster, and none of a client's."""
    given: dict[str, Any] = outputs.get("masterAuth") or {}
    pem = f"-----BEGIN CERTIFICATE-----\n{call.digest('ca')}\n-----END CERTIFICATE-----\n"
    outputs["masterAuth"] = {
        "clientCertificateConfig": {"issueClientCertificate": False},
        **given,
        "clusterCaCertificate": b64encode(pem.encode()).decode(),
        "clientCertificate": "",
        "clientKey": "",
    }


EMULATIONS: Final = (
    Emulation(
        token=CLUSTER,
        id=_CLUSTERS + "{name}",
        by_name=_CLUSTERS + "{value}",
        title="Cluster",
        words=ONE_PLATFORM.but(exists="Already exists: {path}.", exists_reason="alreadyExists"),
        formats={"name": formats.NAME},
        refine=_authenticate,
        fills=frozenset({"masterAuth.clusterCaCertificate", "masterAuth.clientCertificate", "masterAuth.clientKey"}),
        outputs={
            "selfLink": "https://container.googleapis.com/v1/{id}",
            "endpoint": external_address,
            "masterVersion": _version,
            "nodeVersion": _version,
            "emulatedVersion": "",
            "operation": "",
            "labelFingerprint": revision(),
            "network": "projects/{project}/global/networks/default",
            "clusterIpv4Cidr": lambda call: f"10.{4 * (int(call.digest('pods'), 16) % 60)}.0.0/14",
            "servicesIpv4Cidr": "34.118.224.0/20",
            "tpuIpv4CidrBlock": "",
            "loggingService": "logging.googleapis.com/kubernetes",
            "monitoringService": "monitoring.googleapis.com/kubernetes",
        },
    ),
    Emulation(
        token="gcp:container/nodePool:NodePool",
        id=lambda call: call.fill("{cluster}/nodePools/{name}", cluster=call.targets["cluster"][0].path),
        title="NodePool",
        words=ONE_PLATFORM.but(exists="Already exists: {path}.", exists_reason="alreadyExists"),
        references=(Reference(path="cluster", to=(CLUSTER,), on_delete=OnDelete.CASCADE),),
        outputs={
            "operation": "",
            "version": _version,
            "nodeCount": lambda call: call.inputs.get("initialNodeCount") or 0,
            "instanceGroupUrls": constant([]),
            "managedInstanceGroupUrls": constant([]),
        },
    ),
)
