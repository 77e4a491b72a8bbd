"""`python -m regionctl.sandbox --data FILE`: the emulated providers, for plain `pulumi` too.

The first line on stdout is `PULUMI_DEBUG_PROVIDERS=gcp:PORT,cloudflare:PORT`. Ends on SIGTERM, and with
`--with-parent` when the process that started it is gone.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from regionctl.model.errors import RegionctlError
from regionctl.sandbox.providers import PROVIDERS
from regionctl.sandbox.serve import serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m regionctl.sandbox", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the SQLite file of the emulated clouds")
    parser.add_argument("--providers", default=",".join(PROVIDERS), help="which ones, separated by commas")
    parser.add_argument("--with-parent", action="store_true", help="end when the starting process is gone")
    options = parser.parse_args()
    parent = os.getppid() if options.with_parent else None
    try:
        serve(options.data, options.providers.split(","), _announce, parent=parent)
    except RegionctlError as err:
        sys.stderr.write(f"{err}\n")
        return err.exit_code
    return 0


def _announce(value: str) -> None:
    sys.stdout.write(f"PULUMI_DEBUG_PROVIDERS={value}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
