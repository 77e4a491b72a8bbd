"""Workload identity federation: which pipelines may become an account, and which may not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from regionctl.proofs.graph import Graph
from regionctl.proofs.values import at, fields, is_known, is_set, shown
from regionctl.render import Resource

from .rule import Fault, Rule, of, present, wrong

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


def _trusted(provider: Resource, _graph: Graph) -> Iterator[Fault]:
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


def _conditioned(provider: Resource, _graph: Graph) -> Iterator[Fault]:
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
        yield Fault(path="attributeCondition", message=message)


RULES_OF_FEDERATION = (
    Rule(
        id="CKV_GCP_118",
        also=("AVD-GCP-0068",),
        area=AREA,
        claim="a provider of workload identities takes those for whom a condition holds",
        mend="set attribute_condition",
        subjects=of(PROVIDER),
        faults=present("attributeCondition", "a condition"),
    ),
    Rule(
        id="CKV_GCP_125",
        area=AREA,
        claim="a provider for GitHub Actions trusts one repository",
        mend="map google.subject and pin the repository in attribute_condition",
        subjects=of(PROVIDER, when=_github),
        faults=_trusted,
    ),
    Rule(
        id="baseline/pipeline-identity",
        area=AREA,
        claim="a pipeline is known by the ids of its repository and owner, and by its ref or environment",
        mend="pin assertion.repository_id, assertion.repository_owner_id and assertion.ref or assertion.environment: "
        "a name can be taken by somebody else",
        subjects=of(PROVIDER, when=_github),
        faults=_conditioned,
    ),
)
