"""Names that a region keeps because it was there before this repository: a cloud renames almost nothing.

The keys are those of `names.py`, which computes a name where none is kept. Regions made later compute all of theirs.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from regions.model import FrozenMap, Key, ProjectId, Shape, Spec

# Which characters and how many a name may have differs by resource, and the cloud has accepted it already.
KeptName = Annotated[str, Shape(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", "a name as the cloud has it is", most=255)]
KeptNames = FrozenMap[Key, KeptName]


class NamesSpec(Spec):
    """What is called otherwise than a new region would call it. A map's keys are the spec's own (`api`, `uploads`)."""

    project: ProjectId | None = None
    network: KeptName | None = None
    subnet: KeptNames = Field(default={}, validate_default=True)
    service_range: KeptName | None = None
    router: KeptName | None = None
    nat: KeptName | None = None
    firewall: KeptNames = Field(default={}, validate_default=True)
    key_ring: KeptName | None = None
    crypto_key: KeptNames = Field(default={}, validate_default=True)
    database_instance: KeptName | None = None
    database: KeptName | None = None
    cache: KeptName | None = None
    service_account: KeptNames = Field(default={}, validate_default=True)
    secret: KeptNames = Field(default={}, validate_default=True)
    service: KeptNames = Field(default={}, validate_default=True)
    worker_pool: KeptNames = Field(default={}, validate_default=True)
    job: KeptNames = Field(default={}, validate_default=True)
    bucket: KeptNames = Field(default={}, validate_default=True)
    repository: KeptName | None = None
    log_bucket: KeptName | None = None
    log_sink: KeptName | None = None
    rotation_topic: KeptName | None = None
    subscription: KeptName | None = None
    dead_letter_topic: KeptName | None = None
    dead_letter_subscription: KeptName | None = None
    load_balancer: KeptNames = Field(default={}, validate_default=True)
    certificate: KeptName | None = None
    dns_authorization: KeptName | None = None
    server_tls_policy: KeptName | None = None
    security_policy: KeptName | None = None
