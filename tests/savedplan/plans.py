"""Saved plans for tests: any that could be, and one that is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from regionctl.engine import Kind, Op, Plan, Step
from regionctl.review.savedplan import SavedOptions, SavedPlan, SavedStack, SavedStep, WrappedKey

MADE = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

text = st.text(max_size=8)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text | st.just("[secret]") | st.just("[unknown]"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(text, values, max_size=3)
steps = st.builds(
    SavedStep, op=st.sampled_from(Op), urn=text, inputs=objects, fingerprints=st.dictionaries(text, digests, max_size=2)
)
stacks = st.builds(
    SavedStack,
    stack=text,
    updates=st.integers(0, 10**6),
    state=digests,
    config=st.dictionaries(text, text, max_size=2),
    steps=st.lists(steps, max_size=3).map(tuple),
    outputs=objects,
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 # aware by timezones
plans = st.builds(
    SavedPlan,
    fleet=text,
    target=st.sampled_from(["sandbox", "cloud"]),
    backend=text,
    made=moments,
    made_by=text,
    expires=moments,
    options=st.builds(SavedOptions, targets=st.just(()), allow=st.lists(text, max_size=2).map(tuple)),
    tools=st.dictionaries(text, text, max_size=2),
    files=st.dictionaries(text, digests, max_size=3),
    stacks=st.lists(stacks, max_size=2).map(tuple),
    key=st.builds(WrappedKey, stack=text, wrapped=text),
    mac=digests,
)


def saved(**changes: Any) -> SavedPlan:
    """A plan of prod.auth and prod.edge."""
    plan = SavedPlan(
        fleet="prod",
        target="sandbox",
        backend="file:///state",
        made=MADE,
        made_by="ada@here",
        expires=MADE + timedelta(hours=24),
        options=SavedOptions(targets=(), allow=()),
        tools={"pulumi-gcp": "10.2.0"},
        files={"components/database.py": "aa", "regions/prod/eu-west.yaml": "bb"},
        stacks=tuple(
            SavedStack(stack=name, updates=6, state=name, config={}, steps=(), outputs={})
            for name in ("prod.auth", "prod.edge")
        ),
        key=WrappedKey(stack="prod.auth", wrapped="v1:x"),
    )
    return plan.model_copy(update=changes)


def step(op: Op, inputs: dict[str, Any] | None = None, name: str = "db") -> Step:
    urn = f"urn:pulumi:prod.auth::regionctl::toy:index:Thing::{name}"
    return Step(op=op, urn=urn, type="toy:index:Thing", name=name, inputs=inputs or {})


def plan_of(*of_steps: Step, fingerprints: dict[str, str] | None = None, outputs: dict[str, Any] | None = None) -> Plan:
    """The engine's plan of prod.auth, with fingerprints of the secrets of its first step."""
    return Plan(
        stack="prod.auth",
        fleet="prod",
        region=None,
        target="sandbox",
        kind=Kind.PREVIEW,
        steps=of_steps,
        outputs=outputs or {},
        fingerprints={of_steps[0].urn: fingerprints} if fingerprints else {},
    )
