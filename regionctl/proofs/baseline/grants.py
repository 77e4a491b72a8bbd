"""IAM grants of every kind, as (role, member) pairs, and what kind of principal a member is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from regionctl.model.path import join
from regionctl.proofs.graph import Graph
from regionctl.proofs.values import Found, at, fields, is_known, items, opened, shown
from regionctl.render import UNKNOWN, Resource, Symbolic

from .rule import Objection, Objections, Subjects

ACCOUNT = "gcp:serviceaccount/account:Account"
_CUSTOM_ROLES = (
    "gcp:organizations/iAMCustomRole:IAMCustomRole",
    "gcp:projects/iAMCustomRole:IAMCustomRole",
)
_DOCUMENT = "policyData"
_AGENT = "gcp:projects/serviceIdentity:ServiceIdentity"

# IAMMember, TopicIAMBinding, SecretIamPolicy, ...
_GRANT = re.compile(r"gcp:(?P<service>\w+)/\w+:\w*?(?:IAM|Iam)(?:Member|Binding|Policy)")
# Whole projects, folders and organisations.
_WIDE = ("projects", "folder", "organizations")

PUBLIC = ("allUsers", "allAuthenticatedUsers")


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One member with one role. `path` is where the member is named."""

    role: Found
    member: Found
    path: str

    @property
    def role_path(self) -> str:
        """Where the role is named."""
        return self.path if self.path == _DOCUMENT else "role"


def is_grant(resource: Resource) -> bool:
    """Whether a resource grants roles, on whatever."""
    return resource.custom and _GRANT.fullmatch(resource.type) is not None


def everywhere(graph: Graph) -> list[Resource]:
    """Every grant on anything."""
    return [resource for resource in graph.declaration.resources.values() if is_grant(resource)]


def project_wide(graph: Graph) -> list[Resource]:
    """The grants on a whole project, folder or organisation."""
    return [grant for grant in everywhere(graph) if _service(grant) in _WIDE]


def on(service: str) -> Subjects:
    """The grants on resources of a service, such as `kms`."""
    return lambda graph: [grant for grant in everywhere(graph) if _service(grant) == service]


def grants(resource: Resource) -> Iterator[Grant]:
    """What an IAM resource grants: one member, a list of members with one role, or a policy document of both."""
    if (document := at(resource, _DOCUMENT)) and isinstance(document, str):
        yield from _of_document(document)
        return
    role = at(resource, "role")
    if "members" in resource.inputs:
        for index, member in enumerate(items(at(resource, "members"))):
            yield Grant(role=role, member=member, path=join("members", index))
    else:
        yield Grant(role=role, member=at(resource, "member"), path="member")


def principal(member: Found, graph: Graph) -> str | None:
    """`serviceAccount`, `user`, `group`, `allUsers`, ...; None for a member that nobody knows before an apply."""
    if (source := graph.source(member)) is not None:
        return "serviceAccount" if source.type in (ACCOUNT, _AGENT) else None
    text = opened(member)
    if not isinstance(text, str):
        return None
    kind = text.partition(":")[0]
    return None if isinstance(text, Symbolic) and "${" in kind else kind


def each(objects: Callable[[Grant, Graph], str | None], *, about_role: bool = False) -> Objections:
    """What there is against each grant of a resource: `objects` says what is wrong with its member, or its role, and
    None where nothing is."""

    def objections(resource: Resource, graph: Graph) -> Iterator[Objection]:
        for grant in grants(resource):
            if message := objects(grant, graph):
                yield Objection(path=grant.role_path if about_role else grant.path, message=message)

    return objections


def not_public(grant: Grant, graph: Graph) -> str | None:
    """What is wrong with a grant to everybody."""
    kind = principal(grant.member, graph)
    if kind is None:
        return "known only after an apply, so that nobody can tell that it is not everybody"
    return f"{shown(grant.member)}: everybody" if kind in PUBLIC else None


def custom_role(grant: Grant, graph: Graph) -> Resource | None:
    """The role's own resource, where the stack declares it: no predefined role, whatever it may do."""
    source = graph.source(grant.role)
    return source if source is not None and source.type in _CUSTOM_ROLES else None


def role_is(grant: Grant, graph: Graph, *roles: str) -> bool:
    """Whether the role may be one of these predefined ones: one that nobody knows before an apply may be."""
    return not custom_role(grant, graph) and (not is_known(grant.role) or grant.role in roles)


def _of_document(document: str) -> Iterator[Grant]:
    try:
        bindings = None if isinstance(document, Symbolic) else json.loads(document)["bindings"]
    except (ValueError, TypeError, KeyError, RecursionError):
        bindings = None
    if bindings is None:
        yield Grant(role=UNKNOWN, member=UNKNOWN, path=_DOCUMENT)
    for binding in items(bindings):
        for member in items(fields(binding).get("members")):
            yield Grant(role=fields(binding).get("role"), member=member, path=_DOCUMENT)


def _service(resource: Resource) -> str:
    match = _GRANT.fullmatch(resource.type)
    return match["service"] if match else ""
