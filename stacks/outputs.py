"""The outputs of this company's stacks: their names, and what a stack said when it was last applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Out(StrEnum):
    """The name of every output that a program exports."""

    PROJECT_ID = "project_id"
    PROJECT_NUMBER = "project_number"
    TOPIC_ID = "topic_id"
    ORIGIN_HOST = "origin_host"
    ORIGIN_ADDRESS = "origin_address"
    CERTIFICATE_DNS_RECORD = "certificate_dns_record"
    SERVICE_URL = "service_url"
    DATABASE_CONNECTION_NAME = "database_connection_name"
    IMAGE_PREFIX = "image_prefix"
    LOG_BUCKET = "log_bucket"
    EDGE_TOKEN = "edge_token"
    LISTENING = "listening"
    SERVICE_URLS = "service_urls"
    BUCKET_NAMES = "bucket_names"
    SUBSCRIPTION_ID = "subscription_id"
    HOST = "host"
    SCRIPT_NAME = "script_name"
    ORIGIN_HOSTS = "origin_hosts"
    REGIONS = "regions"
    TABLE_VERSION = "table_version"
    PUBLIC_REQUESTS = "public_requests"
    WORKLOAD_IDENTITY_PROVIDER = "workload_identity_provider"
    READ_ONLY_ACCOUNT = "read_only_account"
    DEPLOY_ACCOUNT = "deploy_account"


@dataclass(frozen=True)
class LastOutputs:
    """What a stack said when it was last applied. None is what it did not say, or not in the shape of this release."""

    said: Mapping[str, Any]

    @property
    def project_number(self) -> str | None:
        """Of every stack with a project."""
        return self._text(Out.PROJECT_NUMBER)

    @property
    def origin_host(self) -> str | None:
        """Of a region and of auth: the name that the origin's certificate is for."""
        return self._text(Out.ORIGIN_HOST)

    @property
    def origin_address(self) -> str | None:
        """Of a region and of auth: the address of the origin's load balancer."""
        return self._text(Out.ORIGIN_ADDRESS)

    @property
    def listening(self) -> tuple[str, ...] | None:
        """Of auth: the regions that may listen to its topic."""
        said = self.said.get(Out.LISTENING)
        return tuple(map(str, said)) if isinstance(said, list) else None

    @property
    def origin_hosts(self) -> Mapping[str, str]:
        """Of the edge: the names in its zone of the origins that it has records for, by region."""
        said = self.said.get(Out.ORIGIN_HOSTS)
        return said if isinstance(said, Mapping) else {}

    @property
    def regions(self) -> Any:
        """Of the edge: the table of regions as JSON data (docs/request-path.md), which `Table.from_json` reads."""
        return self.said.get(Out.REGIONS)

    @property
    def public_requests(self) -> str | None:
        """Of the edge: the list of public requests as JSON, which `PublicList.from_json` reads."""
        return self._text(Out.PUBLIC_REQUESTS)

    def _text(self, name: Out) -> str | None:
        said = self.said.get(name)
        return said if isinstance(said, str) else None
