"""The servers of these tests, each a process of its own on loopback: S3 and KMS as moto has them, and Cloud Storage.

    python -m tests.remote.servers aws|gcs

prints the port that the system chose, serves, and ends once its standard input is closed.
"""

from __future__ import annotations

import http.server
import json
import os
import socketserver
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

REGION = "us-east-1"
_REFUSE = "/refuse-writes/"
_LOOKS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Server:
    """One that runs."""

    kind: str
    port: int

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """What a client of it needs: made-up credentials, and where it is."""
        if self.kind == "gcs":
            return {"STORAGE_EMULATOR_HOST": self.address, "GOOGLE_OAUTH_ACCESS_TOKEN": "made-up"}
        keys = {"AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "made-up", "AWS_REGION": REGION}
        return {**keys, "AWS_ENDPOINT_URL_KMS": f"http://{self.address}"}

    def bucket(self, name: str) -> str:
        """Makes a bucket, and returns the URL that Pulumi takes for a state in it."""
        if self.kind == "gcs":
            self.call("/storage/v1/b?project=made-up", {"name": name})
            return f"gs://{name}"
        _client(self, "s3").create_bucket(Bucket=name)
        return f"s3://{name}?endpoint={self.address}&disableSSL=true&s3ForcePathStyle=true&region={REGION}"

    def objects(self, bucket: str) -> Mapping[str, bytes]:
        """What a bucket holds, by key."""
        if self.kind == "gcs":
            listed = json.loads(self.call(f"/storage/v1/b/{bucket}/o")).get("items") or ()
            names = [item["name"] for item in listed]
            return {
                name: self.call(f"/download/storage/v1/b/{bucket}/o/{quote(name, safe='')}?alt=media") for name in names
            }
        client = _client(self, "s3")
        keys = [item["Key"] for item in client.list_objects_v2(Bucket=bucket).get("Contents", ())]
        return {key: client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def refuse_writes(self, bucket: str) -> None:
        """From here on the bucket is as to an account that may only read in it."""
        self.call(_REFUSE + bucket, b"")

    def put(self, bucket: str, key: str, content: bytes) -> None:
        if self.kind == "gcs":
            self.call(f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={quote(key, safe='')}", content)
        else:
            _client(self, "s3").put_object(Bucket=bucket, Key=key, Body=content)

    def delete(self, bucket: str, key: str) -> None:
        if self.kind == "gcs":
            path = f"http://{self.address}/storage/v1/b/{bucket}/o/{quote(key, safe='')}"
            urllib.request.urlopen(urllib.request.Request(path, method="DELETE")).close()
        else:
            _client(self, "s3").delete_object(Bucket=bucket, Key=key)

    def key(self) -> str:
        """Makes a KMS key, and returns its id."""
        made: str = _client(self, "kms").create_key()["KeyMetadata"]["KeyId"]
        return made

    def call(self, path: str, body: Mapping[str, str] | bytes | None = None) -> bytes:
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": "application/json"} if isinstance(body, Mapping) else {}
        with urllib.request.urlopen(urllib.request.Request(f"http://{self.address}{path}", data, headers)) as answer:
            content: bytes = answer.read()
        return content


@contextmanager
def serving(kind: str) -> Iterator[Server]:
    """`aws` or `gcs`, until the block ends."""
    command = [sys.executable, "-m", "tests.remote.servers", kind]
    # moto reads no credentials of the user's, and takes any.
    environment = {**os.environ, "MOTO_ALLOW_NONEXISTENT_REGION": "true"}
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Server(kind, int(process.stdout.readline()))
        process.stdin.close()


def _client(server: Server, service: str) -> Any:
    import boto3  # a tenth of a second, which Cloud Storage's tests need not pay

    return boto3.client(
        service,
        endpoint_url=f"http://{server.address}",
        region_name=REGION,
        aws_access_key_id="made-up",
        aws_secret_access_key="made-up",
    )


class _Guard:
    """Which requests are refused."""

    def __init__(self) -> None:
        self._closed: set[str] = set()

    def answer(self, method: str, path: str) -> int | None:
        """The status of the answer where a server is not to be asked."""
        if path.startswith(_REFUSE):
            self._closed.add(path.removeprefix(_REFUSE))
            return 200
        return 403 if method not in _LOOKS and any(bucket in path for bucket in self._closed) else None


def _aws() -> socketserver.BaseServer:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server
    from werkzeug.wrappers import Response

    application, guard = DomainDispatcherApplication(create_backend_app), _Guard()

    def guarded(environ: Any, start_response: Any) -> Any:
        status = guard.answer(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if status is None:
            return application(environ, start_response)
        refusal = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        return Response(refusal, status, content_type="application/xml")(environ, start_response)

    return make_server("127.0.0.1", 0, guarded, threaded=True)


class _Threaded(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def _gcs() -> socketserver.BaseServer:
    from gcp_storage_emulator.server import RequestHandler
    from gcp_storage_emulator.storage import Storage

    guard = _Guard()

    class Guarded(RequestHandler):  # type: ignore[misc]
        def parse_request(self) -> bool:
            if not super().parse_request():
                return False
            status = guard.answer(self.command, self.path)
            if status is not None:
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()
            return status is None

    return _Threaded(("127.0.0.1", 0), partial(Guarded, Storage(use_memory_fs=True)))


if __name__ == "__main__":
    server: Any = {"aws": _aws, "gcs": _gcs}[sys.argv[1]]()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()
