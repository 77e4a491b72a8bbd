"""A region and the Worker read the same credential out of a request: the Worker's own code says what is right."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers

from product.credentials import read_credential, read_workspace
from product.errors import Problem

WORKER = Path(__file__).parents[3] / "worker" / "src" / "credentials.js"
SCRIPT = f"""
import {{ readCredential, readWorkspace }} from {json.dumps(WORKER.as_uri())};
const tried = (read) => {{
  try {{ return read(); }} catch (error) {{ return error.code ?? String(error); }}
}};
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const answers = JSON.parse(Buffer.concat(chunks)).map(([fields, query]) => {{
  const headers = new Headers(fields);
  return [tried(() => readCredential(headers)), tried(() => readWorkspace(headers, new URL("http://h/" + query)))];
}});
process.stdout.write(JSON.stringify(answers));
"""

COOKIES = [
    "__Host-session=abc",
    "__Host-session=",
    "__Host-session = abc ",
    "\t__Host-session\t=\tabc\t",
    "a=b; __Host-session=abc; c=d",
    "__Host-session=abc; __Host-session=def",
    "__Host-session=abc; __Host-session=abc",
    "theme=dark,__Host-session=x",
    "__host-session=abc",
    "__Host-session",
    "__Host-session=a=b",
    "__Host-session=abc==",
    "__Host-session=a b",
    "__Host-session=é",
    "__Host-session=abc\xa0",
    "\xa0__Host-session=abc",
    "x__Host-session=abc",
    ";;__Host-session=abc;",
    "=__Host-session=abc",
    f"__Host-session={'a' * 4096}",
    f"__Host-session={'a' * 4097}",
]
AUTHORIZATIONS = [
    "Bearer abc",
    "bearer   abc",
    "BEARER abc",
    "Bearer",
    "Bearer ",
    "Bearer a b",
    "Basic abc",
    "",
    "Bearer abc, Bearer def",
    "Bearer abc==",
    "Bearer ==",
]
KEYS = ["abc", "", "a,b", "a" * 4097, "a.b-c_d~e+f/g=="]
WORKSPACES = ["acme", "", "-acme", "a" * 64, "a" * 65, "acme, other", "a b", "Äcme", "ac.me"]
QUERIES = [
    "",
    "?",
    "?workspace=acme",
    "?workspace=",
    "?workspace=a&workspace=b",
    "?workspace=a%20b",
    "?workspace=%61cme",
    "?w%6frkspace=acme",
    "?a=1&workspace=acme&b",
    "?workspace=a+b",
    "?workspace",
    "?;workspace=acme",
]


def test_a_region_reads_what_the_worker_reads() -> None:
    chooser = random.Random(7)
    given: list[tuple[list[tuple[str, str]], str]] = [
        *(([("cookie", value)], "") for value in COOKIES),
        *(([("authorization", value)], "") for value in AUTHORIZATIONS),
        *(([("x-api-key", value)], "") for value in KEYS),
        *(([("x-workspace", value)], query) for value, query in itertools.product(WORKSPACES, QUERIES)),
        *(([], query) for query in QUERIES),
        ([("x-api-key", "a"), ("x-api-key", "b")], ""),
        ([("x-workspace", "a"), ("x-workspace", "b")], ""),
    ]
    options = {"cookie": COOKIES, "authorization": AUTHORIZATIONS, "x-api-key": KEYS, "x-workspace": WORKSPACES}
    for _ in range(2000):
        some = chooser.sample(sorted(options), chooser.randint(0, 4))
        given.append(([(name, chooser.choice(options[name])) for name in some], chooser.choice(QUERIES)))

    answers = json.loads(
        subprocess.run(
            ["node", "--input-type=module", "--eval", SCRIPT],
            input=json.dumps([([list(field) for field in fields], query) for fields, query in given]),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )

    different = [
        (fields, query, theirs, _read(fields, query))
        for (fields, query), theirs in zip(given, answers, strict=True)
        if theirs != _read(fields, query)
    ]
    assert not different


def _read(fields: list[tuple[str, str]], query: str) -> list[Any]:
    # What a server gives: blanks around a value are no part of it (RFC 9110, 5.5).
    headers = Headers(raw=[(name.encode(), value.strip(" \t").encode("latin-1")) for name, value in fields])

    def credential() -> Any:
        found = read_credential(headers)
        return None if found is None else {"kind": found.kind, "value": found.value}

    return [_tried(credential), _tried(lambda: read_workspace(headers, query.removeprefix("?")))]


def _tried(read: Any) -> Any:
    try:
        return read()
    except Problem as problem:
        return problem.code
