from __future__ import annotations

import json
import random
import shutil
import subprocess
from typing import Any

import pytest

from stacks.public_list import PublicList, PublicRequest, public_list
from stacks.public_routing import Found, KeyRefusal, destination, find, made_up
from stacks.routing import Routed, Sample
from stacks.table import table
from stacks.worker_code import WORKER_DIR
from tests.stacks.fleets import fleet, regions

RANDOM = "Zm9yLXRlc3RzLW9ubHktMTIzNA"
FILE = PublicRequest(path="/files/{key}/**", kind="file", minted=True)
CALLBACK = PublicRequest(path="/oauth/*/callback", kind="oauth", minted=True, query="state", forward=("cookie",))
HOOK = PublicRequest(path="/hooks/git", kind="git", header="x-hook-id")
CHAT = PublicRequest(path="/hooks/chat/{key}", kind="chat")
BILLING = PublicRequest(path="/hooks/billing", kind="billing", deliver="all", headers=("x-signature",))
LIST = PublicList(requests=(FILE, CALLBACK, HOOK, CHAT, BILLING))


@pytest.mark.parametrize(
    ("path", "query", "header", "answer"),
    [
        (f"/files/ws.{RANDOM}/a.pdf", "", None, Found(FILE, f"ws.{RANDOM}")),
        (f"/files/ws.{RANDOM}", "", None, Found(FILE, f"ws.{RANDOM}")),
        ("/oauth/git/callback", f"code=1&state=ws.{RANDOM}", None, Found(CALLBACK, f"ws.{RANDOM}")),
        ("/hooks/git", "", "871", Found(HOOK, "871")),
        ("/hooks/billing", "", None, Found(BILLING, None)),
        ("/", "", None, None),
        ("/hooks", "", None, None),
        ("/files/ws.short/a", "", None, KeyRefusal.MALFORMED_KEY),
        ("/oauth/git/callback", "", None, KeyRefusal.MALFORMED_KEY),
        ("/oauth/git/callback", "state=a&state=b", None, KeyRefusal.DUPLICATE_HEADER),
        ("/hooks/git", "", "871, 872", KeyRefusal.DUPLICATE_HEADER),
        ("/hooks/chat/" + "x" * 513, "", None, KeyRefusal.HEADER_TOO_LARGE),
        ("/Hooks/git", "", "871", KeyRefusal.AMBIGUOUS_PATH),
        ("/hooks//git", "", "871", KeyRefusal.AMBIGUOUS_PATH),
        ("/files/k/..%2F..%2Fapi", "", None, KeyRefusal.AMBIGUOUS_PATH),
    ],
)
def test_a_path_of_the_list_has_one_key(path: str, query: str, header: str | None, answer: object) -> None:
    assert find(LIST, path, query, header) == answer


def test_without_a_list_no_path_is_ambiguous() -> None:
    assert find(PublicList(requests=()), "/%66iles//k") is None


def test_a_list_is_read_back_from_its_json_and_its_version_changes_with_it() -> None:
    made = public_list(fleet())
    assert made.requests
    assert PublicList.from_json(made.as_json()) == made
    assert made.version != PublicList(requests=made.requests[1:]).version
    for broken in ("{}", "[]", '{"requests": [{}]}', "x"):
        with pytest.raises(ValueError, match=r"not a list of public requests|Expecting value"):
            PublicList.from_json(broken)


# What URL is read from is already resolved, so the Worker's own code resolves the samples before both are asked.
SCRIPT = """
const { parsePublicRequests, findPublic, readKey } = await import(process.argv[1] + "/public.js");
const { lists, samples } = JSON.parse(await new Response(process.stdin).text());
const answer = (list, { path, query, header }) => {
  const url = new URL("https://app.example" + path + (query && "?" + query));
  const at = { pathname: url.pathname, search: url.search.slice(1) };
  try {
    const match = findPublic(list, url);
    if (match === null) return { ...at, kind: null };
    if (match.listed.deliver) return { ...at, kind: match.listed.kind, asked: null };
    const headers = new Headers(header === null || !match.listed.header ? {} : { [match.listed.header]: header });
    const { credential, workspace } = readKey(match, url, headers).question;
    return { ...at, kind: match.listed.kind, asked: credential.value || workspace };
  } catch (error) { if (!error.code) throw error; return { ...at, code: error.code }; }
};
const parsed = lists.map((text) => parsePublicRequests(JSON.parse(text)));
console.log(JSON.stringify(parsed.map((list) => samples.map((sample) => answer(list, sample)))));
"""

