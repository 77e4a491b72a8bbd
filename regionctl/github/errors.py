"""What can go wrong with GitHub."""

from __future__ import annotations

from regionctl.model.errors import RegionctlError

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
