"""Auth, as this service asks it: the generated client, forgiving towards a newer release of auth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import httpx
from pydantic import BaseModel, ValidationError

from product import auth_client
from product.auth_client import Client
from product.errors import AuthUnavailable

Token: TypeAlias = Callable[[], Awaitable[str]]
TIMEOUT_S = 5.0
KNOWN_RECORDS = frozenset({"Workspace", "Membership", "Credential", "Moved", "Gone"})


class Auth(Client):
    """Every question raises AuthUnavailable where no answer came that this release can read."""

    def __init__(self, url: str, http_client: httpx.AsyncClient, token: Token, timeout_s: float = TIMEOUT_S) -> None:
        super().__init__(url, http_client, token, timeout_s)

    def get_data(self, response: httpx.Response) -> dict[str, Any]:
        data = super().get_data(response)
        _pass_over_unknown_records(data)
        operation = response.extensions["operation"]
        model: type[BaseModel] = getattr(auth_client, operation)
        try:
            model.model_validate(data)
        except ValidationError as error:
            raise AuthUnavailable(operation, "an answer of another release") from error
        return data


def static_token(value: str) -> Token:
    """For tests: Google's identity token in its place."""

    async def token() -> str:
        return value

    return token


def _pass_over_unknown_records(data: dict[str, Any]) -> None:
    """Records of a kind that auth got later say nothing to this release; the feed goes on behind them."""
    if (page := data.get("snapshot")) is not None:
        page["records"] = [one for one in page["records"] if one["__typename"] in KNOWN_RECORDS]
    if "changes" in (page := data.get("changesSince") or {}):
        page["changes"] = [one for one in page["changes"] if one["record"]["__typename"] in KNOWN_RECORDS]
