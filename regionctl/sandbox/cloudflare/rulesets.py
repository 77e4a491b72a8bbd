"""Rulesets: https://developers.cloudflare.com/ruleset-engine/

What the API would refuse about a rule is said by `Check`, where the plan shows it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from regionctl.model.values import UNKNOWN
from regionctl.model.wire import Value
from regionctl.providers.constraints import CheckFailure
from regionctl.sandbox.cloudflare.api import PREFIX, hex_id, now, others, refusal
from regionctl.sandbox.emulation import Call, Emulation

RULESET: Final = f"{PREFIX}ruleset:Ruleset"

_RATE_LIMIT: Final = "http_ratelimit"
_CHALLENGES: Final = ("block", "challenge", "js_challenge", "log", "managed_challenge")
# https://developers.cloudflare.com/ruleset-engine/rules-language/actions/ for the phases of rate limits and of the WAF
_ACTIONS: Final = {
    _RATE_LIMIT: (*_CHALLENGES, "execute"),
    "http_request_firewall_custom": (*_CHALLENGES, "execute", "skip"),
    "http_request_firewall_managed": ("block", "execute", "log", "managed_challenge", "skip"),
    "http_response_firewall_managed": ("block", "execute", "log", "skip"),
}
# https://developers.cloudflare.com/waf/rate-limiting-rules/parameters/
_PERIODS_S: Final = (10, 15, 20, 30, 40, 45, 60, 90, 120, 180, 240, 300, 480, 600, 900, 1200, 1800, 2400, 3600)
_TIMEOUTS_S: Final = (0, *_PERIODS_S, 86_400)
_DATA_CENTRE: Final = "cf.colo.id"
_ENTRY_POINTS: Final = {"zone": "zoneId", "root": "accountId"}  # the kinds of which a phase has one, and where
# "exceeded maximum number of zone rulesets": code 20217 of the API.
_ONE_A_PHASE: Final = (
    "'{kind}' is not a valid value for kind because exceeded maximum number of {kind} rulesets for phase {phase}"
)


def _check(inputs: Mapping[str, Value]) -> Iterator[CheckFailure]:
    kind, phase, rules = inputs.get("kind"), inputs.get("phase"), inputs.get("rules")
    place = _ENTRY_POINTS.get(kind) if isinstance(kind, str) else None
    if place is not None and inputs.get(place) is None:
        yield CheckFailure("kind", f'a ruleset of kind "{kind}" needs "{place}"')
    if kind == "managed":
        yield CheckFailure("kind", "managed rulesets are Cloudflare's own: execute one from a rule instead")
    seen: set[str] = set()
    for i, rule in enumerate(rules if isinstance(rules, list) else ()):
        if isinstance(rule, dict):
            yield from _check_rule(rule, phase, f"rules[{i}]")
            ref = rule.get("ref")
            if isinstance(ref, str) and ref in seen:
                yield CheckFailure(f"rules[{i}].ref", f'another rule has the reference "{ref}" already')
            seen.add(str(ref))


def _check_rule(rule: Mapping[str, Value], phase: Value, path: str) -> Iterator[CheckFailure]:
    action, allowed = rule.get("action"), _ACTIONS.get(phase) if isinstance(phase, str) else None
    if allowed and isinstance(action, str) and action not in allowed:
        yield CheckFailure(f"{path}.action", f'the phase {phase} takes {", ".join(allowed)}, got "{action}"')
    if action == "execute" and not (rule.get("actionParameters") or {}).get("id"):
        yield CheckFailure(f"{path}.actionParameters.id", "missing required property: the ruleset to execute")
    expression = rule.get("expression")
    if isinstance(expression, str) and not _balanced(expression):
        yield CheckFailure(
            f"{path}.expression", "the expression is empty, or a quote or parenthesis in it is not closed"
        )
    limit = rule.get("ratelimit")
    if limit is None and phase == _RATE_LIMIT and action != "execute":
        yield CheckFailure(f"{path}.ratelimit", "missing required property: every rule of this phase needs it")
    if limit is not None and isinstance(phase, str) and phase != _RATE_LIMIT:
        yield CheckFailure(f"{path}.ratelimit", f"only rules of the phase {_RATE_LIMIT} may have it")
    if isinstance(limit, dict):
        yield from _check_limit(limit, f"{path}.ratelimit")


def _check_limit(limit: Mapping[str, Value], path: str) -> Iterator[CheckFailure]:
    for name, allowed in (("period", _PERIODS_S), ("mitigationTimeout", _TIMEOUTS_S)):
        value = limit.get(name)
        if value is not None and value is not UNKNOWN and value not in allowed:
            yield CheckFailure(f"{path}.{name}", f"expected one of {', '.join(map(str, allowed))}, got {value}")
    characteristics = limit.get("characteristics")
    if isinstance(characteristics, list) and not {_DATA_CENTRE, UNKNOWN} & set(characteristics):
        yield CheckFailure(f"{path}.characteristics", f'"{_DATA_CENTRE}" must be one of them')
    if limit.get("requestsPerPeriod") is None and limit.get("scorePerPeriod") is None:
        yield CheckFailure(f"{path}.requestsPerPeriod", "missing required property")


def _balanced(expression: str) -> bool:
    depth, quoted, escaped = 0, False, False
    for char in expression:
        if quoted:
            quoted = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            quoted = True
        elif char in "()":
            depth += 1 if char == "(" else -1
            if depth < 0:
                return False
    return bool(expression.strip()) and not quoted and depth == 0


def _refuse_second(call: Call) -> None:
    kind, phase = call.inputs["kind"], call.inputs["phase"]
    if kind in _ENTRY_POINTS and any(
        row.inputs["kind"] == kind and row.inputs["phase"] == phase for row in others(call, RULESET)
    ):
        raise refusal(20217, _ONE_A_PHASE.format(kind=kind, phase=phase))


def _name_rules(call: Call, outputs: dict[str, Value]) -> None:
    """Gives every rule its id, which it keeps while its reference or else its content stays, wherever it stands."""
    for rule in outputs.get("rules") or ():
        content = {name: value for name, value in rule.items() if name not in {"id", "ref"}}
        key = rule.get("ref") or json.dumps(content, sort_keys=True)
        rule["id"] = call.digest(f"rule {key}")[:32]
        rule.setdefault("ref", rule["id"])
        rule.setdefault("description", "")


def _version(call: Call) -> str:
    return str(int(call.old.outputs["version"]) + 1) if call.old else "1"


EMULATIONS: Final = (
    Emulation(
        token=RULESET,
        id=hex_id,
        path="{scope}/{project}/{id}",
        checks=(_check,),
        on_create=(_refuse_second,),
        refine=_name_rules,
        outputs={"lastUpdated": now, "version": _version, "description": ""},
        mutable=frozenset({"lastUpdated", "version"}),
    ),
)
