"""A server on this machine's loopback address that answers as GitHub's API does, as far as comments go.

https://docs.github.com/en/rest/issues/comments, https://docs.github.com/en/graphql/reference/mutations#minimizecomment
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPO = "acme/infra"
BOT = "github-actions[bot]"
LIMIT = 65_536


@dataclass(frozen=True)
class Answer:
    """A status, a body and headers. `late`: the request is carried out, and only then answered so."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    late: bool = False


@dataclass
class FakeGitHub:
    """The comments of pull request 7 of REPO, and what comes next in place of a right answer."""

    token: str
    account: str = BOT
    comments: list[dict[str, Any]] = field(default_factory=list)
    minimized: set[str] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    next_answers: list[Answer | None] = field(default_factory=list)  # None: the connection breaks
    url: str = ""

    def comment(self, body: str, author: str = BOT) -> dict[str, Any]:
        """Adds a comment."""
        id_ = 1000 + len(self.requests) * 1000 + len(self.comments)
        made = {
            "id": id_,
            "node_id": f"IC_{id_}",
            "body": body,
            "user": {"login": author},
            "html_url": f"https://github.com/{REPO}/pull/7#issuecomment-{id_}",
        }
        self.comments.append(made)
        return made

    @property
    def bodies(self) -> list[str]:
        return [comment["body"] for comment in self.comments]

    @property
    def writes(self) -> list[str]:
        return [request for request in self.requests if not request.startswith("GET")]

    def answer(self, method: str, target: str, body: Any, token: str) -> Answer | None:
        # Enterprise has the REST API at /api/v3, and GraphQL beside it.
        path = urlsplit(target).path.removeprefix("/api/v3").removeprefix("/api")
        self.requests.append(f"{method} {path}")
        self.tokens.add(token)
        if self.next_answers:
            wrong = self.next_answers.pop(0)
            if wrong and wrong.late:
                self._answer(method, path, target, body)
            return wrong
        if token != f"Bearer {self.token}":
            return Answer(401, {"message": "Bad credentials"})
        return self._answer(method, path, target, body)

    def _answer(self, method: str, path: str, target: str, body: Any) -> Answer:
        if path == "/graphql":
            return self._graphql(body)
        if path == f"/repos/{REPO}/issues/7/comments":
            return self._list(target) if method == "GET" else self._create(body)
        one = re.fullmatch(rf"/repos/{REPO}/issues/comments/(\d+)", path)
        comment = next((c for c in self.comments if one and c["id"] == int(one[1])), None)
        if comment is None:
            return Answer(404, {"message": "Not Found"})
        if method == "DELETE":
            self.comments.remove(comment)
            return Answer(204)
        comment["body"] = body["body"]
        return Answer(200, comment)

    def _list(self, target: str) -> Answer:
        query = {name: int(values[0]) for name, values in parse_qs(urlsplit(target).query).items()}
        size = min(query.get("per_page", 30), 100)
        start = (query.get("page", 1) - 1) * size
        return Answer(200, self.comments[start : start + size])

    def _create(self, body: Any) -> Answer:
        if len(body["body"]) > LIMIT:
            error = {"resource": "IssueComment", "code": "unprocessable", "field": "data"}
            message = f"Body is too long (maximum is {LIMIT} characters)"
            return Answer(422, {"message": "Validation Failed", "errors": [{**error, "message": message}]})
        return Answer(201, self.comment(body["body"], self.account))

    def _graphql(self, body: Any) -> Answer:
        node = body["variables"]["id"]
        if node not in {comment["node_id"] for comment in self.comments}:
            return Answer(200, {"data": None, "errors": [{"type": "NOT_FOUND", "message": "Could not resolve"}]})
        if "unminimizeComment" in body["query"]:
            self.minimized.discard(node)
        else:
            assert "classifier: OUTDATED" in body["query"]
            self.minimized.add(node)
        return Answer(200, {"data": {}})


@contextmanager
def serving(github: FakeGitHub) -> Iterator[FakeGitHub]:
    """The server, at `github.url` until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            answer = github.answer(self.command, self.path, body, self.headers.get("Authorization", ""))
            if answer is None:
                self.close_connection = True
                return
            content = b"" if answer.body is None else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = _handle  # noqa: N815 # the names that http.server asks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the name that http.server gives it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        github.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield github
        finally:
            server.shutdown()
            thread.join()
