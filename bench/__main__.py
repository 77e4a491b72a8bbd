"""Measures every figure and writes docs/benchmarks.md. Takes some minutes, in a temporary folder."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import bench.adopt
import bench.fleets
import bench.folding
import bench.proofs
import bench.region
import bench.revision
import bench.sandbox
from bench.report import report

OUTPUT = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="regionctl-bench-") as scratch:
        folder = Path(scratch)
        figures = [
            *bench.region.figures(folder),
            *bench.fleets.figures(folder),
            *bench.revision.figures(folder),
            *bench.folding.figures(),
            *bench.proofs.figures(folder),
            *bench.sandbox.figures(folder),
            *bench.adopt.figures(folder),
        ]
    text = report(figures)
    OUTPUT.write_text(text)
    sys.stdout.write(text)


main()
