"""Small programs to render."""

from __future__ import annotations

from collections.abc import Callable

import pulumi
from pulumi_gcp import compute, secretmanager

from regionctl.model.program import SecretKind, SecretSlot, StackProgram, Target

PREFIX = "urn:pulumi:prod.eu-west::regionctl::"


def program(run: Callable[[], None], *secrets: str, name: str = "prod.eu-west") -> StackProgram:
    return StackProgram(
        project="regionctl",
        name=name,
        fleet="prod",
        region="eu-west",
        target=Target.SANDBOX,
        run=run,
        config={"gcp:project": "acme", "regionctl:size": "small"},
        secrets={key: SecretSlot(kind=SecretKind.GENERATED) for key in secrets},
    )


class Net(pulumi.ComponentResource):
    """A network and a subnet in it."""

    network_id: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Net", name, {}, opts)
        inside = pulumi.ResourceOptions(parent=self)
        network = compute.Network(f"{name}-net", auto_create_subnetworks=False, opts=inside)
        compute.Subnetwork(
            f"{name}-sub",
            network=network.id,
            ip_cidr_range="10.0.0.0/24",
            description=pulumi.Output.concat("in ", network.self_link),
            opts=inside,
        )
        self.network_id = network.id
        self.register_outputs({"networkId": network.id})


def vault() -> None:
    """A secret of the config, in a resource and in an output."""
    password = pulumi.Config().require_secret("password")
    box = secretmanager.Secret("box", secret_id="box", replication={"auto": {}})
    secretmanager.SecretVersion("version", secret=box.id, secret_data=password)
    pulumi.export("login", pulumi.Output.concat("admin:", password))
