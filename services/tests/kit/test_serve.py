"""A program that is told to end finishes what it began."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

PROGRAM = """
import asyncio, pathlib, sys
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from kit.serve import run
from kit.settings import Settings
from kit.web import application

async def slow(request: Request) -> PlainTextResponse:
    print("began", flush=True)
    while not pathlib.Path(sys.argv[1]).exists():
        await asyncio.sleep(0.01)
    return PlainTextResponse("done")

settings = Settings(database_host="/", database_name="-", database_user="-", drain_timeout_s=60)
run(application([Route("/slow", slow)], checks={}), settings, host="127.0.0.1")
"""


async def line(process: asyncio.subprocess.Process, text: str) -> None:
    assert process.stdout is not None
    while text not in (found := (await process.stdout.readline()).decode()):
        assert found, "it has ended"


async def refuses(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:  # refused, or cut off while it closes
        return True
    writer.close()
    return False


async def test_what_runs_is_answered_and_nothing_new_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, str(tmp_path / "go on")),
        cwd=Path(__file__).resolve().parents[2],
        env={"PATH": "/usr/bin:/bin", "PORT": str(port)},
        stdout=subprocess.PIPE,
    )
    try:
        while await refuses(port):
            assert process.returncode is None
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            answer = asyncio.create_task(client.get("/slow"))
            await line(process, "began")
            process.send_signal(signal.SIGTERM)
            while not await refuses(port):
                assert not answer.done()
            (tmp_path / "go on").touch()
            assert (await answer).text == "done"
        assert await process.wait() in {0, -signal.SIGTERM}
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("lacking", ["DATABASE_HOST", "DATABASE_NAME", "DATABASE_USER"])
async def test_a_program_says_which_setting_it_lacks_and_no_value(lacking: str) -> None:
    given = {"DATABASE_HOST": "/", "DATABASE_NAME": "-", "DATABASE_USER": "-", "DATABASE_PASSWORD": "a secret of it"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "product.migrate"),
        cwd=Path(__file__).resolve().parents[2],
        env={"PATH": "/usr/bin:/bin", **{name: value for name, value in given.items() if name != lacking}},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 1
    assert lacking.lower() in output.decode()
    assert "a secret of it" not in output.decode()