PIECES = [
    *("files", "Files", "%66iles", "hooks", "git", "chat", "billing", "oauth", "callback", "k", f"ws.{RANDOM}"),
    *("/", "/", "/", "//", "%2F", "%5c", "..", "%2e%2E", ".", "%2e", ";a", "%3Bb", "%3f", "%23", "%09", "%20", "%7B"),
    *("%c3%a9", "%80", "\u00e9", "~", "@", "%25", "%00", "x" * 520),
]


def _samples() -> list[dict[str, Any]]:
    """Paths of pieces that servers read in different ways, the same in each run."""
    chosen = random.Random(20261127)
    made = [
        {
            "path": "/" + "".join(chosen.choices(PIECES, k=chosen.randint(0, 8))),
            "query": chosen.choice(["", f"state=ws.{RANDOM}", "state=a&state=b", "st%61te=x", "state"]),
            "header": chosen.choice([None, "871", "871, 872", "a b", ""]),
        }
        for _ in range(6_000)
    ]
    whole = [f"/files/ws.{RANDOM}/x", "/oauth/x/callback", "/hooks/git", "/hooks/chat/871", "/hooks/billing"]
    whole.append(f"/hooks/chat/{'x' * 513}")
    return made + [{**one, "path": whole[index % len(whole)]} for index, one in enumerate(made[:200])]


@pytest.mark.skipif(shutil.which("node") is None, reason="Node runs the Worker's own code")
def test_the_workers_own_code_takes_the_list_and_finds_alike() -> None:
    samples = _samples()
    lists = [LIST, public_list(fleet())]
    answers = _in_node({"lists": [made.as_json() for made in lists], "samples": samples})
    for made, found in zip(lists, answers, strict=True):
        for sample, said in zip(samples, found, strict=True):
            url = {"pathname": said.pop("pathname"), "search": said.pop("search")}
            assert said == _as_worker_says(made, url, sample["header"]), (url, sample)
    assert {code for said in answers[0] if (code := said.get("code"))} == set(KeyRefusal) - {KeyRefusal.UNKNOWN_KEY}


def _in_node(question: dict[str, Any]) -> list[list[dict[str, Any]]]:
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", SCRIPT, (WORKER_DIR / "src").as_uri()],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[list[dict[str, Any]]] = json.loads(done.stdout)
    return answers


def _as_worker_says(made: PublicList, url: dict[str, str], header: str | None) -> dict[str, Any]:
    answer = find(made, url["pathname"], url["search"], header)
    if answer is None:
        return {"kind": None}
    if isinstance(answer, KeyRefusal):
        return {"code": answer}
    asked = answer.key.partition(".")[0] if answer.key and answer.request.minted else answer.key
    return {"kind": f"key:{answer.request.kind}", "asked": asked}


TABLE = table(fleet(), regions())


def where(path: str, home: str | None = "eu-west", key: str | None = None) -> str:
    answer = destination(TABLE, LIST, Sample(path=path, home=home, key=key or made_up("test"), country="US"))
    return f"{' '.join(answer.regions)} {answer.reason}" if isinstance(answer, Routed) else answer


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/files/{key}/a", "eu-west key"),
        ("/oauth/git/callback?state={key}", "eu-west key"),
        ("/hooks/git", "eu-west key"),
        ("/hooks/billing", "eu-west us-east delivered"),
        ("/files//{key}/a", "ambiguous_path"),
        ("/oauth/git/callback", "malformed_key"),
        ("/issues?x={key}", "eu-west home"),
    ],
)
def test_a_sample_with_a_path_goes_by_its_key(path: str, answer: str) -> None:
    assert where(path) == answer


def test_a_key_that_leads_nowhere_or_to_a_region_that_is_closed_is_refused() -> None:
    assert where("/files/{key}/a", home=None) == "unknown_key"
    assert where("/files/{key}/a", home="ap-south") == "region_closed"
    assert where("/files/{key}/a", key="cut") == "malformed_key"
    assert where("/issues", home=None) == "us-east country"
