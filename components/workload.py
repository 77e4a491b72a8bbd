"""What services, worker pools and jobs on Cloud Run have in common: where they run, as whom, and their environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pulumi import Input

from components.base import Labels

Env = TypeVar("Env")


@dataclass(frozen=True, kw_only=True)
class SecretEnv:
    """An environment variable whose value is a version of a secret, read when an instance starts."""

    secret_id: Input[str]
    version: Input[str]


@dataclass(frozen=True, kw_only=True)
class WorkloadArgs:
    """One container image, run as an account of its own (CKV_GCP_46) with all of its traffic through the network.

    `env` and `secret_env` map a variable's name to what it holds. Raises ValueError for a name that is in both.
    """

    project: Input[str]
    region: Input[str]
    name: Input[str]
    image: Input[str]
    account_email: Input[str]
    network_id: Input[str]
    subnet_id: Input[str]
    cpu: Input[str] = "1"
    memory: Input[str] = "512Mi"
    env: Mapping[str, Input[str]] = field(default_factory=dict)
    secret_env: Mapping[str, SecretEnv] = field(default_factory=dict)
    labels: Labels = field(default_factory=dict)

    def __post_init__(self) -> None:
        both = sorted(self.env.keys() & self.secret_env.keys())
        if both:
            raise ValueError(f"environment variable {both[0]} is given twice, plain and as a secret; keep one of them")

    @property
    def limits(self) -> dict[str, Input[str]]:
        return {"cpu": self.cpu, "memory": self.memory}


def environment(
    args: WorkloadArgs, variable: Callable[..., Env], source: Callable[..., object], secret: Callable[..., object]
) -> list[Env]:
    """A container's environment, in the order of the names. The three classes are those of its kind of workload."""
    plain = [variable(name=name, value=args.env[name]) for name in sorted(args.env)]
    secrets = [
        variable(name=name, value_source=source(secret_key_ref=secret(secret=one.secret_id, version=one.version)))
        for name, one in sorted(args.secret_env.items())
    ]
    return [*plain, *secrets]
