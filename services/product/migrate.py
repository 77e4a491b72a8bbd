"""The job that runs once a release: `python -m product.migrate`."""

from __future__ import annotations

from pathlib import Path

from kit.migrations import Schema, read_steps

SCHEMA = Schema(
    name="product",
    regional=True,
    accounts={
        "api": ["product_api"],
        "sync": ["product_api"],
        "background": ["product_background", "product_drain"],
    },
    steps=read_steps(Path(__file__).with_name("migrations")),
)
