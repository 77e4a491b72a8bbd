"""A region's own copy of the images that it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import Labels, child, ready


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """`upstream` is the repository that releases are pushed to:
    `projects/<project>/locations/<location>/repositories/<repository>`. `readers` maps a stable key to an IAM member.
    """

    project: Input[str]
    location: Input[str]
    repository_id: Input[str]
    upstream: Input[str]
    key_id: Input[str]
    readers: Mapping[str, Input[str]] = field(default_factory=dict)
    labels: Labels = field(default_factory=dict)


class Registry(pulumi.ComponentResource):
    """An Artifact Registry repository in front of the release registry: it fetches an image once and keeps it.

    So a region goes on starting instances while the release registry is away, and a first `up` has something to pull.
    Does not grant itself access to the release registry: whoever owns that grants `roles/artifactregistry.reader` to
    this project's Artifact Registry agent.
    """

    image_prefix: Output[str]

    def __init__(self, name: str, args: RegistryArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:registry:Registry", name, None, opts)
        repository = gcp.artifactregistry.Repository(
            f"{name}-repository",
            project=args.project,
            location=args.location,
            repository_id=args.repository_id,
            description="Images of the releases that this region runs.",
            format="DOCKER",
            mode="REMOTE_REPOSITORY",
            remote_repository_config=gcp.artifactregistry.RepositoryRemoteRepositoryConfigArgs(
                description="The fleet's release registry.",
                common_repository=gcp.artifactregistry.RepositoryRemoteRepositoryConfigCommonRepositoryArgs(
                    uri=args.upstream
                ),
            ),
            kms_key_name=args.key_id,  # CKV_GCP_84
            labels=args.labels,
            opts=child(self),
        )
        grants = [
            gcp.artifactregistry.RepositoryIamMember(
                f"{name}-reader-{key}",
                project=args.project,
                location=args.location,
                repository=repository.name,
                role="roles/artifactregistry.reader",
                member=member,
                opts=child(self),
            )
            for key, member in args.readers.items()
        ]
        prefix = Output.concat(args.location, "-docker.pkg.dev/", args.project, "/", repository.repository_id)
        self.image_prefix = ready(prefix, *grants)
        self.register_outputs({"imagePrefix": self.image_prefix})
