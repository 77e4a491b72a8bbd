"""`python -m tests.rights`: writes tests/rights.txt again, which a test compares with what the migrations grant."""

from __future__ import annotations

import asyncio

from kit.settings import Stage
from tests import postgres
from tests.border import granted
from tests.homes import homes
from tests.test_border import HEADER, RIGHTS, SERVICES


async def main() -> None:
    server = postgres.start()
    try:
        async with homes(server, Stage.TWO_LOGINS, SERVICES) as all_homes:
            lines = [line for home in all_homes for line in await granted(home.database, [home.schema])]
    finally:
        server.stop()
    RIGHTS.write_text(HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
