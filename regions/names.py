"""Every cloud name, computed in one place: deterministic, never random, never an index.

Two rules keep them apart.

- A project holds one region (or one auth service) of one generation, so a name inside a project needs to say only
  what the thing is. It is the same in every region, which keeps the regions comparable.
- A name that must be unique in the whole world starts with the project id, which reads back to one company, fleet,
  region and generation only: company and fleet have no dash, and the generation is the last word that is all digits,
  because every word of a key starts with a letter.

Names that a cloud does not give out twice at once carry the generation: the project id, and inside a project the Cloud
SQL instance, the key ring and the log bucket.

A region that was made by hand before keeps the names that its spec says under `names:` (kept_names.py).

The limits that the tests hold: the longest company, fleet, region and key give the longest name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import TypeVar

from regions.spec import CiSpec, FleetSpec, RegionSpec


def stack(fleet: str, name: str) -> str:
    """Pulumi's name of a stack: prod.eu-west, prod.auth, prod.edge."""
    return f"{fleet}.{name}"


NamesT = TypeVar("NamesT", bound="ProjectNames")


def _keepable(compute: Callable[[NamesT], str]) -> Callable[[NamesT], str]:
    """A name that the region's `names:` may say instead: one that was there before."""

    @wraps(compute)
    def name(names: NamesT) -> str:
        own = names.kept.get(compute.__name__)
        return own if isinstance(own, str) else compute(names)

    return name


def _keepable_by_key(compute: Callable[[NamesT, str], str]) -> Callable[[NamesT, str], str]:
    """As `_keepable`, of names by the spec's keys."""

    @wraps(compute)
    def name(names: NamesT, key: str) -> str:
        own = names.kept.get(compute.__name__)
        return own[key] if isinstance(own, Mapping) and key in own else compute(names, key)

    return name


@dataclass(frozen=True, kw_only=True)
class ProjectNames(ABC):
    """What every project of ours has: the names of a region's project and of the auth service's."""

    company: str
    fleet: str
    domain: str
    generation: int
    kept: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)

    @property
    @abstractmethod
    def home(self) -> str:
        """What lives in the project: a region's name, or `auth`."""

    @property
    def stack(self) -> str:
        return stack(self.fleet, self.home)

    @cached_property
    @_keepable
    def project(self) -> str:
        """6 to 30 characters, never given out again.
        https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin"""
        return f"{self.company}-{self.fleet}-{self.home}-{self.generation}"

    @property
    def project_title(self) -> str:
        """What people read: 4 to 30 characters."""
        return f"{self.company} {self.fleet} {self.home}"

    @property
    @_keepable
    def network(self) -> str:
        """At most 63 characters, as every name of Compute Engine."""
        return "main"

    @_keepable_by_key
    def subnet(self, key: str) -> str:
        """At most 63 characters."""
        return key

    @property
    @_keepable
    def service_range(self) -> str:
        """The range of private service access. At most 63 characters."""
        return "services"

    @property
    @_keepable
    def router(self) -> str:
        return "main"

    @property
    @_keepable
    def nat(self) -> str:
        return "main"

    @_keepable_by_key
    def firewall(self, key: str) -> str:
        """A firewall policy's or rule's name. At most 63 characters."""
        return key

    @property
    @_keepable
    def key_ring(self) -> str:
        """At most 63 characters, never given out again in its location.
        https://cloud.google.com/kms/docs/resource-hierarchy"""
        return f"main-{self.generation}"

    @_keepable_by_key
    def crypto_key(self, key: str) -> str:
        """At most 63 characters, never given out again in its key ring."""
        return key

    @property
    @_keepable
    def database_instance(self) -> str:
        """At most 98 characters with the project's id and a colon, not given out again for a week.
        https://cloud.google.com/sql/docs/postgres/instance-settings"""
        return f"main-{self.generation}"

    @property
    @_keepable
    def database(self) -> str:
        """At most 63 bytes, as every identifier of PostgreSQL."""
        return "app"

    @_keepable_by_key
    def service_account(self, key: str) -> str:
        """6 to 30 characters. https://cloud.google.com/iam/docs/service-accounts-create"""
        return f"run-{key}"

    def account_email(self, key: str) -> str:
        """How the account of a workload is known outside of its project.
        https://cloud.google.com/iam/docs/service-account-types#user-managed"""
        return f"{self.service_account(key)}@{self.project}.iam.gserviceaccount.com"

    @_keepable_by_key
    def secret(self, key: str) -> str:
        """At most 255 characters."""
        return key

    @_keepable_by_key
    def service(self, key: str) -> str:
        """A Cloud Run service. At most 49 characters. https://cloud.google.com/run/docs/deploying"""
        return key

    @_keepable_by_key
    def job(self, key: str) -> str:
        """A Cloud Run job. At most 49 characters."""
        return key

    @property
    @_keepable
    def repository(self) -> str:
        """An Artifact Registry repository. At most 63 characters."""
        return "releases"

    @property
    @_keepable
    def log_bucket(self) -> str:
        """At most 100 characters, not given out again for seven days after it was deleted.
        https://cloud.google.com/logging/docs/buckets"""
        return f"regional-{self.generation}"

    @property
    @_keepable
    def log_sink(self) -> str:
        """At most 100 characters."""
        return "regional"

    @property
    @_keepable
    def rotation_topic(self) -> str:
        """The topic that tells which secret is due. 3 to 255 characters."""
        return "secret-rotation"

    @_keepable_by_key
    def load_balancer(self, part: str) -> str:
        """A part of the origin's load balancer: address, certificate, URL map, backend. At most 63 characters."""
        return f"origin-{part}"

    @property
    @_keepable
    def certificate(self) -> str:
        """At most 63 characters."""
        return "origin"

    @property
    @_keepable
    def dns_authorization(self) -> str:
        """At most 63 characters."""
        return "origin"

    @property
    @_keepable
    def server_tls_policy(self) -> str:
        """At most 63 characters."""
        return "origin"

    @property
    @_keepable
    def security_policy(self) -> str:
        """At most 63 characters."""
        return "origin"

    @property
    def origin_host(self) -> str:
        """Where the Worker reaches what lives here. At most 63 characters, for the certificate's common name.
        https://cloud.google.com/certificate-manager/docs/certificates"""
        return f"{self.home}.origin.{self.domain}"


