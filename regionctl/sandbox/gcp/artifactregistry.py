"""Artifact Registry."""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.emulation import Emulation, constant, timestamp
from regionctl.sandbox.gcp import formats, policies
from regionctl.sandbox.gcp.apis import ONE_PLATFORM
from regionctl.sandbox.gcp.kms import encrypted_with

REPOSITORY: Final = "gcp:artifactregistry/repository:Repository"

EMULATIONS: Final = (
    Emulation(
        token=REPOSITORY,
        by_name="projects/{project}/locations/{location}/repositories/{value}",
        title="Repository",
        # "the repository already exists": the wording of the API.
        words=ONE_PLATFORM.but(exists="the repository already exists", exists_reason="alreadyExists"),
        formats={"repositoryId": formats.NAME},
        references=(encrypted_with("kmsKeyName", "gcp-sa-artifactregistry"),),
        outputs={
            "name": "{repositoryId}",
            "createTime": lambda call: timestamp(call.now_s),
            "updateTime": lambda call: timestamp(call.now_s),
            # https://cloud.google.com/artifact-registry/docs/docker/names
            "registryUri": "{location}-docker.pkg.dev/{project}/{repositoryId}",
            "vulnerabilityScanningConfig": constant({}),
        },
        mutable=frozenset({"updateTime"}),
    ),
    policies.member("gcp:artifactregistry/repositoryIamMember:RepositoryIamMember", "repository", REPOSITORY),
)
