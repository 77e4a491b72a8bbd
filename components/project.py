"""The Google Cloud project that a region lives in, and what must be on before anything else can be made in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, InvokeOutputOptions, Output, Resource, ResourceOptions
from pulumi.runtime import is_dry_run

from components.base import Labels, child, ready

STORAGE = "storage"

# Constraints that keep for good what this package's components hold by default. Google's names:
# https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints
ENFORCED = (
    "compute.skipDefaultNetworkCreation",
    "iam.automaticIamGrantsForDefaultServiceAccounts",
    "iam.disableServiceAccountKeyCreation",
    "sql.restrictPublicIp",
    "storage.publicAccessPrevention",
)


@dataclass(frozen=True, kw_only=True)
class ProjectCreation:
    """What makes a project of one's own: `org_id` or `folder_id`, and who pays.

    `allowed_locations` are values of the constraint gcp.resourceLocations, such as `in:europe-west1-locations`.
    `admitted` are values of iam.allowedPolicyMemberDomains: whose identities may be granted something, besides those
    that the organisation lets in. Without any, what the organisation says holds.
    """

    title: Input[str]
    billing_account: Input[str]
    org_id: Input[str] | None = None
    folder_id: Input[str] | None = None
    allowed_locations: Sequence[str]
    admitted: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class ProjectArgs:
    """`services` are APIs by their short names (`sqladmin`); `agents` those whose service agent is needed.

    Without `creation` the project exists already.
    """

    project_id: Input[str]
    services: Sequence[str]
    agents: Sequence[str] = ()
    creation: ProjectCreation | None = None
    protected: bool = True
    labels: Labels = field(default_factory=dict)


class Project(pulumi.ComponentResource):
    """A project with its services on, its service agents made, its locations limited and its audit logs kept.

    `using(service)` is the project's id, ready for that service. `agents[service]` is the IAM member of the service's
    own account, which needs grants on keys and topics; in an update the provider is asked for Cloud Storage's, which
    makes it. Google's default account may do nothing: enabling Compute Engine makes it, inside the creation of the
    project and so before any policy holds. Does not set organisation policies on a project that it did not make:
    whoever made it owns them. Does not switch a service off when it goes, since others may use it.
    """

    project_id: Output[str]
    agents: Mapping[str, Output[str]]

    def __init__(self, name: str, args: ProjectArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:project:Project", name, None, opts)
        project_id: Output[str] = Output.from_input(args.project_id)
        self._number: Output[str] | None = None
        policies: list[Resource] = []
        if args.creation:
            project = self._make_project(name, args, args.creation)
            project_id, self._number = project.project_id, project.number
            policies = self._make_policies(name, args.creation, project_id)
        self._services = {
            service: gcp.projects.Service(
                f"{name}-{service}",
                project=project_id,
                service=f"{service}.googleapis.com",
                disable_on_destroy=False,
                opts=child(self, after=policies),
            )
            for service in args.services
        }
        self._make_audit_logs(name, project_id)
        self.project_id = ready(project_id, *policies)
        if args.creation:
            self._make_default_accounts_powerless(name)
        self.agents = self._make_agents(name, args.agents)
        self.register_outputs({"projectId": self.project_id, "agents": dict(self.agents)})

    def using(self, *services: str) -> Output[str]:
        """The project's id, once these services are on. Raises ValueError for one that the arguments do not name."""
        for service in services:
            if service not in self._services:
                raise ValueError(f"service {service!r} is not switched on; add it to the project's services")
        return ready(self.project_id, *(self._services[service] for service in services))

    @property
    def number(self) -> Output[str]:
        """The project's number, which the cloud gives. Raises ValueError where neither the project nor an agent is made
        here, either of which tells it."""
        if self._number is None:
            raise ValueError("nothing here tells the project's number; name a service in `agents`")
        return self._number

    def _make_project(self, name: str, args: ProjectArgs, creation: ProjectCreation) -> gcp.organizations.Project:
        return gcp.organizations.Project(
            f"{name}-project",
            project_id=args.project_id,
            name=creation.title,
            org_id=creation.org_id,
            folder_id=creation.folder_id,
            billing_account=creation.billing_account,
            auto_create_network=False,  # CKV_GCP_27, CIS 3.1
            deletion_policy="PREVENT" if args.protected else "DELETE",
            labels=args.labels,
            opts=child(self, protect=args.protected),
        )

    def _make_policies(self, name: str, creation: ProjectCreation, project_id: Output[str]) -> list[Resource]:
        """One after the other: the API answers 409 to policies of one project that are set at once, and the provider
        does not try again. https://github.com/hashicorp/terraform-provider-google/issues/29271"""
        enforced = gcp.orgpolicy.PolicySpecArgs(rules=[gcp.orgpolicy.PolicySpecRuleArgs(enforce="TRUE")])
        specs = {"gcp.resourceLocations": _allowing(creation.allowed_locations), **dict.fromkeys(ENFORCED, enforced)}
        if creation.admitted:
            specs["iam.allowedPolicyMemberDomains"] = _allowing(creation.admitted, besides_the_parents=True)
        policies: list[Resource] = []
        for constraint, spec in specs.items():
            policies.append(
                gcp.orgpolicy.Policy(
                    f"{name}-policy-{constraint}",
                    parent=Output.concat("projects/", project_id),
                    name=Output.concat("projects/", project_id, "/policies/", constraint),
                    spec=spec,
                    opts=child(self, after=policies[-1:]),
                )
            )
        return policies

    def _make_default_accounts_powerless(self, name: str) -> None:
        """`auto_create_network=False` has the provider enable Compute Engine to delete the default network, and with it
        comes an account that is Editor of the project. That grant is taken away, and not given back.
        https://cloud.google.com/iam/docs/service-account-types#default"""
        gcp.projects.DefaultServiceAccounts(
            f"{name}-default-accounts",
            project=self.using(*(service for service in ("compute", "iam") if service in self._services)),
            action="DEPRIVILEGE",
            restore_policy="NONE",
            opts=child(self),
        )

    def _make_audit_logs(self, name: str, project_id: Output[str]) -> None:
        gcp.projects.IAMAuditConfig(
            f"{name}-audit-logs",
            project=project_id,
            service="allServices",  # AVD-GCP-0079, CIS 2.1
            audit_log_configs=[
                gcp.projects.IAMAuditConfigAuditLogConfigArgs(log_type=log_type)
                for log_type in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
            ],
            opts=child(self),
        )

    def _make_agents(self, name: str, services: Sequence[str]) -> dict[str, Output[str]]:
        identities = {
            service: gcp.projects.ServiceIdentity(
                f"{name}-agent-{service}",
                project=self.using(service),
                service=f"{service}.googleapis.com",
                opts=child(self),
            )
            for service in services
            if service != STORAGE
        }
        agents = {service: identity.member for service, identity in identities.items()}
        if agents and self._number is None:
            self._number = next(iter(agents.values())).apply(_number_in)
        if STORAGE in services:
            agents[STORAGE] = self._storage_agent()
        return agents

    def _storage_agent(self) -> Output[str]:
        """Cloud Storage's agent, which `ServiceIdentity` cannot make.
        https://github.com/terraform-google-modules/terraform-google-project-factory/issues/803"""
        member = Output.concat("serviceAccount:service-", self.number, "@gs-project-accounts.iam.gserviceaccount.com")
        project = self.using(STORAGE)
        if is_dry_run():  # with the dependencies of the update, which is bound by the plan
            return Output.all(member, project).apply(lambda both: str(both[0]))
        # The cloud makes the agent when it is first asked for its name, which nothing but an update shall do; a grant
        # to one that is not there is refused. https://cloud.google.com/storage/docs/projects#service-agents
        account = gcp.storage.get_project_service_account_output(project=project, opts=InvokeOutputOptions(parent=self))
        return Output.all(member, account).apply(lambda both: str(both[0]))


def _allowing(values: Sequence[str], *, besides_the_parents: bool = False) -> gcp.orgpolicy.PolicySpecArgs:
    rule = gcp.orgpolicy.PolicySpecRuleArgs(values=gcp.orgpolicy.PolicySpecRuleValuesArgs(allowed_values=list(values)))
    return gcp.orgpolicy.PolicySpecArgs(rules=[rule], inherit_from_parent=besides_the_parents or None)


def _number_in(member: str) -> str:
    """Service agents are named `service-<project number>`. https://cloud.google.com/iam/docs/service-agents"""
    return member.partition("@")[0].removeprefix("serviceAccount:service-")
