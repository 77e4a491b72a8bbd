"""The fleet: started once for a module of tests.

fleet.origin                        where clients go: the Worker
fleet.auth, fleet.regions["eu-west"].api | .sync | .background      programs, to end and to bring back
fleet.mailbox.code("ada@example.com")
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from joserfc.jwk import RSAKey

from auth.migrate import SCHEMA as AUTH_SCHEMA
from kit.migrations import Schema, migrate
from product.migrate import SCHEMA as PRODUCT_SCHEMA
from tests.end_to_end.outside import BUCKET, Google, Loop, Mailbox, bucket, redis
from tests.postgres import MIGRATE, Server, TestDatabase
from tests.processes import Program, free_port, inherited

PROGRAMS = ("api", "sync", "background")
LOCALITIES = {"eu": "Europe", "us": "United States"}
ZONES = {"eu-west": "Europe/Berlin", "us-east": "America/New_York"}
LOCALITY_OF = {"eu-west": "eu", "us-east": "us"}
# The programs share two cores with everything else: the real limit would be hit by chance.
AUTH_TIMEOUT_MS = "5000"
# What the product takes without a credential, as the edge stack gives it to the Worker.
PUBLIC_REQUESTS = {
    "version": 1,
    "requests": [
        {"path": "/hooks/issues/{key}", "kind": "webhook", "minted": True},
        {"path": "/public/issues/{key}", "kind": "link", "minted": True},
        {"path": "/hooks/billing", "kind": "billing", "deliver": "all", "headers": ["stripe-signature"]},
    ],
}


@dataclass(frozen=True)
class Region:
    name: str
    database: TestDatabase
    api: Program
    sync: Program
    background: Program

    @property
    def programs(self) -> tuple[Program, ...]:
        return (self.api, self.sync, self.background)


class Fleet:
    """Made by `running`."""

    def __init__(self, server: Server, pubsub: str, folder: Path, stack: ExitStack) -> None:
        self._server, self._folder, self._stack = server, folder, stack
        self._token = secrets.token_urlsafe(32)
        self._loop = Loop()
        stack.callback(self._loop.stop)
        self._pubsub = pubsub
        self._project = f"projects/fleet-{secrets.token_hex(4)}"
        self._google_key = RSAKey.generate_key(2048)
        self.mailbox = Mailbox()
        self._metadata = {name: self._loop.serve(Google(_account(name), self._google_key).app()) for name in ZONES}
        self._databases = asyncio.run(_databases(server))
        self._make_subscriptions()
        self.auth = self._auth()
        self.regions = {name: self._region(name) for name in ZONES}
        self.origin = ""

    @property
    def programs(self) -> list[Program]:
        return [self.auth, *(program for region in self.regions.values() for program in region.programs)]

    def start(self) -> None:
        for program in self.programs:
            self._stack.callback(program.kill)
            program.start()
            if program is self.auth:
                program.wait()
        for program in self.programs:
            program.wait()
        self.origin = self._edge()

    def restart_worker(self, *draining: str) -> None:
        """At the same address, with nothing in memory, and a table in which these regions drain."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(" ".join(("restart", *draining)) + "\n")
        self._process.stdin.flush()
        self._process.stdout.readline()

    def _auth(self) -> Program:
        port = free_port()
        seeds = {f"SIGNING_KEY_{which}": _seed() for which in "AB"}
        environment = {
            **self._databases["auth"].environment("auth-login"),
            **seeds,
            "SIGNING_KEY": "a",
            "EVENTS_TOPIC": f"{self._project}/topics/events",
            "EDGE_TOKEN": self._token,
            "CALLERS": json.dumps({_account(name): name for name in ZONES}),
            "AUDIENCE": f"http://127.0.0.1:{port}",
            "CERTIFICATES_URL": f"http://{self._metadata['eu-west']}/certs",
            "MAIL_HOST": "127.0.0.1",
            "MAIL_PORT": str(self._loop.serve_mail(self.mailbox)),
            "MAIL_SENDER": "issues@example.com",
            "PUBSUB_EMULATOR_HOST": self._pubsub,
        }
        return Program("auth", environment, self._folder, "auth", port)

    def _region(self, name: str) -> Region:
        database = self._databases[name]
        environment = {
            "REGION": name,
            "LOCALITIES": json.dumps(_offered()),
            "AUTH_URL": f"http://{self.auth.address}",
            "AUTH_EVENTS_SUBSCRIPTION": f"{self._project}/subscriptions/{name}",
            "CACHE_HOST": "127.0.0.1",
            "CACHE_PORT": str(self._stack.enter_context(redis())),
            "BUCKET_UPLOADS": BUCKET,
            "STORAGE_EMULATOR_HOST": self._stack.enter_context(bucket()),
            "GOOGLE_CLOUD_PROJECT": "fleet",
            "GCE_METADATA_HOST": self._metadata[name],
            "PUBSUB_EMULATOR_HOST": self._pubsub,
            "DRAIN_TIMEOUT_S": "10",
        }
        made = {
            key: Program(
                f"product.{key}",
                {**environment, **database.environment(f"product-{key}")},
                self._folder,
                f"{key}-{name}",
            )
            for key in PROGRAMS
        }
        return Region(name, database, made["api"], made["sync"], made["background"])

    def _make_subscriptions(self) -> None:
        topic = f"{self._project}/topics/events"
        with grpc.insecure_channel(self._pubsub) as channel:
            PublisherClient(transport=PublisherGrpcTransport(channel=channel)).create_topic(name=topic)
            subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
            for name in ZONES:
                subscription = f"{self._project}/subscriptions/{name}"
                asked = {"name": subscription, "topic": topic, "enable_message_ordering": True}
                subscriber.create_subscription(request=asked)

    def _edge(self) -> str:
        """Starts the Worker; its origin. `localhost`, since browsers take Secure cookies over http from there alone."""
        regions = {
            name: {"api": region.api.address, "sync": region.sync.address} for name, region in self.regions.items()
        }
        table = {
            "version": 1,
            "default_locality": "us",
            "localities": {
                LOCALITY_OF[name]: {"time_zones": [zone.partition("/")[0] + "/"]} for name, zone in ZONES.items()
            },
            "regions": {name: {"lifecycle": "active", "locality": LOCALITY_OF[name], "weight": 100} for name in ZONES},
        }
        bindings = {
            "AUTH": f"http://{self.auth.address}",
            "AUTH_TOKEN": self._token,
            "AUTH_TIMEOUT_MS": AUTH_TIMEOUT_MS,
            "PUBLIC_REQUESTS": PUBLIC_REQUESTS,
        }
        log = self._stack.enter_context((self._folder / "edge.log").open("ab"))
        process = self._stack.enter_context(
            subprocess.Popen(
                ["node", str(Path(__file__).with_name("edge.js"))],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=inherited(),
            )
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        self._stack.callback(process.stdin.close)
        self._process = process
        process.stdin.write(json.dumps({"bindings": bindings, "table": table, "regions": regions}) + "\n")
        process.stdin.flush()
        origin = process.stdout.readline().strip()
        if not origin:
            raise RuntimeError(f"the edge did not start: {(self._folder / 'edge.log').read_text()[-3000:]}")
        return origin.replace("127.0.0.1", "localhost")


@contextmanager
def running(server: Server, pubsub: str) -> Iterator[Fleet]:
    """Where FLEET_LOGS names a folder, what the programs write is left there."""
    with tempfile.TemporaryDirectory(prefix="fleet-") as folder, ExitStack() as stack:
        fleet = Fleet(server, pubsub, Path(os.environ.get("FLEET_LOGS", folder)), stack)
        fleet.start()
        yield fleet


async def _databases(server: Server) -> dict[str, TestDatabase]:
    async def made(schema: Schema, logins: dict[str, str]) -> TestDatabase:
        for login in logins.values():
            await server.login(login)
        database = await server.create()
        await migrate(schema, database.settings(MIGRATE), logins)
        return database

    # Roles are the server's, whose databases share them, and a migration takes them from logins that it does not name.
    logins = {key: f"product-{key}" for key in PRODUCT_SCHEMA.accounts}
    regional = {name: await made(PRODUCT_SCHEMA, logins) for name in ZONES}
    return {"auth": await made(AUTH_SCHEMA, {"auth": "auth-login"}), **regional}


def _offered() -> dict[str, dict[str, Any]]:
    zones = {LOCALITY_OF[name]: zone.partition("/")[0] + "/" for name, zone in ZONES.items()}
    return {key: {"name": name, "time_zones": [zones[key]]} for key, name in LOCALITIES.items()}


def _account(region: str) -> str:
    return f"product@{region}.iam.gserviceaccount.com"


def _seed() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()
