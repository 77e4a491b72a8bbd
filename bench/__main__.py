"""Measures the figures of docs/benchmarks.md, all of them or those of some sections, in a temporary folder.

python -m bench                  every section, in some minutes; writes docs/benchmarks.md
python -m bench region proofs    those sections alone; prints their figures and writes nothing
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from bench.measure import Figure
from bench.report import report

OUTPUT = Path(__file__).parents[1] / "docs" / "benchmarks.md"

# In the order of the file, with what each measures and about how long that takes on two quiet cores.
SECTIONS = {
    "region": "one region: show, --help, diff against a bare script and against terraform plan (2 min)",
    "fleets": "20 and 50 regions: rendered, and planned together and one after the other (8 min)",
    "revision": "diff --base of a change that reaches 20 regions, and --watch (1 min)",
    "folding": "folding the plans of 20 regions (5 s)",
    "proofs": "check of 20 regions (1 min)",
    "sandbox": "a call of the emulated clouds (1 min)",
    "consistency": "1,000 creations and 10,000 updates between auth and a region, through losses (3 min)",
    "sync": "1,000 clients of the sync engine, an instance killed every second (2 min)",
    "tenants": "5,000 requests of everybody for whatever, through two regions (1 min)",
    "adopt": "adopting a region, and classifying a large export (2 min)",
    "route": "the auth service's answers to the Worker, at 1,000 questions a second (1 min)",
}


def main(arguments: list[str]) -> None:
    wanted = _parsed(arguments)
    # What the machine's owner does not set: a command that keeps no bytecode compiles itself each time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="regionctl-bench-") as scratch:
        text = report([figure for section in wanted for figure in _figures(section, Path(scratch))])
    if wanted == list(SECTIONS):
        OUTPUT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _parsed(arguments: list[str]) -> list[str]:
    lines = "\n".join(f"  {name:<12} {what}" for name, what in SECTIONS.items())
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=(__doc__ or "") + f"\nsections:\n{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sections", nargs="*", metavar="SECTION", help="one of the above; left out, all")
    wanted: list[str] = parser.parse_args(arguments).sections
    if unknown := [name for name in wanted if name not in SECTIONS]:
        parser.error(f"no section is called {unknown[0]!r}: choose from {', '.join(SECTIONS)}")
    return [name for name in SECTIONS if name in wanted or not wanted]


def _figures(section: str, scratch: Path) -> Iterable[Figure]:
    folder = scratch / section
    folder.mkdir()
    figures: Iterable[Figure] = import_module(f"bench.{section}").figures(folder)
    return figures


if __name__ == "__main__":
    main(sys.argv[1:])
