"""Requests to GitHub's REST and GraphQL APIs, again where GitHub says that it may go better.

https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from types import TracebackType
from typing import Any

import httpx

from regionctl.model.errors import RegionctlError

PER_PAGE = 100  # the most: https://docs.github.com/en/rest/issues/comments#list-issue-comments
TRIES = 5
MOST_WAIT_S = 300.0
TIMEOUT_S = 30.0
_VERSION = "2022-11-28"  # https://docs.github.com/en/rest/about-the-rest-api/api-versions
_LIMITED = (403, 429)
_MOST_MESSAGE = 300
_SENSELESS = "the answer is not what GitHub's API says; is GITHUB_API_URL right?"

# Nothing was sent, so that nothing can have been done.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class GitHub:
    """The API at `api_url`, as the owner of `token`. Raises InsecureUrl.

    A request goes out at most TRIES times, MOST_WAIT_S apart at most: after a rate limit when GitHub says so, after 5xx
    and a broken connection ever later.
    """

    def __init__(
        self,
        api_url: str,
        token: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._base = _checked(api_url)
        self._token = token
        self._sleep = sleep
        self._clock = clock
        self._http = httpx.Client(
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {token}",
                "User-Agent": "regionctl",
                "X-GitHub-Api-Version": _VERSION,
            },
            timeout=TIMEOUT_S,
        )

    def __enter__(self) -> GitHub:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def pages(self, path: str) -> Iterator[Any]:
        """The entries of a list, page by page."""
        page = 1
        while True:
            entries = self.send("GET", path, params={"per_page": PER_PAGE, "page": page})
            if not isinstance(entries, list):
                raise GitHubOutOfReach(f"GET {path}", _SENSELESS)
            yield from entries
            if len(entries) < PER_PAGE:
                return
            page += 1

    def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        params: Mapping[str, Any] | None = None,
        idempotent: bool = True,
    ) -> Any:
        """The answer's JSON. `idempotent`: doing it twice does no harm, so it is tried again after an answer got lost.

        Raises RefusedByGitHub, GitHubRateLimited, GitHubOutOfReach.
        """
        return self._send(method, f"{self._base}{path}", f"{method} {path}", body, params=params, idempotent=idempotent)

    def graphql(self, query: str, variables: Mapping[str, Any]) -> Any:
        """The answer's `data`. Only for what may be done twice. Raises as `send` does."""
        # https://docs.github.com/en/enterprise-server/graphql/guides/forming-calls-with-graphql#the-graphql-endpoint
        url = f"{self._base.removesuffix('/v3')}/graphql"
        answer = self._send("POST", url, "POST /graphql", {"query": query, "variables": variables}, params=None)
        if not isinstance(answer, dict):
            raise GitHubOutOfReach("POST /graphql", _SENSELESS)
        if answer.get("errors"):
            message = "; ".join(str(error.get("message", "")) for error in answer["errors"])
            raise RefusedByGitHub("POST /graphql", 200, self._told(message))
        return answer["data"]

    def _send(
        self,
        method: str,
        url: str,
        request: str,
        body: Mapping[str, Any] | None,
        *,
        params: Mapping[str, Any] | None,
        idempotent: bool = True,
    ) -> Any:
        for tried in range(1, TRIES + 1):
            try:
                response = self._http.request(method, url, json=body, params=params)
            except httpx.TransportError as error:
                if tried == TRIES or not (idempotent or isinstance(error, _NOT_SENT)):
                    raise GitHubOutOfReach(request, type(error).__name__) from error
                self._sleep(2.0 ** (tried - 1))
                continue
            wait_s = self._wait_s(response, tried)
            if wait_s is None:
                return self._answer(response, request)
            if wait_s > MOST_WAIT_S or (response.status_code in _LIMITED and tried == TRIES):
                raise GitHubRateLimited(request, wait_s)
            if tried == TRIES or not (idempotent or response.status_code in _LIMITED):
                raise GitHubOutOfReach(request, str(response.status_code))
            self._sleep(wait_s)
        raise AssertionError("the last try returns or raises")

    def _wait_s(self, response: httpx.Response, tried: int) -> float | None:
        """How long to wait before the next try; None where this answer is final.

        https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
        """
        if response.status_code >= 500:
            return 2.0 ** (tried - 1)
        if response.status_code not in _LIMITED:
            return None
        headers = response.headers
        if headers.get("retry-after", "").isdigit():
            return float(headers["retry-after"])
        if headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset", "").isdigit():
            return max(float(headers["x-ratelimit-reset"]) - self._clock(), 0.0) + 1.0
        if response.status_code == 429 or "rate limit" in response.text.lower():
            return 60.0 * 2.0 ** (tried - 1)
        return None

    def _answer(self, response: httpx.Response, request: str) -> Any:
        if not response.is_success:
            raise RefusedByGitHub(request, response.status_code, self._told(_message(response)))
        if response.status_code == 204:
            return None
        try:
            return response.json()
        except ValueError as error:
            raise GitHubOutOfReach(request, _SENSELESS) from error

    def _told(self, message: str) -> str:
        """GitHub's words on one line."""
        return " ".join(message.replace(self._token, "[secret]").split())[:_MOST_MESSAGE]


def _message(response: httpx.Response) -> str:
    """`Validation Failed: body is too long`: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api"""
    try:
        answer = response.json()
        details = [error.get("message") or error.get("code") for error in answer.get("errors", [])]
        return ": ".join([str(answer["message"]), *([", ".join(map(str, details))] if details else [])])
    except (ValueError, KeyError, AttributeError, TypeError):
        return response.reason_phrase


def _checked(api_url: str) -> str:
    try:
        url = httpx.URL(api_url)
    except httpx.InvalidURL as error:
        raise InsecureUrl(api_url) from error
    if not url.host or (url.scheme != "https" and not (url.scheme == "http" and _loopback(url.host))):
        raise InsecureUrl(api_url)
    return api_url.rstrip("/")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_HINTS = {
    301: "the repository has another name now: give that to --repo",
    401: "GITHUB_TOKEN is no valid token, or ran out",
    403: "the job needs `permissions: pull-requests: write`; on pull requests from forks a token can only read",
    404: "look at --repo and --pr; a token sees no private repository that it was not given",
    410: "the repository has its issues and comments turned off",
}


class RefusedByGitHub(RegionctlError):
    """GitHub answered no to a request, and asking again would not help."""

    def __init__(self, request: str, status: int, message: str) -> None:
        self.request = request
        self.status = status
        self.message = message
        super().__init__(f"GitHub refused {request}: {status} {message}".rstrip(), hint=_HINTS.get(status))


class GitHubOutOfReach(RegionctlError):
    """GitHub could not be reached, or its answers made no sense, however often it was asked."""

    def __init__(self, request: str, reason: str) -> None:
        self.request = request
        self.reason = reason
        super().__init__(f"GitHub gave no answer to {request}: {reason}", hint="run it again later")


class GitHubRateLimited(RegionctlError):
    """GitHub asks to wait for longer than is worth it."""

    def __init__(self, request: str, wait_s: float) -> None:
        self.request = request
        self.wait_s = wait_s
        super().__init__(f"GitHub's rate limit is used up ({request})", hint=f"run it again in {wait_s:.0f} s")


class InsecureUrl(RegionctlError):
    """The address of GitHub's API is not one that a token may be sent to."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(f"{url}: a token goes only over https", hint="set GITHUB_API_URL to https://HOST/api/v3")
