"""The edge's rules say what they mean: evaluated as Cloudflare does, on the requests that the Worker would see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from regionctl.render import render
from regions.edge import EdgePlan
from regions.load import Fleet
from regions.spec import FleetSpec
from stacks.edge_rules import EdgeRules, edge_rules
from stacks.programs import programs
from tests.components.alone import at, every
from tests.regions.conftest import Folder, prod
from tests.stacks.fleets import PROD
from tests.stacks.rules_language import fields_of, holds

__all__ = ["prod"]

HOST = PROD.spec.domain
PATHS = ("/auth/sign-in", "/auth/sign-up")
PLANS = list(EdgePlan)


def spec(plan: EdgePlan, paths: tuple[str, ...] = PATHS) -> FleetSpec:
    edge = PROD.spec.edge.model_copy(update={"plan": plan, "sign_in_paths": paths})
    return PROD.spec.model_copy(update={"edge": edge})


def rules(plan: EdgePlan = EdgePlan.ENTERPRISE, paths: tuple[str, ...] = ()) -> EdgeRules:
    return edge_rules(spec(plan, paths))


def request(method: str = "POST", host: str = HOST, path: str = "/", **headers: str) -> dict[str, Any]:
    """A request's fields. A header's name is written with underscores."""
    named = {name.replace("_", "-"): [value] for name, value in headers.items()}
    cookie = {"http.cookie": headers["cookie"]} if "cookie" in headers else {}
    where = {"http.host": host, "http.request.method": method, "http.request.uri.path": path}
    return {**where, **cookie, "http.request.headers": named}


def is_sign_in(of: dict[str, Any], plan: EdgePlan = EdgePlan.ENTERPRISE, paths: tuple[str, ...] = ()) -> bool:
    return holds(str(rules(plan, paths).firewall.rate_limits["sign-ins"].expression), of)


@pytest.mark.parametrize(
    ("expression", "fields", "result"),
    [  # the examples of Cloudflare's documentation, of values and of operators
        ('len(http.request.uri.args["filter"][1]) == 4', {"http.request.uri.args": {"filter": ["waf", "botm"]}}, True),
        ('len(http.request.uri.args["filter"]) >= 0', {"http.request.uri.args": {"filter": ["waf"]}}, True),
        ('not len(http.request.uri.args["order"]) >= 0', {"http.request.uri.args": {}}, True),
        ('len(http.request.headers["authorization"]) eq 0', {"http.request.headers": {}}, False),
        ('http.request.headers.names[0] == "Accept"', {"http.request.headers.names": []}, False),
        ('lower(http.host) == "www.cloudflare.com"', {"http.host": "WWW.cloudflare.com"}, True),
        ('a eq "1" and b eq "1" or c eq "1"', {"a": "0", "b": "0", "c": "1"}, True),
        ('not a eq "1" and b eq "1"', {"a": "0", "b": "0"}, False),
        (r'a matches r"/api/login\.aspx$"', {"a": "/x/api/login.aspx"}, True),
        ('a contains "a\\"b"', {"a": 'xa"b'}, True),
        ("a in {8000 8080} xor a gt 9000", {"a": 8080}, True),
    ],
)
def test_the_evaluator_says_what_cloudflares_documentation_says(
    expression: str, fields: dict[str, Any], result: bool
) -> None:
    assert holds(expression, fields) is result


@pytest.mark.parametrize("expression", ["", "a eq", '"a" eq "b"', "(a eq 1", "a eq 1)", "a b", "ssl and 1", "a eq $x"])
def test_the_evaluator_refuses_what_is_no_expression(expression: str) -> None:
    with pytest.raises((ValueError, IndexError, TypeError)):
        holds(expression, {"a": 1, "ssl": True})


@pytest.mark.parametrize("headers", [{}, {"cookie": "theme=dark"}, {"accept": "*/*"}, {"cookie": "__Host-session="}])
def test_a_sign_in_is_what_changes_something_and_shows_no_credential(headers: dict[str, str]) -> None:
    assert is_sign_in(request(**headers))


@pytest.mark.parametrize(
    "of",
    [
        request(method="GET"),
        request(method="OPTIONS"),
        request(host="docs.example.com"),
        request(authorization="Bearer a.b.c"),
        request(x_api_key="key"),
        request(cookie="__Host-session=abc"),
        request(cookie="theme=dark; __Host-session=abc"),
        request(cookie="theme=dark;\t__Host-session = abc ; a=b"),
    ],
)
def test_a_request_that_reads_or_shows_a_credential_is_none(of: dict[str, Any]) -> None:
    assert not is_sign_in(of)


@pytest.mark.parametrize(
    "cookie",
    [
        "theme=__Host-session=abc",
        "theme=dark,__Host-session=abc",
        "x__Host-session=abc",
        "%5F%5FHost-session=abc",  # decoded by Cloudflare's map of cookies, and not by the Worker
        "__Host-session= \t; a=b",
        "__host-session=abc",
    ],
)
def test_nobody_escapes_the_limit_by_a_cookie_that_the_worker_takes_for_none(cookie: str) -> None:
    assert is_sign_in(request(cookie=cookie))


def session(cookie: str) -> str | None:
    """As the contract has it (docs/request-path.md): `;` separates, SP and HTAB around are no part, empty is none."""
    pairs = [pair.partition("=") for pair in cookie.split(";")]
    found = [value.strip(" \t") for name, equals, value in pairs if equals and name.strip(" \t") == "__Host-session"]
    assume(len(found) < 2)  # refused by the Worker
    return next(iter(found), "") or None


PIECES = st.sampled_from(["__Host-session", "=", ";", " ", "\t", ",", "abc", "theme", '"', "__host", "%5F", "\u00a0"])


@given(st.lists(PIECES, max_size=8).map("".join))
def test_a_session_counts_exactly_where_the_worker_takes_one(cookie: str) -> None:
    assert is_sign_in(request(cookie=cookie)) is (session(cookie) is None)


def test_every_method_that_no_client_uses_is_blocked_on_the_public_domain_alone() -> None:
    (block,) = rules().firewall.blocks.values()
    blocked = {m for m in ("GET", "POST", "TRACE", "TRACK", "CONNECT") if holds(str(block.expression), request(m))}
    assert blocked == {"TRACE", "TRACK", "CONNECT"}
    assert not holds(str(block.expression), request("TRACE", host="docs.example.com"))


# https://developers.cloudflare.com/waf/rate-limiting-rules/#availability
MAY_ASK = {
    EdgePlan.FREE: {"http.request.uri.path"},
    EdgePlan.PRO: {"http.request.uri.path", "http.host"},
    EdgePlan.BUSINESS: {"http.request.uri.path", "http.host", "http.request.method"},
}
MAY_COUNT = {EdgePlan.FREE: (1, 10), EdgePlan.PRO: (2, 60), EdgePlan.BUSINESS: (5, 600)}


@pytest.mark.parametrize("plan", MAY_ASK)
def test_a_plan_is_asked_for_no_more_than_it_has(plan: EdgePlan) -> None:
    limits = rules(plan, PATHS).firewall.rate_limits.values()
    most, longest_s = MAY_COUNT[plan]
    assert 1 <= len(limits) <= most
    assert all(limit.period_s <= longest_s and limit.refused_for_s <= longest_s for limit in limits)
    assert set().union(*(fields_of(str(limit.expression)) for limit in limits)) <= MAY_ASK[plan]


@pytest.mark.parametrize("plan", PLANS)
def test_sign_ins_at_named_paths_are_limited_under_every_plan(plan: EdgePlan) -> None:
    assert all(is_sign_in(request(path=path), plan, PATHS) for path in PATHS)
    assert not is_sign_in(request(path="/auth/sign-in/help"), plan, PATHS)
    limit = rules(plan, PATHS).firewall.rate_limits["sign-ins"]
    assert limit.requests / limit.period_s == PROD.spec.edge.sign_ins_per_minute / 60


@pytest.mark.parametrize(("plan", "left_out"), [("free", 3), ("pro", 1), ("business", 0), ("enterprise", 0)])
def test_what_a_plan_does_not_have_is_left_out_with_a_warning(plan: str, left_out: int) -> None:
    fleet: Fleet = replace(PROD, spec=spec(EdgePlan(plan)))
    declared = render(programs(fleet)["prod.edge"])
    assert len(declared.warnings) == left_out
    phases = {at(ruleset, "phase") for ruleset in every(declared, "Ruleset")}
    assert ("http_request_firewall_managed" in phases) is (plan != "free")
    assert {"http_ratelimit", "http_request_firewall_custom"} <= phases


FILE = "/files/ws_1.Zm9yLXRlc3RzLW9ubHktMTIzNA"


def test_public_requests_are_limited_by_address_together_and_nothing_else_with_them() -> None:
    limit = rules().firewall.rate_limits["public-requests"]
    taken = {
        path
        for path in (FILE, f"{FILE}/a/b.pdf", "/oauth/git/callback", "/hooks/git", "/HOOKS/GIT", "/hooks/billing")
        if holds(str(limit.expression), request(path=path))
    }
    assert len(taken) == 6
    for path in ("/", "/files", "/hooks", "/hooks/git/x", "/api/files/x", "/oauth/callback"):
        assert not holds(str(limit.expression), request(path=path)), path
    assert not holds(str(limit.expression), request(path=FILE, host="docs.example.com"))
    assert limit.requests / limit.period_s == PROD.spec.edge.public_requests_per_minute / 60


def test_without_public_requests_there_is_no_limit_of_them() -> None:
    edge = PROD.spec.edge.model_copy(update={"public_requests": {}})
    assert "public-requests" not in edge_rules(PROD.spec.model_copy(update={"edge": edge})).firewall.rate_limits


@pytest.mark.parametrize("plan", ["free", "pro", "business"])
def test_a_plan_that_cannot_tell_sign_ins_is_refused_where_their_paths_are_not_named(prod: Folder, plan: str) -> None:
    prod.replace("fleet.yaml", "  plan: enterprise", f"  plan: {plan}")
    problem = prod.problem()
    assert problem.what.startswith(f"edge.plan: plan {plan} cannot limit sign-ins")
    assert problem.where.line == prod.line_of("fleet.yaml", f"plan: {plan}")
    prod.replace("fleet.yaml", f"  plan: {plan}", f"  sign_in_paths: [/auth/sign-in]\n  plan: {plan}")
    assert prod.load().spec.edge.plan == plan


@pytest.mark.parametrize("path", ["auth", "/a b", '/"', "/é", ""])
def test_a_path_that_an_expression_could_not_hold_is_refused(prod: Folder, path: str) -> None:
    prod.replace("fleet.yaml", "  plan: enterprise", f"  sign_in_paths: ['{path}']\n  plan: enterprise")
    assert prod.problem().what.startswith("edge.sign_in_paths.0: ")
