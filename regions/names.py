"""Every cloud name, computed in one place: deterministic, never random, never an index.

Two rules keep them apart.

- A project holds one region (or one auth service) of one generation, so a name inside a project needs to say only
  what the thing is. It is the same in every region, which keeps the regions comparable.
- A name that must be unique in the whole world starts with the project id, which reads back to one company, fleet,
  region and generation only: company and fleet have no dash, and the generation is the last word that is all digits,
  because every word of a key starts with a letter.

Names that a cloud does not give out twice at once carry the generation: the project id, and inside a project the Cloud
SQL instance, the key ring and the log bucket.

The limits that the tests hold: the longest company, fleet, region and key give the longest name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

from regions.spec import FleetSpec, RegionSpec


def stack(fleet: str, name: str) -> str:
    """Pulumi's name of a stack: prod.eu-west, prod.auth, prod.edge."""
    return f"{fleet}.{name}"


@dataclass(frozen=True, kw_only=True)
class ProjectNames(ABC):
    """What every project of ours has: the names of a region's project and of the auth service's."""

    company: str
    fleet: str
    domain: str
    generation: int

    @property
    @abstractmethod
    def home(self) -> str:
        """What lives in the project: a region's name, or `auth`."""

    @property
    def stack(self) -> str:
        return stack(self.fleet, self.home)

    @cached_property
    def project(self) -> str:
        """6 to 30 characters, never given out again.
        https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin"""
        return f"{self.company}-{self.fleet}-{self.home}-{self.generation}"

    @property
    def project_title(self) -> str:
        """What people read: 4 to 30 characters."""
        return f"{self.company} {self.fleet} {self.home}"

    @property
    def network(self) -> str:
        """At most 63 characters, as every name of Compute Engine."""
        return "main"

    def subnet(self, key: str) -> str:
        """At most 63 characters."""
        return key

    @property
    def service_range(self) -> str:
        """The range of private service access. At most 63 characters."""
        return "services"

    @property
    def router(self) -> str:
        return "main"

    @property
    def nat(self) -> str:
        return "main"

    def firewall(self, key: str) -> str:
        """A firewall policy's or rule's name. At most 63 characters."""
        return key

    @property
    def key_ring(self) -> str:
        """At most 63 characters, never given out again in its location.
        https://cloud.google.com/kms/docs/resource-hierarchy"""
        return f"main-{self.generation}"

    def crypto_key(self, key: str) -> str:
        """At most 63 characters, never given out again in its key ring."""
        return key

    @property
    def database_instance(self) -> str:
        """At most 98 characters with the project's id and a colon, not given out again for a week.
        https://cloud.google.com/sql/docs/postgres/instance-settings"""
        return f"main-{self.generation}"

    @property
    def database(self) -> str:
        """At most 63 bytes, as every identifier of PostgreSQL."""
        return "app"

    def service_account(self, key: str) -> str:
        """6 to 30 characters. https://cloud.google.com/iam/docs/service-accounts-create"""
        return f"run-{key}"

    def service_account_email(self, key: str) -> str:
        """The address of an account that this project's stack declares, known before the account exists."""
        return f"{self.service_account(key)}@{self.project}.iam.gserviceaccount.com"

    def secret(self, key: str) -> str:
        """At most 255 characters."""
        return key

    def service(self, key: str) -> str:
        """A Cloud Run service. At most 49 characters. https://cloud.google.com/run/docs/deploying"""
        return key

    def job(self, key: str) -> str:
        """A Cloud Run job. At most 49 characters."""
        return key

    @property
    def repository(self) -> str:
        """An Artifact Registry repository. At most 63 characters."""
        return "releases"

    @property
    def log_bucket(self) -> str:
        """At most 100 characters, not given out again for seven days after it was deleted.
        https://cloud.google.com/logging/docs/buckets"""
        return f"regional-{self.generation}"

    @property
    def log_sink(self) -> str:
        """At most 100 characters."""
        return "regional"

    @property
    def rotation_topic(self) -> str:
        """The topic that tells which secret is due. 3 to 255 characters."""
        return "secret-rotation"

    def load_balancer(self, part: str) -> str:
        """A part of the origin's load balancer: address, certificate, URL map, backend. At most 63 characters."""
        return f"origin-{part}"

    @property
    def certificate(self) -> str:
        """At most 63 characters."""
        return "origin"

    @property
    def dns_authorization(self) -> str:
        """At most 63 characters."""
        return "origin"

    @property
    def server_tls_policy(self) -> str:
        """At most 63 characters."""
        return "origin"

    @property
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
class RegionNames(ProjectNames):
    """The names of one region."""

    region: str

    @property
    def home(self) -> str:
        return self.region

    @property
    def cache(self) -> str:
        """A Memorystore instance. At most 40 characters.
        https://cloud.google.com/memorystore/docs/redis/reference/rest/v1/projects.locations.instances/create"""
        return "main"

    def worker_pool(self, key: str) -> str:
        """A Cloud Run worker pool. At most 49 characters."""
        return key

    def bucket(self, key: str) -> str:
        """3 to 63 characters, unique in the whole world. https://cloud.google.com/storage/docs/buckets#naming"""
        return f"{self.project}-{key}"

    @property
    def subscription(self) -> str:
        """The region's subscription to the auth topic. 3 to 255 characters."""
        return "auth-events"

    @property
    def dead_letter_topic(self) -> str:
        return "auth-events-dead-letter"

    @property
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
    )


def auth_names(fleet: FleetSpec) -> AuthNames:
    """The names of a fleet's auth service."""
    return AuthNames(company=fleet.company, fleet=fleet.name, domain=fleet.domain, generation=fleet.auth.generation)


def edge_names(fleet: FleetSpec) -> EdgeNames:
    """The names of a fleet's edge."""
    return EdgeNames(company=fleet.company, fleet=fleet.name)
