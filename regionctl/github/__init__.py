"""GitHub's API, as far as a review needs it.

    GitHub(api_url, token)                                 the API, with retries
    keep_comment(github, Place(...), body, ...) -> Kept    one comment on a pull request, kept up to date
    change_document(...), read_change(artifact)            what a job hands to the one that comments, checked

    RefusedByGitHub       it said no, and will again
    GitHubOutOfReach      it did not answer, or not in its right mind, for as long as we tried
    GitHubRateLimited     it wants no more requests for longer than we wait
    InsecureUrl           the token would travel in the clear
    NotAChange            what a job handed over is of another shape

The token is in no error and in nothing that is printed.
"""

from __future__ import annotations

from .change import Artifact, ChangeDocument, NotAChange, artifacts, change_document, read_change
from .client import GitHub, GitHubOutOfReach, GitHubRateLimited, InsecureUrl, RefusedByGitHub
from .comments import Done, Kept, Place, keep_comment

__all__ = [
    "Artifact",
    "ChangeDocument",
    "Done",
    "GitHub",
    "GitHubOutOfReach",
    "GitHubRateLimited",
    "InsecureUrl",
    "Kept",
    "NotAChange",
    "Place",
    "RefusedByGitHub",
    "artifacts",
    "change_document",
    "keep_comment",
    "read_change",
]
