"""One comment on a pull request that always tells the last state, and folds itself away when there is nothing to tell.

It is found again by a hidden first line. Only comments of our own account count: anybody can write such a line, and
whoever wrote the comment can change it after us.
https://docs.github.com/en/rest/issues/comments (a pull request is an issue there)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .client import GitHub, GitHubOutOfReach

KEY = r"[A-Za-z0-9._-]{1,100}"
_MARKER = re.compile(rf"<!-- regionctl comment (?P<key>{KEY}) (?P<state>shown|outdated) -->\r?\n")
_CREATE_TRIES = 3

# https://docs.github.com/en/graphql/reference/mutations#minimizecomment
_MINIMIZE = "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { clientMutationId } }"
_UNMINIMIZE = "mutation($id: ID!) { unminimizeComment(input: {subjectId: $id}) { clientMutationId } }"


class Done(StrEnum):
    """What was done with the comment."""

    CREATED = "created"
    UPDATED = "updated"
    COLLAPSED = "collapsed"
    UNCHANGED = "unchanged"
    NOT_NEEDED = "not needed"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Which comment it is: of a pull request, by an account, with a key of its own where there are several."""

    repository: str  # owner/name
    number: int
    key: str
    author: str

    @property
    def comments(self) -> str:
        return f"/repos/{self.repository}/issues/{self.number}/comments"

    def comment(self, id_: int) -> str:
        return f"/repos/{self.repository}/issues/comments/{id_}"


@dataclass(frozen=True)
class Kept:
    """What was done, where the comment is, and whose it is; the latter None where there is none."""

    done: Done
    url: str | None = None
    author: str | None = None


def keep_comment(github: GitHub, place: Place, body: str, *, nothing: bool) -> Kept:
    """Makes the comment say `body`. With `nothing` there is nothing to tell: an old comment is collapsed as outdated,
    and none is made. Should there be several, the first stays and the others are deleted.
    """
    mine = _mine(github, place)
    if not mine:
        return Kept(Done.NOT_NEEDED) if nothing else _create(github, place, body)
    first, *others = mine
    for other in others:
        github.send("DELETE", place.comment(other["id"]))
    return _update(github, place, first, body, nothing=nothing)


def _mine(github: GitHub, place: Place) -> list[Any]:
    return [
        comment
        for comment in github.pages(place.comments)
        if (comment.get("user") or {}).get("login") == place.author and _state(comment, place.key)
    ]


def _state(comment: Any, key: str) -> str | None:
    marker = _MARKER.match(comment.get("body") or "")
    return marker["state"] if marker and marker["key"] == key else None


def _create(github: GitHub, place: Place, body: str) -> Kept:
    """Makes the comment, once: where an answer got lost, it looks for the comment before it tries again."""
    for tried in range(1, _CREATE_TRIES + 1):
        try:
            comment = github.send("POST", place.comments, {"body": _marked(place.key, "shown", body)}, idempotent=False)
        except GitHubOutOfReach:
            made = _mine(github, place)
            if not made and tried == _CREATE_TRIES:
                raise
            if not made:
                continue
            comment = made[0]
        return _kept(Done.CREATED, comment)
    raise AssertionError("the last try returns or raises")


def _update(github: GitHub, place: Place, comment: Any, body: str, *, nothing: bool) -> Kept:
    """The state is written last, so that what broke off in between is done again next time."""
    was, state = _state(comment, place.key), "outdated" if nothing else "shown"
    text = _marked(place.key, state, body)
    if _same(comment["body"], text):
        return _kept(Done.UNCHANGED, comment)
    if was != state:
        github.graphql(_MINIMIZE if nothing else _UNMINIMIZE, {"id": comment["node_id"]})
    updated = github.send("PATCH", place.comment(comment["id"]), {"body": text})
    return _kept(Done.COLLAPSED if nothing else Done.UPDATED, updated)


def _marked(key: str, state: str, body: str) -> str:
    return f"<!-- regionctl comment {key} {state} -->\n{body}"


def _same(one: str, other: str) -> bool:
    """GitHub keeps texts but for white space at their ends and the kind of line breaks."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


def _kept(done: Done, comment: Any) -> Kept:
    return Kept(done, comment.get("html_url"), (comment.get("user") or {}).get("login"))
