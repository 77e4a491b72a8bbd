"""What the generated client of auth sends its questions by; `ariadne-codegen` copies this file beside it.

Raises AuthUnavailable where no answer came, or one that this release cannot read: nothing is known then, not even
whether the question was carried out. Whoever changes something asks again, by the same operation id.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from product.errors import AuthUnavailable


class AuthTransport:
    """`token` is asked before each question: an identity token of this service's account, for auth's origin."""

    def __init__(
        self, url: str, http_client: httpx.AsyncClient, token: Callable[[], Awaitable[str]], timeout_s: float
    ) -> None:
        self._url = url
        self._http = http_client
        self._token = token
        self._timeout_s = timeout_s

    async def execute(
        self, query: str, operation_name: str | None = None, variables: dict[str, Any] | None = None, **_: Any
    ) -> httpx.Response:
        question = {"query": query, "operationName": operation_name, "variables": _without_unset(variables or {})}
        try:
            response = await self._http.post(
                self._url,
                json=to_jsonable_python(question),
                headers={"Authorization": f"Bearer {await self._token()}"},
                timeout=self._timeout_s,
                follow_redirects=False,
            )
        except httpx.HTTPError as error:
            raise AuthUnavailable(operation_name or "", type(error).__name__) from error
        response.extensions["operation"] = operation_name
        return response

    def get_data(self, response: httpx.Response) -> dict[str, Any]:
        operation = response.extensions["operation"]
        try:
            answer = response.json()
        except ValueError as error:
            raise AuthUnavailable(operation, f"status {response.status_code}, no JSON") from error
        data = answer.get("data") if isinstance(answer, dict) else None
        if response.status_code != 200 or not isinstance(data, dict) or answer.get("errors"):
            # The errors' texts are not repeated: they may quote what was asked.
            raise AuthUnavailable(operation, f"status {response.status_code}")
        return data


def _without_unset(variables: dict[str, Any]) -> dict[str, Any]:
    """The generated client's UNSET stands for an argument that is left to its default."""
    return {
        name: [_plain(item) for item in value] if isinstance(value, list) else _plain(value)
        for name, value in variables.items()
        if type(value).__name__ != "UnsetType"
    }


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json", by_alias=True, exclude_unset=True) if isinstance(value, BaseModel) else value
