"""docs/schemas/: what each JSON document of the command line holds. `python -m tools.schemas` writes the files.

A schema (JSON Schema 2020-12) is closed: a document with a member that it does not name, or with another type, is
refused by it. Tests hold every command's documents against them. A new member goes into the file of the same version;
whoever takes one away or gives it another meaning makes a new version, and says so in the document's `version`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from fleet.results import Level
from regionctl.adopt.classify import Class
from regionctl.engine.state.notes import Reached
from regionctl.github import Done
from regionctl.model.events import ChangeKind, Op, Severity, Status
from regionctl.model.program import SecretKind, Target
from regionctl.proofs.baseline.judge import Verdict
from regionctl.review.folding import Downtime, Parity
from regionctl.sandbox.faults import FaultKind
from regions.spec import Lifecycle

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"
VERSION = 1

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
TIME: Schema = {"type": "string", "format": "date-time"}
URN: Schema = {"type": "string", "pattern": "^urn:pulumi:"}
ANY: Schema = {"description": "Any JSON value: what a cloud, a program or a file says."}


def one_of(values: Iterable[str]) -> Schema:
    return {"enum": [str(value) for value in values]}


def names(kind: type[StrEnum]) -> Schema:
    """The names of an enumeration's members, as documents say them."""
    return {"enum": [one.name.lower() for one in kind]}


def maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def many(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def by_name(schema: Schema) -> Schema:
    return {"type": "object", "additionalProperties": schema}


def record(optional: Iterable[str] = (), /, **members: Schema) -> Schema:
    """An object with these members and no others; all of them but the `optional` ones must be there. `_kind` is the
    member `kind`."""
    known = {name.removeprefix("_"): schema for name, schema in members.items()}
    required = [name for name in known if name not in set(optional)]
    return {"type": "object", "properties": known, "required": required, "additionalProperties": False}


def document(kind: str, optional: Iterable[str] = (), /, **members: Schema) -> Schema:
    return record(optional, version={"const": VERSION}, kind={"const": kind}, **members)


VALUES = by_name(ANY)
CHANGE = record(path=TEXT, _kind=one_of(ChangeKind), old=ANY, new=ANY, certain=FLAG)
STEP = record(
    op=one_of(Op),
    urn=URN,
    oldUrn=maybe(URN),
    type=TEXT,
    name=TEXT,
    diff=many(CHANGE),
    options=many(CHANGE),
    replaceKeys=many(TEXT),
    certain=FLAG,
    status=one_of(Status),
)
SUMMARY: Schema = {
    **by_name(COUNT),
    "required": ["create", "update", "replace", "delete", "same"],
    "propertyNames": one_of(Op),
}
PLANNED = record(
    stack=TEXT,
    fleet=TEXT,
    region=maybe(TEXT),
    target=one_of(Target),
    summary=SUMMARY,
    steps=many(STEP),
    outputs=VALUES,
    diagnostics=many(record(severity=one_of(Severity), message=TEXT, urn=maybe(TEXT))),
    duration_s=NUMBER,
)
HIT = record(stack=TEXT, op=one_of(Op), type=TEXT, name=TEXT, urn=URN, downtime=one_of(Downtime), path=maybe(TEXT))
BLAST = record(
    stacks=many(TEXT),
    stateful=many(HIT),
    downtime=one_of(Downtime),
    causes=many(HIT),
    parity=maybe(one_of(Parity)),
)
FOLDED = many(record(stacks=many(TEXT), steps=many(STEP)))
DESTINATION: Schema = {"anyOf": [record(locality=TEXT, regions=many(TEXT), reason=TEXT), record(refused=TEXT)]}
TABLE = record(
    version={"type": ["integer", "string"]},
    default_locality=TEXT,
    localities=by_name(record(name=TEXT, countries=many(TEXT), time_zones=many(TEXT))),
    regions=by_name(record(origin=TEXT, lifecycle=one_of(Lifecycle), locality=TEXT, weight=COUNT)),
)
PUBLIC_REQUEST = record(
    ("minted", "query", "header", "forward", "deliver", "headers"),
    path=TEXT,
    _kind=TEXT,
    minted=FLAG,
    query=TEXT,
    header=TEXT,
    forward=many(TEXT),
    deliver=TEXT,
    headers=many(TEXT),
)
ROUTING = record(
    table=record(before=maybe(TABLE), after=TABLE),
    public_requests=record(before=maybe(many(PUBLIC_REQUEST)), after=many(PUBLIC_REQUEST)),
    requests=many(record(name=TEXT, before=maybe(DESTINATION), after=DESTINATION, changed=FLAG)),
)
PLAN = record(
    ("blast_radius", "folded", "routing", "base"),
    version={"const": VERSION},
    kind=one_of(("plan", "revision")),
    stacks=many(PLANNED),
    summary=SUMMARY,
    blast_radius=BLAST,
    folded=FOLDED,
    routing=ROUTING,
    base=record(revision=TEXT, commit=TEXT),
)
RESOURCE = record(
    urn=URN,
    type=TEXT,
    name=TEXT,
    custom=FLAG,
    parent=maybe(URN),
    inputs=VALUES,
    dependencies=many(URN),
    propertyDependencies=by_name(many(URN)),
    options=VALUES,
)
OF_A_STATE: dict[str, Schema] = {
    "urn": URN,
    "type": TEXT,
    "name": TEXT,
    "id": maybe(TEXT),
    "custom": FLAG,
    "protect": FLAG,
    "parent": maybe(TEXT),
    "dependencies": many(TEXT),
}
FINDING = record(level=one_of(Level), subject=TEXT, what=TEXT, mend=maybe(TEXT))
SOURCE = record(file=TEXT, line=COUNT, column=COUNT)
PROVEN = record(
    ("resting", "everywhere", "counts", "rules", "secrets"),
    name=TEXT,
    claim=TEXT,
    holds=FLAG,
    findings=many(
        record(
            rule=TEXT,
            stack=TEXT,
            urn=maybe(URN),
            path=maybe(TEXT),
            message=TEXT,
            hint=maybe(TEXT),
            source=maybe(SOURCE),
            excuse=maybe(record(reason=TEXT, expires=TEXT, at=TEXT)),
            fails=FLAG,
        )
    ),
    unchecked=many(TEXT),
    resting=many(
        record(
            stack=TEXT,
            urn=URN,
            _kind=TEXT,
            location=maybe(TEXT),
            jurisdiction=maybe(TEXT),
            saidBy=maybe(record(urn=URN, path=TEXT)),
            key=maybe(record(name=TEXT, location=maybe(TEXT))),
            outside=maybe(record(what=TEXT, reason=TEXT)),
        )
    ),
    everywhere=many(record(stack=TEXT, requests=TEXT, headers=many(TEXT), source=SOURCE)),
    counts={**by_name(COUNT), "propertyNames": one_of(Verdict)},
    rules=many(record(id=TEXT, also=many(TEXT), area=TEXT, claim=TEXT, stacks=by_name(one_of(Verdict)))),
    secrets=many(
        record(
            stack=TEXT,
            name=TEXT,
            present=FLAG,
            age_days=maybe(COUNT),
            rotation_days=maybe(COUNT),
            compared=FLAG,
        )
    ),
)
APPLIED: dict[str, Schema] = {"kind": TEXT, "result": TEXT, "ended": TIME}
FAULT = record(
    key=COUNT,
    _kind=one_of(FaultKind),
    type=TEXT,
    name=TEXT,
    remaining=maybe(COUNT),
    delay_s=NUMBER,
)
READING = record(path=many(TEXT), value=ANY, readFrom=maybe(TEXT), where=maybe(TEXT))
NOT_READ = record(where=TEXT, because=TEXT, hint=maybe(TEXT))
REFUSED = many(
    record(urn=URN, where=TEXT, changes=many(record(path=TEXT, exists=ANY, declared=ANY))),
)

# By the name of the file; with it, where the documents come from.
DOCUMENTS: Mapping[str, tuple[str, Schema]] = {
    "plan": (
        "`diff`, `up`, `down`, `refresh`, `drift` (with `diff --base` of kind `revision`)",
        PLAN,
    ),
    "declaration": (
        "`show STACK`",
        document("declaration", stack=TEXT, resources=many(RESOURCE), outputs=VALUES),
    ),
    "resources": ("`show STACK NAME`: those of this name", many(RESOURCE)),
    "graph": (
        "`graph`",
        document("graph", stack=TEXT, format=one_of(("mermaid", "dot")), text=TEXT),
    ),
    "list": (
        "`list`",
        document(
            "list",
            fleets=many(
                record(
                    ("error",),
                    fleet=TEXT,
                    error=TEXT,
                    stacks=many(
                        record(
                            stack=TEXT,
                            region=maybe(TEXT),
                            target=one_of(Target),
                            location=maybe(TEXT),
                            lifecycle=maybe(one_of(Lifecycle)),
                            release=maybe(by_name(TEXT)),
                            resources=maybe(COUNT),
                            damaged=FLAG,
                            lastApply=maybe(record(**APPLIED)),
                            made=maybe(FLAG),
                            saved=maybe(TEXT),
                        )
                    ),
                )
            ),
        ),
    ),
    "status": (
        "`status`",
        document(
            "status",
            fleet=TEXT,
            stacks=many(
                record(
                    stack=TEXT,
                    region=maybe(TEXT),
                    resources=maybe(COUNT),
                    damaged=FLAG,
                    pending=COUNT,
                    release=record(deployed=by_name(TEXT), specs=by_name(TEXT), behind=many(TEXT)),
                    lastApply=maybe(record(**APPLIED, by=maybe(TEXT))),
                    left=maybe(record(command=TEXT, reached=one_of(Reached), at=TIME, by=TEXT)),
                    drift=maybe(record(seen=TIME, by=TEXT, resources=many(TEXT), read=ANY, appliedSince=FLAG)),
                    table=maybe(record(specs=maybe(TEXT), applied=maybe(TEXT), known=FLAG)),
                )
            ),
        ),
    ),
    "validation": (
        "`validate`",
        document(
            "validation",
            fleet=TEXT,
            valid={"const": True},
            regions=many(
                record(region=TEXT, file=TEXT, location=TEXT, locality=TEXT, weight=COUNT, lifecycle=one_of(Lifecycle))
            ),
        ),
    ),
    "region": (
        "`new`",
        document(
            "region",
            region=TEXT,
            file=TEXT,
            location=TEXT,
            locality=TEXT,
            addresses=TEXT,
            secrets_to_set=many(TEXT),
        ),
    ),
    "lifecycle": (
        "`activate`, `drain`, `close`",
        document(
            "lifecycle",
            region=TEXT,
            file=TEXT,
            locality=record(name=TEXT, takesNew=FLAG),
            weight=COUNT,
            changed=FLAG,
            before=one_of(Lifecycle),
            after=one_of(Lifecycle),
            probe=maybe(record(host=TEXT, answers=FLAG, said=TEXT)),
            probeSkipped=maybe(TEXT),
            next=many(TEXT),
        ),
    ),
    "release": (
        "`release set`, `release copy`",
        document(
            "release",
            fleet=TEXT,
            changes=many(record(file=TEXT, home=maybe(TEXT), workload=TEXT, old=maybe(TEXT), new=TEXT)),
            overrides=by_name(many(TEXT)),
            next=many(TEXT),
        ),
    ),
    "check": (
        "`check`",
        document("check", stacks=many(TEXT), holds=FLAG, checks=many(PROVEN)),
    ),
    "outputs": ("`outputs STACK`", document("outputs", stack=TEXT, outputs=VALUES)),
    "history": (
        "`history`",
        document(
            "history",
            stack=TEXT,
            updates=many(
                record(
                    version=COUNT,
                    _kind=TEXT,
                    result=TEXT,
                    message=TEXT,
                    started=TIME,
                    ended=maybe(TIME),
                    changes=by_name(COUNT),
                )
            ),
        ),
    ),
    "state": (
        "`state list`",
        document(
            "state",
            stack=TEXT,
            resources=many(record(**OF_A_STATE)),
            pending=many(record(_kind=TEXT, urn=URN)),
        ),
    ),
    "state-resources": (
        "`state show STACK NAME`: those of this name",
        many(record(**OF_A_STATE, inputs=VALUES, outputs=VALUES)),
    ),
    "secrets": (
        "`secrets list`",
        document("secrets", fleet=TEXT, stacks=by_name(by_name(record(_kind=one_of(SecretKind), set=FLAG)))),
    ),
    "secret": ("`secrets show`", document("secret", stack=TEXT, name=TEXT, value=TEXT)),
    "sandbox": (
        "`sandbox status`",
        document(
            "sandbox",
            types=by_name(COUNT),
            floor=many(TEXT),
            projects=by_name(COUNT),
            tombstones=by_name(COUNT),
            faults=many(FAULT),
        ),
    ),
    "cloud-resources": (
        "`sandbox show`, `sandbox edit`",
        many(record(type=TEXT, id=TEXT, name=TEXT, project=TEXT, properties=VALUES)),
    ),
    "faults": ("`sandbox faults list`, `sandbox faults add`", many(FAULT)),
    "serving": (
        "`sandbox serve`, on one line once it serves",
        document("serving", environment=record(PULUMI_DEBUG_PROVIDERS=TEXT)),
    ),
    "coverage": (
        "`adopt classify`",
        document(
            "coverage",
            stack=TEXT,
            summary={**by_name(COUNT), "propertyNames": names(Class)},
            resources=many(
                record(
                    _class=names(Class),
                    because=TEXT,
                    type=TEXT,
                    name=TEXT,
                    project=maybe(TEXT),
                    location=maybe(TEXT),
                    importId=maybe(TEXT),
                    where=TEXT,
                    declared=maybe(URN),
                    differences=many(record(path=TEXT, declared=ANY, exists=ANY, where=TEXT)),
                )
            ),
            missing=many(record(name=TEXT, type=TEXT, urn=URN, because=TEXT)),
            notRead=many(NOT_READ),
        ),
    ),
    "proposal": (
        "`adopt plan`",
        document(
            "proposal",
            file=TEXT,
            text=TEXT,
            read=many(READING),
            asDefault=many(READING),
            toDecide=many(record(path=many(TEXT), why=TEXT, where=maybe(TEXT))),
            notRead=many(NOT_READ),
        ),
    ),
    "adoption": (
        "`adopt apply`",
        document(
            "adoption",
            stack=TEXT,
            imported=many(TEXT),
            before=COUNT,
            refused=REFUSED,
            accepted=REFUSED,
            unread=by_name(many(TEXT)),
            takenOver=many(TEXT),
        ),
    ),
    "score": (
        "`adopt status`",
        document(
            "score",
            stack=TEXT,
            held=COUNT,
            importable=COUNT,
            missing=COUNT,
            differ=COUNT,
            undecided=COUNT,
            left=COUNT,
        ),
    ),
    "bootstrap": (
        "`bootstrap`",
        document(
            "bootstrap",
            fleet=TEXT,
            preflight=many(FINDING),
            applied=PLAN,
            probes=many(record(probe=TEXT, of=TEXT, passed=FLAG, said=TEXT, hint=maybe(TEXT))),
            doubles=FLAG,
        ),
    ),
    "preview": (
        "`ci preview`",
        document("preview", markdown=TEXT, blast_radius=BLAST, folded=FOLDED),
    ),
    "comments": (
        "`ci comment`: what was done with each comment, by its key",
        document("comments", comments=by_name(record(comment=one_of(Done), url=maybe(TEXT)))),
    ),
    "matrix": (
        "`ci matrix`, with or without `--json`: what GitHub's `strategy.matrix` takes",
        record(include=many(record(name=TEXT, stacks=TEXT, wave=COUNT, needs=TEXT))),
    ),
    "doctor": ("`doctor`", document("doctor", findings=many(FINDING))),
    "engine": (
        "`engine status`, `engine install`",
        document("engine", pulumi=maybe(record(path=TEXT, version=TEXT))),
    ),
    "done": (
        "what has no data: `secrets set|rotate|restore`, `state import|unlock|repair`, `adopt undo`, `sandbox export`",
        document("done", command=TEXT, changed=FLAG, stack=maybe(TEXT), said=TEXT),
    ),
}


def schema(name: str) -> dict[str, Any]:
    """The schema of the documents of this name."""
    said, shape = DOCUMENTS[name]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"regionctl:schemas/{name}.v{VERSION}.json",
        "title": f"{name}, version {VERSION}",
        "description": f"The JSON document of {said}.",
        **shape,
    }


