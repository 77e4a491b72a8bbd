from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.cloudflare.cloud import ACCOUNT, OTHER_ZONE, RULESET, ZONE, Cloud, Refused

LIMIT = {
    "characteristics": ["cf.colo.id", "ip.src"],
    "period": 60,
    "requestsPerPeriod": 100,
    "mitigationTimeout": 60,
}


def _rule(**more: Any) -> dict[str, Any]:
    return {"action": "block", "expression": '(http.host eq "example.com")', "ref": "rule", **more}


def _limits(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "zoneId": ZONE,
        "kind": "zone",
        "phase": "http_ratelimit",
        "name": "limits",
        "rules": list(rules) or [_rule(ratelimit=LIMIT)],
        **more,
    }


def _custom(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return _limits(*(rules or (_rule(),)), phase="http_request_firewall_custom", **more)


def test_a_ruleset_begins_with_version_1_and_counts_up(cloud: Cloud) -> None:
    made = cloud.create(RULESET, "r", **_limits())
    changed = cloud.update(made, description="of the public domain")
    assert (made["version"], changed["version"]) == ("1", "2")
    assert len(made.id) == 32


def test_a_rule_gets_an_id_and_is_enabled(cloud: Cloud) -> None:
    (rule,) = cloud.create(RULESET, "r", **_limits())["rules"]
    assert len(rule["id"]) == 32
    assert rule["enabled"] is True


def test_a_rule_keeps_its_id_by_its_reference_wherever_it_stands(cloud: Cloud) -> None:
    one, two = _rule(ref="one"), _rule(ref="two")
    made = cloud.create(RULESET, "r", **_custom(one, two))
    changed = cloud.update(made, rules=[two, {**one, "action": "log"}])
    assert [rule["id"] for rule in changed["rules"]] == [rule["id"] for rule in reversed(made["rules"])]


def test_a_rule_without_a_reference_has_its_id_for_one(cloud: Cloud) -> None:
    rule = _rule()
    del rule["ref"]
    (made,) = cloud.create(RULESET, "r", **_custom(rule))["rules"]
    assert made["ref"] == made["id"]


def test_a_phase_has_one_entry_point_a_zone(cloud: Cloud) -> None:
    cloud.create(RULESET, "a", **_limits())
    cloud.create(RULESET, "b", **_custom())
    cloud.create(RULESET, "c", **_limits(zoneId=OTHER_ZONE))
    with pytest.raises(Refused) as refused:
        cloud.create(RULESET, "d", **_limits())
    assert refused.value.code == 20217
    assert "http_ratelimit" in refused.value.message


def test_name_kind_and_phase_replace_and_rules_do_not(cloud: Cloud) -> None:
    made = cloud.create(RULESET, "r", **_limits())
    assert cloud.replaces(made, name="others") == ["name"]
    assert cloud.replaces(made, phase="http_request_firewall_custom", rules=[_rule()]) == ["phase"]
    assert cloud.replaces(made, rules=[_rule(ratelimit={**LIMIT, "period": 10})]) == []


def test_an_unchanged_ruleset_has_no_difference(cloud: Cloud) -> None:
    assert list(cloud.diff(cloud.create(RULESET, "r", **_limits())).detailedDiff) == []


def test_a_change_of_one_limit_is_shown_at_its_path(cloud: Cloud) -> None:
    made = cloud.create(RULESET, "r", **_limits())
    changed = cloud.diff(made, rules=[_rule(ratelimit={**LIMIT, "requestsPerPeriod": 200})])
    assert list(changed.detailedDiff) == ["rules[0].ratelimit.requestsPerPeriod"]


@pytest.mark.parametrize(
    ("ruleset", "path"),
    [
        (_limits(phase="http_rate_limit"), "phase"),
        (_limits(kind="zones"), "kind"),
        (_limits(zoneId=None), "accountId"),
        (_limits(accountId=ACCOUNT), "accountId"),
        (_limits(_rule()), "rules[0].ratelimit"),
        (_custom(_rule(ratelimit=LIMIT)), "rules[0].ratelimit"),
        (_limits(_rule(ratelimit={**LIMIT, "period": 61})), "rules[0].ratelimit.period"),
        (_limits(_rule(ratelimit={**LIMIT, "mitigationTimeout": 5})), "rules[0].ratelimit.mitigationTimeout"),
        (_limits(_rule(ratelimit={**LIMIT, "characteristics": ["ip.src"]})), "rules[0].ratelimit.characteristics"),
        (_limits(_rule(ratelimit={**LIMIT, "requestsPerPeriod": None})), "rules[0].ratelimit.requestsPerPeriod"),
        (_limits(_rule(ratelimit=LIMIT, action="skip")), "rules[0].action"),
        (_custom(_rule(action="deny")), "rules[0].action"),
        (_custom(_rule(expression='http.host eq "a')), "rules[0].expression"),
        (_custom(_rule(expression='(http.host eq "a"')), "rules[0].expression"),
        (_custom(_rule(expression=" ")), "rules[0].expression"),
        (_custom(_rule(action="execute")), "rules[0].actionParameters.id"),
        (_custom(_rule(), _rule()), "rules[1].ref"),
    ],
)
def test_a_ruleset_that_the_api_would_refuse_is_refused_in_the_plan(
    cloud: Cloud, ruleset: dict[str, Any], path: str
) -> None:
    given = {name: value for name, value in ruleset.items() if value is not None}
    assert path in cloud.failures(RULESET, **given)


@pytest.mark.parametrize(
    "expression",
    ['(http.host eq "a(b")', '(a eq "quoted \\" (")', 'not (a and (b or c)) and d eq "\\\\"', "true"],
)
def test_parentheses_and_quotes_within_strings_do_not_count(cloud: Cloud, expression: str) -> None:
    assert cloud.failures(RULESET, **_custom(_rule(expression=expression))) == {}


def test_a_ruleset_is_imported_by_its_zone_or_account(cloud: Cloud) -> None:
    made = cloud.create(RULESET, "r", **_limits())
    found = cloud.import_(RULESET, f"zones/{ZONE}/{made.id}")
    assert found is not None
    assert found.id == made.id
    assert cloud.import_(RULESET, f"accounts/{ZONE}/{made.id}") is None


def test_an_account_has_an_entry_point_of_its_own(cloud: Cloud) -> None:
    root = {**_custom(), "kind": "root", "accountId": ACCOUNT}
    del root["zoneId"]
    cloud.create(RULESET, "a", **root)
    cloud.create(RULESET, "b", **_custom())
    with pytest.raises(Refused, match="20217"):
        cloud.create(RULESET, "c", **root)
