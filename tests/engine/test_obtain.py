"""Where Pulumi's CLI comes from: nothing is run or kept that was not compared with a digest before."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from regionctl.engine.cli.install import NoPulumi, Releases, obtain
from regionctl.engine.cli.locate import VERSION, cache_path, find

CLI = b"#!/bin/sh\necho never run\n"


@pytest.fixture(autouse=True)
def no_cli_and_no_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("REGIONCTL_PULUMI", raising=False)


def archive(name: str = "pulumi/pulumi", content: bytes = CLI) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


class Server:
    """Gives `body` for every name, and notes which were asked for."""

    def __init__(self, body: bytes | None) -> None:
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path.rpartition("/")[2])
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def serve() -> Iterator[list[Server]]:
    servers: list[Server] = []
    yield servers
    for server in servers:
        server.http.shutdown()
        server.http.server_close()


def releases(serve: list[Server], tmp_path: Path, body: bytes | None, digest: str | None = None) -> Releases:
    server = Server(body)
    serve.append(server)
    Thread(target=server.http.serve_forever, daemon=True).start()
    checksums = tmp_path / "checksums.txt"
    digest = digest or hashlib.sha256(body or b"").hexdigest()
    systems = [f"{system}-{machine}" for system in ("linux", "darwin") for machine in ("x64", "arm64")]
    checksums.write_text("".join(f"{digest}  pulumi-v{VERSION}-{system}.tar.gz\n" for system in systems))
    return Releases(url=server.url, checksums=checksums)


def test_a_release_of_the_right_digest_is_unpacked_and_found(serve: list[Server], tmp_path: Path) -> None:
    cli = obtain(lambda _line: None, releases(serve, tmp_path, archive()))
    assert (cli.path, cli.path.read_bytes(), cli.path.stat().st_mode & 0o777) == (cache_path(), CLI, 0o755)
    assert find() == cli
    assert [path.name for path in sorted(cache_path().parent.iterdir())] == ["pulumi", "pulumi.sha256"]
    obtain(
        lambda _line: None, Releases(url="http://127.0.0.1:9", checksums=tmp_path / "none")
    )  # nothing is asked again


@pytest.mark.parametrize(
    ("body", "digest", "says"),
    [
        (archive(), "0" * 64, "has the digest"),
        (archive()[:-8], hashlib.sha256(archive()).hexdigest(), "has the digest"),
        (None, None, "404"),
        (b"no archive", None, "cannot be unpacked"),
        (archive("pulumi/other"), None, "cannot be unpacked"),
        (archive("../../pulumi"), None, "cannot be unpacked"),
    ],
    ids=["another digest", "cut off", "not there", "no archive", "without the CLI", "out of its folder"],
)
def test_any_other_is_not_kept(
    serve: list[Server], tmp_path: Path, body: bytes | None, digest: str | None, says: str
) -> None:
    with pytest.raises(NoPulumi) as failed:
        obtain(lambda _line: None, releases(serve, tmp_path, body, digest))
    assert says in failed.value.tried["the release"]
    assert failed.value.tried["Go"] == "not installed"
    assert [path.name for path in cache_path().parent.iterdir()] == []
    assert find() is None


def test_without_a_digest_nothing_is_downloaded(serve: list[Server], tmp_path: Path) -> None:
    known = releases(serve, tmp_path, archive())
    known.checksums.write_text("")
    with pytest.raises(NoPulumi, match="make pulumi-checksums"):
        obtain(lambda _line: None, known)
    assert serve[0].asked == []


def test_a_cut_off_binary_is_not_found(serve: list[Server], tmp_path: Path) -> None:
    known = releases(serve, tmp_path, archive())
    obtain(lambda _line: None, known)
    cache_path().write_bytes(CLI[:-1])
    assert find() is None
    assert obtain(lambda _line: None, known).path.read_bytes() == CLI


def test_a_binary_that_was_changed_is_made_anew(serve: list[Server], tmp_path: Path) -> None:
    known = releases(serve, tmp_path, archive())
    obtain(lambda _line: None, known)
    cache_path().write_bytes(CLI.replace(b"never", b"NEVER"))
    said: list[str] = []
    assert obtain(said.append, known).path.read_bytes() == CLI
    assert "made anew" in said[0]
