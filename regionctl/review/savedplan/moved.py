"""What moved between a saved plan and now, told before anything is planned again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from regionctl.engine import StateMark
from regionctl.engine.state.state_digest import moved as state_moved

from .document import SavedPlan
from .errors import OtherPlace
from .store import moved_files


@dataclass(frozen=True, kw_only=True)
class Now:
    """The same things as they are now. `states` and `configs` have each stack of the fleet that the plan names."""

    time: datetime
    files: Mapping[str, str]
    tools: Mapping[str, str]
    states: Mapping[str, StateMark]
    configs: Mapping[str, Mapping[str, str]]


def check_place(plan: SavedPlan, path: str, *, fleet: str, target: str, backend: str) -> None:
    """Raises OtherPlace where the plan is for another fleet, target or state than this one."""
    for what, planned, here in (
        ("fleet", plan.fleet, fleet),
        ("target", plan.target, target),
        ("state", plan.backend, backend),
    ):
        if planned != here:
            raise OtherPlace(path, what, planned, here)


def check(plan: SavedPlan, now: Now) -> list[str]:
    """Everything that moved, a line each; empty where the plan still holds."""
    return [
        *expired(plan, now.time),
        *moved_files(plan.files, now.files),
        *_moved_tools(plan.tools, now.tools),
        *_moved_states(plan, now.states),
        *_moved_configs(plan, now.configs),
    ]


def expired(plan: SavedPlan, now: datetime) -> list[str]:
    """A line where the plan is too old."""
    if plan.holds_at(now):
        return []
    return [f"it expired {_span(now - plan.expires)} ago, at {plan.expires:%Y-%m-%d %H:%M %Z}"]


def _moved_tools(planned: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    return [
        f"{name} is {found.get(name, 'not there')}, the plan was made with {planned.get(name, 'none')}"
        for name in sorted({*planned, *found})
        if planned.get(name) != found.get(name)
    ]


def _moved_states(plan: SavedPlan, found: Mapping[str, StateMark]) -> list[str]:
    lines = []
    for saved in plan.stacks:
        mark = found.get(saved.stack)
        if mark is None:
            lines.append(f"{saved.stack} is no stack of the fleet any more")
        elif mark.digest != saved.state:
            lines.append(state_moved(saved.stack, saved.mark, mark))
    return lines


def _moved_configs(plan: SavedPlan, found: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [
        f"{key} in the config of {saved.stack} changed since the plan"
        for saved in plan.stacks
        for key in sorted({*saved.config, *found.get(saved.stack, saved.config)})
        if saved.config.get(key) != found.get(saved.stack, saved.config).get(key)
    ]


def _span(time: timedelta) -> str:
    """`3 min`, `2 h`, `4 d`: the largest unit that fits, rounded down."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"