def readme() -> str:
    """docs/schemas/README.md."""
    rows = [f"| [{name}.v{VERSION}.json]({name}.v{VERSION}.json) | {said} |" for name, (said, _) in DOCUMENTS.items()]
    return "\n".join((_TOP, "| schema | documents of |", "|---|---|", *rows, ""))


_TOP = """\
# Schemas of the JSON documents

Generated by `make generated` (`tools/schemas.py`); do not edit.

With `--json` a command prints one JSON document on stdout, and everything else on stderr. Each has a schema here (JSON
Schema 2020-12); tests hold every command's documents against them. They are closed, so that a wrong type or an unknown
member shows. A new member is added to the file of the same version; where one goes or means something else, the file
and the document's `version` get the next number. A document that is a list has no `version`: its file's name has it.

Secrets are `"[secret]"`, values that are known only after an apply `"[unknown]"`. Characters that a terminal would obey
are escaped, as JSON can (`\\u001b`, `\\u202e`); a reader of JSON gets the value as it is. Without a schema:
`outputs STACK NAME` prints the value alone, whatever it is, and `state export` prints Pulumi's own document. A command
that fails says why in a line on stderr and prints no document.
"""


def write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for name in DOCUMENTS:
        text = json.dumps(schema(name), indent=2)
        (FOLDER / f"{name}.v{VERSION}.json").write_text(f"{text}\n", encoding="utf-8")
    (FOLDER / "README.md").write_text(readme(), encoding="utf-8")


if __name__ == "__main__":
    write()