@dataclass(frozen=True, kw_only=True)
class AuthNames(ProjectNames):
    """The names of a fleet's auth service."""

    @property
    def home(self) -> str:
        return "auth"

    @property
    def topic(self) -> str:
        """The topic that every region listens to. 3 to 255 characters."""
        return "auth-events"

    def region_account(self, region: str) -> str:
        """The account that stands for a region in the auth service's project. 6 to 30 characters."""
        return f"region-{region}"

    @property
    def topic_id(self) -> str:
        """The topic in full, as a subscription in another project names it."""
        return f"projects/{self.project}/topics/{self.topic}"


@dataclass(frozen=True, kw_only=True)
class CiNames(ProjectNames):
    """The names of what a fleet's CI comes in by."""

    @property
    def home(self) -> str:
        return "ci"

    def service_account(self, key: str) -> str:
        return f"ci-{key}"

    @property
    def identity_pool(self) -> str:
        """4 to 32 characters, not given out again for 30 days.
        https://cloud.google.com/iam/docs/manage-workload-identity-pools-providers"""
        return f"pipelines-{self.generation}"

    @property
    def identity_provider(self) -> str:
        """4 to 32 characters, not given out again for 30 days."""
        return "github"


@dataclass(frozen=True, kw_only=True)
class RegionNames(ProjectNames):
    """The names of one region."""

    region: str

    @property
    def home(self) -> str:
        return self.region

    @property
    @_keepable
    def cache(self) -> str:
        """A Memorystore instance. At most 40 characters.
        https://cloud.google.com/memorystore/docs/redis/reference/rest/v1/projects.locations.instances/create"""
        return "main"

    @_keepable_by_key
    def worker_pool(self, key: str) -> str:
        """A Cloud Run worker pool. At most 49 characters."""
        return key

    @_keepable_by_key
    def bucket(self, key: str) -> str:
        """3 to 63 characters, unique in the whole world. https://cloud.google.com/storage/docs/buckets#naming"""
        return f"{self.project}-{key}"

    @property
    @_keepable
    def subscription(self) -> str:
        """The region's subscription to the auth topic. 3 to 255 characters."""
        return "auth-events"

    @property
    @_keepable
    def dead_letter_topic(self) -> str:
        return "auth-events-dead-letter"

    @property
    @_keepable
    def dead_letter_subscription(self) -> str:
        return "auth-events-dead-letter"


@dataclass(frozen=True, kw_only=True)
class EdgeNames:
    """The names of a fleet's edge, in a Cloudflare account that other fleets may share."""

    company: str
    fleet: str

    @property
    def stack(self) -> str:
        return stack(self.fleet, "edge")

    @property
    def title(self) -> str:
        """What the rulesets, the client certificate and the key-value namespace are called. At most 50 characters."""
        return f"{self.company}-{self.fleet}-edge"

    @property
    def script(self) -> str:
        """The Worker. At most 63 characters, unique in its account.
        https://developers.cloudflare.com/workers/wrangler/configuration/#inheritable-keys"""
        return f"{self.company}-{self.fleet}-edge"


def region_names(fleet: FleetSpec, region: RegionSpec) -> RegionNames:
    """The names of a region of a fleet."""
    return RegionNames(
        company=fleet.company,
        fleet=fleet.name,
        domain=fleet.domain,
        region=region.name,
        generation=region.generation,
        kept=region.names.model_dump(exclude_none=True),
    )


def auth_names(fleet: FleetSpec) -> AuthNames:
    """The names of a fleet's auth service."""
    return AuthNames(company=fleet.company, fleet=fleet.name, domain=fleet.domain, generation=fleet.auth.generation)


def ci_names(fleet: FleetSpec, ci: CiSpec) -> CiNames:
    """The names of a fleet's CI."""
    return CiNames(company=fleet.company, fleet=fleet.name, domain=fleet.domain, generation=ci.generation)


def edge_names(fleet: FleetSpec) -> EdgeNames:
    """The names of a fleet's edge."""
    return EdgeNames(company=fleet.company, fleet=fleet.name)
