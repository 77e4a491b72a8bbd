"""IAM: narrow roles, for accounts and not for people, without keys; and what was done is written down."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from regionctl.proofs.graph import Graph
from regionctl.proofs.values import Found, at, fields, is_absent, is_known, is_set, items, opened, shown
from regionctl.render import Resource

from .grants import ACCOUNT, Grant, custom_role, each, everywhere, principal, project_wide, role_is
from .rule import Objection, Objections, Rule, of, present, wrong

AREA = "IAM"
PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
GITHUB = "https://token.actions.githubusercontent.com"

# Claims that whoever starts a workflow chooses: a subject that starts with one of them says nothing.
# https://docs.github.com/actions/reference/openid-connect-reference
_CHOSEN_BY_ANYBODY = ("workflow", "environment", "ref", "context", "head_ref", "base_ref")
_SUBJECT = re.compile(r"assertion\.sub\s*==\s*['\"]([^'\"]+)['\"]")
_REPOSITORY = re.compile(r"[^/*:]+/[^/*:]+")
_PINNED = r"assertion\.{claim}\s*==\s*['\"][^'\"*]+['\"]"


def _github(provider: Resource) -> bool:
    issuer = at(provider, "oidc.issuerUri")
    return not is_known(issuer) or issuer == GITHUB


def _condition(provider: Resource) -> str | None:
    condition = at(provider, "attributeCondition")
    return condition if is_known(condition) and isinstance(condition, str) else None


def _trusted(provider: Resource, _graph: Graph) -> Iterator[Objection]:
    if not is_set(fields(at(provider, "attributeMapping")).get("google.subject")):
        yield wrong("attributeMapping", at(provider, "attributeMapping"), "a mapping of google.subject")
    condition = _condition(provider) or ""
    if not (_names_a_repository(condition) or _pins(condition, "repository_id", "repository")):
        yield wrong("attributeCondition", at(provider, "attributeCondition"), "one repository, without wildcards,")


def _names_a_repository(condition: str) -> bool:
    subject = _SUBJECT.search(condition)
    claim, _, rest = subject[1].partition(":") if subject else ("", "", "")
    if not rest or "*" in claim or claim in _CHOSEN_BY_ANYBODY:
        return False
    return claim != "repo" or _REPOSITORY.fullmatch(rest.partition(":")[0]) is not None


def _pins(condition: str, *claims: str) -> bool:
    return any(re.search(_PINNED.format(claim=claim), condition) for claim in claims)


def _conditioned(provider: Resource, _graph: Graph) -> Iterator[Objection]:
    condition = _condition(provider) or ""
    pinned = {
        "assertion.repository_id": _pins(condition, "repository_id"),
        "assertion.repository_owner_id": _pins(condition, "repository_owner_id"),
        "assertion.ref or assertion.environment": _pins(condition, "ref", "environment"),
    }
    if missing := [claim for claim, held in pinned.items() if not held]:
        message = (
            f"attributeCondition is {shown(at(provider, 'attributeCondition'))}; it does not pin {', '.join(missing)}"
        )
        yield Objection(path="attributeCondition", message=message)


RULES_OF_FEDERATION = (
    Rule(
        id="CKV_GCP_118",
        also=("AVD-GCP-0068",),
        area=AREA,
        claim="a provider of workload identities takes those for whom a condition holds",
        mend="set attribute_condition",
        subjects=of(PROVIDER),
        objections=present("attributeCondition", "a condition"),
    ),
    Rule(
        id="CKV_GCP_125",
        area=AREA,
        claim="a provider for GitHub Actions trusts one repository",
        mend="map google.subject and pin the repository in attribute_condition",
        subjects=of(PROVIDER, when=_github),
        objections=_trusted,
    ),
    Rule(
        id="baseline/pipeline-identity",
        area=AREA,
        claim="a pipeline is known by the ids of its repository and owner, and by its ref or environment",
        mend="pin assertion.repository_id, assertion.repository_owner_id and assertion.ref or assertion.environment: "
        "a name can be taken by somebody else",
        subjects=of(PROVIDER, when=_github),
        objections=_conditioned,
    ),
)


KEY = "gcp:serviceaccount/key:Key"
AUDIT = "gcp:projects/iAMAuditConfig:IAMAuditConfig"
API = "gcp:projects/service:Service"
PROJECT = "gcp:organizations/project:Project"
DEFAULT_ACCOUNTS = "gcp:projects/defaultServiceAccounts:DefaultServiceAccounts"

BASIC = ("roles/owner", "roles/editor", "roles/viewer")
ACT_AS = ("roles/iam.serviceAccountUser", "roles/iam.serviceAccountTokenCreator")
# Checkov's list: roles with which one may become another account, or make oneself a way to.
IMPERSONATE = (
    "roles/owner",
    "roles/editor",
    "roles/iam.securityAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountKeyAdmin",
    "roles/iam.serviceAccountUser",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.workloadIdentityUser",
    "roles/dataproc.editor",
    "roles/dataproc.admin",
    "roles/dataflow.developer",
    "roles/resourcemanager.folderAdmin",
    "roles/resourcemanager.folderIamAdmin",
    "roles/resourcemanager.projectIamAdmin",
    "roles/resourcemanager.organizationAdmin",
    "roles/serverless.serviceAgent",
    "roles/dataproc.serviceAgent",
)
_ADMIN = re.compile(r".*admin.*|roles/editor|roles/owner", re.IGNORECASE)
# https://cloud.google.com/iam/docs/service-account-types#default
_DEFAULT_ACCOUNT = re.compile(r".*(-compute@developer|@appspot)\.gserviceaccount\.com")

LOG_TYPES = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")


def _no_role(*roles: str) -> Objections:
    def objects(grant: Grant, graph: Graph) -> str | None:
        return f"{shown(grant.role)} on the whole project" if role_is(grant, graph, *roles) else None

    return each(objects, about_role=True)


def _no_admin_account(grant: Grant, graph: Graph) -> str | None:
    if principal(grant.member, graph) not in ("serviceAccount", None):
        return None
    if custom_role(grant, graph) or (is_known(grant.role) and not _ADMIN.fullmatch(str(grant.role))):
        return None
    return f"{shown(grant.member)} has {shown(grant.role)}"


def _no_default_account(grant: Grant, graph: Graph) -> str | None:
    if principal(grant.member, graph) is None:
        return "known only after an apply, so that nobody can tell that it is not a default account"
    if graph.source(grant.member) is not None or not _DEFAULT_ACCOUNT.fullmatch(str(opened(grant.member))):
        return None
    return f"{shown(grant.member)} is a default account, which everything in the project may run as"


def _default_account_is_powerless(project: Resource, graph: Graph) -> Iterator[Objection]:
    # Whatever the action, it takes Editor away: it disables or deletes the accounts, or takes the role from them.
    if not any(at(accounts, "project") == at(project, "projectId") for accounts in graph.of(DEFAULT_ACCOUNTS)):
        yield Objection(
            message="Google's default account, which comes with Compute Engine, stays Editor of the project"
        )


def _no_person(grant: Grant, graph: Graph) -> str | None:
    kind = principal(grant.member, graph)
    if kind is None:
        return "known only after an apply, so that nobody can tell that it is not a person"
    return f"{shown(grant.member)} is a person" if kind == "user" else None


def _no_key(resource: Resource, _graph: Graph) -> Iterator[Objection]:
    if resource.type == KEY:
        yield Objection(message="a key of a service account is declared: a password that never runs out")


def _audited(graph: Graph) -> list[Resource]:
    """One resource for each project: its audit config where there is one."""
    of_project: dict[str, Resource] = {}
    for resource in graph.of(AUDIT, API):
        project = str(at(resource, "project"))
        if project not in of_project or resource.type == AUDIT:
            of_project[project] = resource
    return list(of_project.values())


def _written_down(resource: Resource, graph: Graph) -> Iterator[Objection]:
    if resource.type != AUDIT:
        yield Objection(message="the project has no audit config")
        return
    configs = [c for c in graph.of(AUDIT) if at(c, "project") == at(resource, "project")]
    logs = [log for config in configs if at(config, "service") == "allServices" for log in _logs(config)]
    missing = [kind for kind in LOG_TYPES if kind not in [opened(fields(log).get("logType")) for log in logs]]
    if missing:
        yield Objection(path="auditLogConfigs", message=f"no audit config of allServices has {', '.join(missing)}")
    if any(not is_absent(fields(log).get("exemptedMembers")) for log in logs):
        yield Objection(path="auditLogConfigs", message="members are exempted, whose reads nobody hears of")


def _logs(config: Resource) -> Sequence[Found]:
    return items(at(config, "auditLogConfigs"))


RULES_OF_IAM = (
    Rule(
        id="CKV_GCP_117",
        area=AREA,
        claim="nobody has a basic role",
        mend="grant the predefined roles that are needed",
        subjects=project_wide,
        objections=_no_role(*BASIC),
    ),
    Rule(
        id="CKV_GCP_41",
        also=("AVD-GCP-0011", "CIS 1.6"),
        area=AREA,
        claim="nobody may use every account of a project, or make tokens for it",
        mend="grant the role on the one account that is meant",
        subjects=project_wide,
        objections=_no_role(*ACT_AS),
    ),
    Rule(
        id="CKV_GCP_49",
        area=AREA,
        claim="nobody may impersonate or manage the accounts of a project",
        mend="grant the role on the one account that is meant",
        subjects=project_wide,
        objections=_no_role(*IMPERSONATE),
    ),
    Rule(
        id="CKV_GCP_42",
        also=("AVD-GCP-0007", "CIS 1.5"),
        area=AREA,
        claim="no service account is an admin",
        mend="grant the account the narrow roles that its workload needs",
        subjects=project_wide,
        objections=each(_no_admin_account, about_role=True),
    ),
    Rule(
        id="CKV_GCP_46",
        also=("AVD-GCP-0006",),
        area=AREA,
        claim="no default account is granted anything",
        mend="make an account for the workload and grant that",
        subjects=project_wide,
        objections=each(_no_default_account),
    ),
    Rule(
        id="baseline/default-account",
        area=AREA,
        claim="Google's default account is no Editor of a project that is made here",
        mend="declare a DefaultServiceAccounts of the project with action=DEPRIVILEGE",
        subjects=of(PROJECT),
        objections=_default_account_is_powerless,
    ),
    *RULES_OF_FEDERATION,
    Rule(
        id="AVD-GCP-0003",
        area=AREA,
        claim="no person is granted anything directly",
        mend="grant it to a group",
        subjects=everywhere,
        objections=each(_no_person),
    ),
    Rule(
        id="CIS 1.4",
        area=AREA,
        claim="no service account has a key",
        mend="let the workload or the pipeline get its credentials from the platform",
        subjects=of(ACCOUNT, KEY),
        objections=_no_key,
    ),
    Rule(
        id="AVD-GCP-0079",
        also=("CIS 2.1",),
        area=AREA,
        claim="reads and writes of every service are written down",
        mend="declare an IAMAuditConfig for allServices with " + ", ".join(LOG_TYPES),
        subjects=_audited,
        objections=_written_down,
    ),
)
