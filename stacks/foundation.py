"""What every project of a fleet starts with, a region's and the auth service's alike: the project and its keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from components.keys import KeyArgs, Keys, KeysArgs
from components.project import Project, ProjectArgs, ProjectCreation
from components.storage import ACCESS_LOG_WRITERS_CUSTOMER
from regions.names import ProjectNames
from regions.spec import FleetSpec, Home

NamesT_co = TypeVar("NamesT_co", bound=ProjectNames, covariant=True)
HomeT_co = TypeVar("HomeT_co", bound=Home, covariant=True)
NamesT = TypeVar("NamesT", bound=ProjectNames)
HomeT = TypeVar("HomeT", bound=Home)


@dataclass(frozen=True, kw_only=True)
class Site(Generic[HomeT_co, NamesT_co]):
    """A project with its keys, and what its resources are made from."""

    fleet: FleetSpec
    home: HomeT_co
    names: NamesT_co
    project: Project
    keys: Keys

    @property
    def labels(self) -> dict[str, str]:
        return labels(self.names)


def make_site(
    fleet: FleetSpec, home: HomeT, names: NamesT, *, services: Sequence[str], key_users: Mapping[str, str]
) -> Site[HomeT, NamesT]:
    """The project and a key for each kind of data; `key_users` maps it to the service whose agent encrypts with it."""
    agents = sorted(key_users.values())
    project = make_project(fleet, home, names, services=services, agents=agents)
    keys = make_keys(project, home, names, key_users)
    return Site(fleet=fleet, home=home, names=names, project=project, keys=keys)


STACK_LABELS = ("fleet", "stack")  # the labels that say which stack it is


def labels(names: ProjectNames) -> dict[str, str]:
    """What every resource that takes labels carries, for bills and searches."""
    return {"fleet": names.fleet, "stack": names.home, "managed-by": "regionctl"}


def make_project(
    fleet: FleetSpec, home: Home, names: ProjectNames, *, services: Sequence[str], agents: Sequence[str]
) -> Project:
    """The project with its services. It is made where the fleet has an organisation, else it exists already."""
    made_here = ("orgpolicy", "billingbudgets") if fleet.organisation else ()
    return Project(
        "project",
        ProjectArgs(
            project_id=names.project,
            services=sorted({"cloudresourcemanager", "iam", "logging", "monitoring", *services, *made_here}),
            agents=agents,
            creation=_creation(fleet, home, names, stores_objects="storage" in services),
            labels=labels(names),
        ),
    )


def make_keys(project: Project, home: Home, names: ProjectNames, users: Mapping[str, str]) -> Keys:
    """One key for each kind of data; `users` maps it to the service whose agent encrypts with it."""
    return Keys(
        "keys",
        KeysArgs(
            project=project.using("cloudkms"),
            location=home.location,
            ring_name=names.key_ring,
            keys={
                key: KeyArgs(name=names.crypto_key(key), members={service: project.agents[service]})
                for key, service in users.items()
            },
            labels=labels(names),
        ),
    )


def _creation(fleet: FleetSpec, home: Home, names: ProjectNames, *, stores_objects: bool) -> ProjectCreation | None:
    if fleet.organisation is None:
        return None
    organisation = fleet.organisation
    places = dict.fromkeys((home.location, home.database.backup_location or home.location))
    return ProjectCreation(
        title=names.project_title,
        billing_account=organisation.billing_account,
        # A project has one parent: the folder where there is one.
        org_id=None if organisation.folder else organisation.id,
        folder_id=organisation.folder,
        # Value groups: https://cloud.google.com/resource-manager/docs/organization-policy/defining-locations
        allowed_locations=[f"in:{place}-locations" for place in places],
        # All that belong to the organisation, service accounts and agents of its projects too, and who writes the logs.
        admitted=(f"is:principalSet://iam.googleapis.com/organizations/{organisation.id}", ACCESS_LOG_WRITERS_CUSTOMER)
        if stores_objects
        else (),
    )
