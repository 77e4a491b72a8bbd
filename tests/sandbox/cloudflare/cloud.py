"""The emulated Cloudflare over gRPC, as Pulumi's engine talks to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc

from tests.sandbox.client import Client, Resource, serving

__all__ = ["Cloud", "Refused", "Resource", "cloudflare"]

ACCOUNT = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
OTHER_ACCOUNT = "11111111111111111111111111111111"
ZONE = "9b1f0c4e6a7d42538e2c1a5b7d9f3e60"
OTHER_ZONE = "22222222222222222222222222222222"

SCRIPT, KV, MTLS = "WorkersScript", "WorkersKvNamespace", "MtlsCertificate"
RECORD, RULESET, SETTING = "DnsRecord", "Ruleset", "ZoneSetting"


class Refused(AssertionError):
    """The emulated cloud said no: `code` and `message` are Cloudflare's."""

    def __init__(self, error: grpc.RpcError) -> None:
        self.text: str = error.details()
        super().__init__(self.text)
        text = self.text
        document = text.partition("{")[1] + text.partition("{")[2]
        said: dict[str, Any] = json.loads(document)["errors"][0] if document else {"code": None, "message": text}
        self.code: int | None = said["code"]
        self.message: str = said["message"]


class Cloud(Client):
    """The emulated Cloudflare. Raises Refused."""


@contextmanager
def cloudflare(data: Path) -> Iterator[Cloud]:
    with serving("cloudflare", data) as stub:
        yield Cloud(stub, lambda type_: f"cloudflare:index/{type_[0].lower()}{type_[1:]}:{type_}", Refused)


def file(text: str) -> dict[str, str]:
    """A module of an upload besides the main one."""
    return {
        "contentType": "application/javascript+module",
        "contentBase64": base64.b64encode(text.encode()).decode(),
    }


def script(**more: Any) -> dict[str, Any]:
    """The inputs of a small Worker."""
    return {
        "accountId": ACCOUNT,
        "scriptName": "edge",
        "mainModule": "index.js",
        "content": "export default { async fetch() { return new Response('hello') } }",
        "compatibilityDate": "2026-04-01",
        **more,
    }
