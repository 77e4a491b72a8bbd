"""Files of attachments in the bucket, streamed both ways. An object is `<workspace id>/<attachment id>`.

Google's client blocks, so that each call runs in a thread.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import IO, Any

from google.api_core.exceptions import GoogleAPIError, NotFound, PreconditionFailed
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY

from product.errors import Problem

CHUNK_BYTES = 1024 * 1024
IN_MEMORY_BYTES = 1024 * 1024
TIMEOUT_S = 30.0
RETRY_S = 10.0


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
        """Written once: an object that is there with other content is a conflict. Raises Problem."""
        digest, size = hashlib.sha256(), 0
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as spool:
            async for chunk in body:
                digest.update(chunk)
                size += len(chunk)
                await asyncio.to_thread(spool.write, chunk) if size > IN_MEMORY_BYTES else spool.write(chunk)
            stored = Stored(size, digest.hexdigest())
            try:
                await asyncio.to_thread(self._upload, name, content_type, spool, stored)
            except GoogleAPIError as error:
                raise _unavailable() from error
        return stored

    def _upload(self, name: str, content_type: str, file: IO[bytes], stored: Stored) -> None:
        blob = self._bucket.blob(name)
        blob.metadata = {"sha256": stored.sha256}
        file.seek(0)
        try:
            blob.upload_from_file(
                file,
                size=stored.size_bytes,
                content_type=content_type,
                if_generation_match=0,
                timeout=TIMEOUT_S,
                retry=self._retry,
            )
        except PreconditionFailed:
            # An earlier try whose answer was lost has written it.
            blob.reload(timeout=TIMEOUT_S, retry=self._retry)
            if (blob.metadata or {}).get("sha256") != stored.sha256:
                raise Problem(409, "already_exists", "This id is taken by another file.") from None

    async def read(self, name: str) -> AsyncIterator[bytes]:
        """Raises Problem before the first chunk where there is no such object."""
        file: Any = self._bucket.blob(name).open("rb", chunk_size=CHUNK_BYTES, retry=self._retry, timeout=TIMEOUT_S)
        try:
            chunk = await asyncio.to_thread(file.read, CHUNK_BYTES)
        except NotFound:
            raise Problem(404, "not_found", "The file is gone.") from None
        except GoogleAPIError as error:
            raise _unavailable() from error
        return _rest(file, chunk)

    async def delete(self, name: str) -> None:
        """Also where there is none."""
        try:
            await asyncio.to_thread(self._bucket.blob(name).delete, timeout=TIMEOUT_S, retry=self._retry)
        except NotFound:
            return
        except GoogleAPIError as error:
            raise _unavailable() from error


async def _rest(file: Any, chunk: bytes) -> AsyncIterator[bytes]:
    while chunk:
        yield chunk
        chunk = await asyncio.to_thread(file.read, CHUNK_BYTES)


def object_name(workspace_id: str, attachment_id: str) -> str:
    return f"{workspace_id}/{attachment_id}"


def _unavailable() -> Problem:
    return Problem(503, "bucket_unavailable", "Files are out of reach. Try again.", retry_after_s=2)
