"""Cloud Monitoring: channels, alert policies, uptime checks, dashboards. Their names are numbers that the API gives."""

from __future__ import annotations

import contextlib
import json
from typing import Final

from regionctl.model.values import pruned
from regionctl.model.wire import Value
from regionctl.sandbox.emulation import Call, Emulation, OnDelete, Reference, constant, timestamp
from regionctl.sandbox.gcp.apis import ONE_PLATFORM

CHANNEL: Final = "gcp:monitoring/notificationChannel:NotificationChannel"
ALERT_POLICY: Final = "gcp:monitoring/alertPolicy:AlertPolicy"
UPTIME_CHECK: Final = "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig"
DASHBOARD: Final = "gcp:monitoring/dashboard:Dashboard"


def _uptime_id(call: Call) -> str:
    # The display name in lower case and eleven characters: `api-check-9Mf3kZ0aQxY` in the documentation's examples.
    slug = "-".join(str(call.inputs.get("displayName", "check")).lower().split())
    return f"{slug}-{call.digest(call.urn_name)[:11]}"


def _named_conditions(call: Call, outputs: dict[str, Value]) -> None:
    for index, condition in enumerate(outputs.get("conditions") or ()):
        condition["name"] = f"{call.id}/conditions/{call.digits(f'condition{index}', 19)}"


def _without_zeros(call: Call, outputs: dict[str, Value]) -> None:
    """Zeros of numbers come back absent, as in every message of protobuf's JSON."""
    with contextlib.suppress(ValueError, TypeError):
        outputs["dashboardJson"] = json.dumps(_said(json.loads(outputs["dashboardJson"])), sort_keys=True)


def _said(value: Value) -> Value:
    return pruned(value, lambda _key, item: isinstance(item, bool) or item != 0)


EMULATIONS: Final = (
    Emulation(
        token=CHANNEL,
        id=lambda call: call.fill("projects/{project}/notificationChannels/") + call.digits(call.urn_name, 19),
        title="NotificationChannel",
        words=ONE_PLATFORM,
        outputs={"name": "{id}", "verificationStatus": constant("")},
    ),
    Emulation(
        token=ALERT_POLICY,
        id=lambda call: call.fill("projects/{project}/alertPolicies/") + call.digits(call.urn_name, 19),
        title="AlertPolicy",
        words=ONE_PLATFORM,
        references=(Reference(path="notificationChannels[]", to=(CHANNEL,), on_delete=OnDelete.BLOCKED),),
        refine=_named_conditions,
        outputs={
            "name": "{id}",
            "creationRecords": lambda call: [
                {
                    "mutateTime": timestamp(call.now_s),
                    "mutatedBy": call.fill("regionctl@{project}.iam.gserviceaccount.com"),
                }
            ],
        },
    ),
    Emulation(
        token=UPTIME_CHECK,
        id=lambda call: call.fill("projects/{project}/uptimeCheckConfigs/") + _uptime_id(call),
        title="UptimeCheckConfig",
        words=ONE_PLATFORM,
        outputs={"name": "{id}", "uptimeCheckId": _uptime_id, "checkerType": constant("STATIC_IP_CHECKERS")},
    ),
    Emulation(
        token=DASHBOARD,
        id=lambda call: call.fill("projects/{number}/dashboards/") + call.digest(call.urn_name)[:32],
        title="Dashboard",
        words=ONE_PLATFORM,
        refine=_without_zeros,
    ),
)
