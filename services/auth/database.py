"""Auth's schema. `auth` is the key of the account that its service runs as (stacks/auth.py)."""

from __future__ import annotations

from pathlib import Path

from kit.migrations import Schema, read_steps

SCHEMA = Schema(
    name="auth",
    accounts={"auth": ("auth_api", "auth_drain")},
    steps=read_steps(Path(__file__).parent / "migrations"),
)
