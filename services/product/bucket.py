"""Files of attachments in the bucket, streamed both ways. An object is `<workspace id>/<attachment id>`.

Google's client blocks, so that each call runs in a thread.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from google.api_core.exceptions import GoogleAPIError, NotFound, PreconditionFailed
from google.cloud import storage
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse
from google.cloud.storage.fileio import BlobWriter
from google.cloud.storage.retry import DEFAULT_RETRY
from requests.exceptions import RequestException

from product.errors import Problem

CHUNK_BYTES = 1024 * 1024
TIMEOUT_S = 30.0
RETRY_S = 10.0
# The client's own errors, those of its part that moves media, and those of what it speaks HTTP with.
_REFUSALS = (GoogleAPIError, InvalidResponse, DataCorruption, RequestException)


@dataclass(frozen=True)
class Stored:
    size_bytes: int
    sha256: str


class Bucket:
    """Raises Problem `bucket_unavailable` where the bucket does not answer."""

    def __init__(self, client: storage.Client, name: str, retry_s: float = RETRY_S) -> None:
        self._bucket = client.bucket(name)
        # Google's own goes on for two minutes, longer than whoever waits.
        self._retry = DEFAULT_RETRY.with_timeout(retry_s)

    async def store(self, name: str, content_type: str, body: AsyncIterator[bytes]) -> Stored:
        """Streamed through, a chunk in memory at a time: Cloud Run's disk is memory too.

        Written once: an object that is there with other content is a conflict. Raises Problem, and what `body` raises;
        then nothing is written.
        """
        sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
        blob = self._bucket.blob(name)
        writer = BlobWriter(
            blob,
            chunk_size=CHUNK_BYTES,
            retry=self._retry,
            content_type=content_type,
            if_generation_match=0,
            timeout=TIMEOUT_S,
        )
        try:
            async for chunk in body:
                sha256.update(chunk)
                md5.update(chunk)
                size += len(chunk)
                await asyncio.to_thread(writer.write, chunk)
            await asyncio.to_thread(writer.close)
        except _REFUSALS as error:
            await asyncio.to_thread(_abandon, writer)
            if not _is_taken(error):
                raise _unavailable() from error
            # An earlier try whose answer was lost may have written it.
            if await self._md5(blob) != base64.b64encode(md5.digest()).decode():
                raise Problem(409, "already_exists", "This id is taken by another file.") from None
        except BaseException:
            # Or its destructor would close it, and half a file would be there.
            await asyncio.shield(asyncio.to_thread(_abandon, writer))
            raise
        return Stored(size, sha256.hexdigest())

    async def _md5(self, blob: Any) -> str:
        try:
            await asyncio.to_thread(blob.reload, timeout=TIMEOUT_S, retry=self._retry)
        except _REFUSALS as error:
            raise _unavailable() from error
        return str(blob.md5_hash)

    async def read(self, name: str) -> AsyncIterator[bytes]:
        """Raises Problem before the first chunk where there is no such object."""
        file: Any = self._bucket.blob(name).open("rb", chunk_size=CHUNK_BYTES, retry=self._retry, timeout=TIMEOUT_S)
        try:
            chunk = await asyncio.to_thread(file.read, CHUNK_BYTES)
        except NotFound:
            raise Problem(404, "not_found", "The file is gone.") from None
        except _REFUSALS as error:
            raise _unavailable() from error
        return _rest(file, chunk)

    async def delete(self, name: str) -> None:
        """Also where there is none."""
        try:
            await asyncio.to_thread(self._bucket.blob(name).delete, timeout=TIMEOUT_S, retry=self._retry)
        except NotFound:
            return
        except _REFUSALS as error:
            raise _unavailable() from error


async def weigh(body: AsyncIterator[bytes]) -> Stored:
    """What storing it would give, and nothing is stored."""
    sha256, size = hashlib.sha256(), 0
    async for chunk in body:
        sha256.update(chunk)
        size += len(chunk)
    return Stored(size, sha256.hexdigest())


async def _rest(file: Any, chunk: bytes) -> AsyncIterator[bytes]:
    while chunk:
        yield chunk
        chunk = await asyncio.to_thread(file.read, CHUNK_BYTES)


def _abandon(writer: BlobWriter) -> None:
    with contextlib.suppress(*_REFUSALS):
        writer.terminate()


def _is_taken(error: Exception) -> bool:
    """412: https://cloud.google.com/storage/docs/request-preconditions#precondition_criteria"""
    return isinstance(error, PreconditionFailed) or (
        isinstance(error, InvalidResponse) and error.response.status_code == PreconditionFailed.code
    )


def object_name(workspace_id: str, attachment_id: str) -> str:
    return f"{workspace_id}/{attachment_id}"


def _unavailable() -> Problem:
    return Problem(503, "bucket_unavailable", "Files are out of reach. Try again.", retry_after_s=2)
