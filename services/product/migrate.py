"""The job that runs once a release: `python -m product.migrate`."""

from __future__ import annotations

from pathlib import Path

from kit.migrations import Schema, read_steps
from kit.migrations.job import main

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


if __name__ == "__main__":
    main(SCHEMA)
