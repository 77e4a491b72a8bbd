"""What Google's APIs answer otherwise than they were given, and what they refuse to change."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from regionctl.sandbox import clouds
from regionctl.sandbox.faults import FaultKind
from regionctl.sandbox.gcp.naming import project_number
from tests.sandbox.google import PROJECT, REGION, Cloud, Refused, Resource

TRUST = "gcp:certificatemanager/trustConfig:TrustConfig"
TLS_POLICY = "gcp:networksecurity/serverTlsPolicy:ServerTlsPolicy"
DASHBOARD = "gcp:monitoring/dashboard:Dashboard"
SINK = "gcp:logging/projectSink:ProjectSink"
JOB = "gcp:cloudrunv2/job:Job"
ORG_POLICY = "gcp:orgpolicy/policy:Policy"
FIREWALL_POLICY = "gcp:compute/regionNetworkFirewallPolicy:RegionNetworkFirewallPolicy"
RULE = "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule"


def tls_policy(gcp: Cloud, project: str, **more: Any) -> Resource:
    gcp.create(TRUST, "clients", location=REGION)
    trust = f"projects/{project}/locations/{REGION}/trustConfigs/clients"
    mtls = {"clientValidationMode": "REJECT_INVALID", "clientValidationTrustConfig": trust}
    return gcp.create(TLS_POLICY, "clients", location=REGION, mtlsPolicy=mtls, **more)


def test_a_trust_config_by_the_projects_number_stays(gcp: Cloud) -> None:
    assert gcp.replaces(tls_policy(gcp, project_number(PROJECT))) == []


def test_a_trust_config_by_the_projects_id_replaces_the_policy_at_the_next_plan(gcp: Cloud) -> None:
    assert gcp.replaces(tls_policy(gcp, PROJECT)) == ["mtlsPolicy"]


def test_a_dashboards_zeros_come_back_absent_and_are_set_again(gcp: Cloud) -> None:
    tile = {"width": 24, "height": 16, "widget": {}}

    def changes(**place: int) -> list[str]:
        layout = json.dumps({"displayName": "d", "mosaicLayout": {"columns": 48, "tiles": [{**tile, **place}]}})
        made = gcp.create(DASHBOARD, f"d{sorted(place.items())}", dashboardJson=layout)
        return list(gcp.diff(made).diffs)

    assert changes(xPos=24) == changes() == []
    assert changes(xPos=0) == ["dashboardJson"]


def test_a_default_sinks_own_filter_is_taken_away_by_the_second_update_unless_it_is_said(gcp: Cloud) -> None:
    inputs = {
        "project": PROJECT,
        "destination": f"logging.googleapis.com/projects/{PROJECT}/locations/global/buckets/x",
    }
    taken = gcp.create(SINK, "_Default", **inputs)
    assert "externalaudit" in taken["filter"]
    assert list(gcp.diff(taken).diffs) == ["filter"]
    assert list(gcp.diff(taken, filter=taken["filter"]).diffs) == []
    assert gcp.create(SINK, "another", **inputs)["filter"] is None


def test_a_job_is_not_changed_under_the_token_of_a_run_that_there_was(gcp: Cloud) -> None:
    def template(image: str) -> dict[str, Any]:
        return {"template": {"containers": [{"image": image}]}}

    job = gcp.create(JOB, "migrate", location=REGION, runExecutionToken="r1", template=template("a"))
    with pytest.raises(Refused, match="Resource 'migrate-r1' already exists"):
        gcp.update(job, template=template("b"))
    assert gcp.update(job, template=template("b"), runExecutionToken="r2")["executionCount"] == 2


def at_once(gcp: Cloud, *creates: tuple[str, str, dict[str, Any]]) -> list[str]:
    """What the cloud says to the others while the first of some changes takes its time."""
    refused: list[str] = []
    first = threading.Thread(target=lambda: gcp.create(creates[0][0], creates[0][1], **creates[0][2]))
    gcp.time.may_end.clear()
    first.start()
    gcp.time.began.wait()
    for type_, name, inputs in creates[1:]:
        try:
            gcp.create(type_, name, **inputs)
        except Refused as error:
            refused.append(error.message)
    gcp.time.may_end.set()
    first.join()
    return refused


def rule(priority: int) -> tuple[str, str, dict[str, Any]]:
    layers = [{"ipProtocol": "all"}]
    match = {"destIpRanges": ["10.0.0.0/8"], "layer4Configs": layers}
    inputs = {"region": REGION, "firewallPolicy": "main", "action": "deny", "direction": "EGRESS"}
    return RULE, f"rule-{priority}", {**inputs, "priority": priority, "match": match}


def test_a_firewall_policy_takes_one_change_at_a_time(gcp: Cloud, data: Path) -> None:
    gcp.create(FIREWALL_POLICY, "main", region=REGION)
    gcp.create(FIREWALL_POLICY, "other", region=REGION)
    clouds.add_fault(data, FaultKind.SLOW, name="rule-1", delay_s=1)
    elsewhere = (RULE, "rule-4", {**rule(4)[2], "firewallPolicy": "other"})
    (refused,) = at_once(gcp, rule(1), rule(2), elsewhere)
    assert "firewallPolicies/main' is not ready, resourceNotReady" in refused
    gcp.create(*rule(2)[:2], **rule(2)[2])


def test_a_projects_policies_are_set_one_after_the_other(gcp: Cloud, data: Path) -> None:
    def policy(constraint: str) -> tuple[str, str, dict[str, Any]]:
        inputs = {"parent": f"projects/{PROJECT}", "name": f"projects/{PROJECT}/policies/{constraint}"}
        return ORG_POLICY, constraint, {**inputs, "spec": {"rules": [{"enforce": "TRUE"}]}}

    clouds.add_fault(data, FaultKind.SLOW, name="sql.restrictPublicIp", delay_s=1)
    (refused,) = at_once(gcp, policy("sql.restrictPublicIp"), policy("storage.publicAccessPrevention"))
    assert "Error 409" in refused


def test_a_buckets_location_comes_back_in_capitals(gcp: Cloud) -> None:
    bucket = gcp.create("gcp:storage/bucket:Bucket", "files", location=REGION)
    assert bucket["location"] == REGION.upper()
    assert list(gcp.diff(bucket).diffs) == []


def test_a_list_that_the_cloud_may_choose_comes_back_with_nothing_in_it(gcp: Cloud) -> None:
    """Without it the provider plans that it gets to know the list, at every run."""
    gcp.create("gcp:compute/network:Network", "main")
    gcp.create("gcp:compute/router:Router", "main", network="main", region=REGION)
    nat = gcp.create(
        "gcp:compute/routerNat:RouterNat",
        "main",
        router="main",
        region=REGION,
        natIpAllocateOption="AUTO_ONLY",
        sourceSubnetworkIpRangesToNat="ALL_SUBNETWORKS_ALL_IP_RANGES",
    )
    assert (nat["natIps"], nat["drainNatIps"]) == ([], [])
