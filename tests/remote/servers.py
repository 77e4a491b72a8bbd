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

    def put(self, bucket: str, key: str, content: bytes) -> None:
        if self.kind == "gcs":
            self.call(f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={quote(key, safe='')}", content)
        else:
            _client(self, "s3").put_object(Bucket=bucket, Key=key, Body=content)

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


def _aws() -> socketserver.BaseServer:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    return make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)


class _Threaded(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def _gcs() -> socketserver.BaseServer:
    from gcp_storage_emulator.server import RequestHandler
    from gcp_storage_emulator.storage import Storage

    return _Threaded(("127.0.0.1", 0), partial(RequestHandler, Storage(use_memory_fs=True)))


if __name__ == "__main__":
    server: Any = {"aws": _aws, "gcs": _gcs}[sys.argv[1]]()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()
