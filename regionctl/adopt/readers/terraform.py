"""What Terraform's configuration and its state say alike: a resource by its type and the provider's names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from regionctl.adopt.inventory import Found
from regionctl.adopt.kinds import AdoptType, granted_by, kind_of_terraform
from regionctl.adopt.readers import knative
from regionctl.adopt.readers.resources import Policy, another_providers, found, grants
from regionctl.adopt.shapes import renamed
from regionctl.model.errors import Position, Problem

GOOGLE: Final = frozenset({"google", "google-beta"})
STATE: Final = "take Terraform's state instead: `terraform state pull > export.tfstate`"
_KNATIVE: Final = "google_cloud_run_service"


def of_type(
    type_: str,
    label: str,
    values: Mapping[str, Any],
    where: Position,
    *,
    provider: str | None = None,
    import_id: str | None = None,
    places: Mapping[str, Position] | None = None,
    from_state: bool = False,
) -> Iterator[Found | Problem]:
    """What a resource of Terraform's is, whether its configuration or its state says so."""
    if provider is not None:
        yield another_providers(type_, label, where, provider)
        return
    if granting := granted_by(type_):
        yield from _granted(granting, f"{type_}.{label}", values, where, places)
        return
    kind = kind_of_terraform(type_)
    if type_ == _KNATIVE and kind is not None:
        values = renamed(knative.as_version_2(values), kind.rest)
    if kind is not None and type_ in kind.also and values.keys() & {"folder", "organization", "org_id"}:
        kind = None  # Config Connector's sink of a folder or an organisation
    yield found(kind, type_, values, where, label=label, import_id=import_id, places=places, from_state=from_state)


def _granted(
    kind: AdoptType,
    address: str,
    values: Mapping[str, Any],
    where: Position,
    places: Mapping[str, Position] | None,
) -> Iterator[Found | Problem]:
    """The members of a binding, or of every binding of a policy."""
    on = {name: value for name, value in values.items() if name not in {"id", "etag", "policy_data", "members"}}
    condition = on.pop("condition", None)
    try:
        if "_iam_policy." in address:
            policy = Policy.model_validate_json(values.get("policy_data") or "{}")
        else:
            said = condition[0] if isinstance(condition, list) and condition else condition or None
            binding = {"role": on.get("role"), "members": values.get("members"), "condition": said}
            policy = Policy.model_validate({"bindings": [binding]})
    except (ValidationError, TypeError):
        what = f"{address}: whom it grants what is no plain list of members"
        yield Problem(where, what, STATE)
        return
    yield from grants(kind.token, on, policy, where, places=places)
