"""What `adopt` tells."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cli.views.console import data, note, print_table, say, warn
from cli.views.text import Text
from regionctl.adopt import report
from regionctl.adopt.classify import Class, by_class
from regionctl.adopt.report import short, shown, why_missing

if TYPE_CHECKING:
    from fleet.adoption import Score
    from fleet.proposal.plan import Proposal
    from fleet.proposal.readings import Reading
    from regionctl.adopt.apply import Altered, Outcome
    from regionctl.adopt.classify import Classification, Row


_FEW = 8  # properties of one resource, where nobody asked for all


def coverage_document(stack: str, coverage: Classification) -> dict[str, Any]:
    return {**report.document(stack, coverage), "kind": "coverage"}


def print_markdown(stack: str, coverage: Classification) -> None:
    data(report.markdown(stack, coverage))


def print_coverage(stack: str, coverage: Classification, *, verbose: bool) -> None:
    say(Text(stack, "bold"))
    for class_, rows in by_class(coverage.rows).items():
        say(f"  {len(rows):5} {class_}")
    say(f"  {len(coverage.missing):5} declared, and not in the export")
    for row in coverage.of(Class.DIFFERS):
        assert row.declared
        say(f"differs: {row.declared.name}, {short(row.found.type)} {row.found.name} ({row.found.where})")
        for one in row.differences:
            say(f"  {one.path}: declared {shown(one.declared)}, exists {shown(one.exists)} ({one.where})")
    undecided = [row for row in coverage.of(Class.UNKNOWN) if not row.blocks]
    for row in undecided:
        say(f"to decide: {_told(row)}")
    for unread in coverage.unread:
        say(f"not read: {unread}")
    for missing in coverage.missing:
        say(f"missing: {missing.name}, {short(missing.resource.type)}: {why_missing(missing)}")
    if verbose:
        left = coverage.of(Class.PART, Class.GLOBAL, Class.GOOGLE, Class.NOT_ESSENTIAL)
        print_table(
            ("class", "type", "name", "because", "where"),
            [(row.class_, short(row.found.type), row.found.name, row.because, str(row.found.where)) for row in left],
        )


def _told(row: Row) -> str:
    return f"{short(row.found.type)} {row.found.name}: {row.because} ({row.found.where})"


def print_proposal(proposal: Proposal, *, written: bool) -> None:
    """The file on stdout, what is to know about it on stderr."""
    if not written:
        data(proposal.text)
    note(f"{len(proposal.readings)} settings and names read, {len(proposal.as_default)} more are as the defaults say")
    for question in proposal.questions:
        where = f" ({question.where})" if question.where else ""
        warn(Text.assemble(("to decide: ", "yellow"), f"{'.'.join(question.path)}: {question.why}{where}"))
    coverage = proposal.coverage
    print_unread(coverage)
    differ = sum(bool(row.differences) for row in coverage.matched)
    note(
        f"with this file {len(coverage.matched)} of {len(coverage.rows)} resources are matched, {differ} of them differ"
    )
    note(f"{len(coverage.missing)} that the region declares are not in the export")
    note(f"{'Written' if written else 'Write it with --write'}: {proposal.file}")


def print_unread(coverage: Classification) -> None:
    """What of the export was not read, on stderr."""
    for one in coverage.unread:
        note(Text.assemble(("not read: ", "yellow"), str(one)))


def print_import_plan(score: Score) -> None:
    """What an apply would do, before it is asked about."""
    note(f"{score.stack}: {score.importable} resources to import, {score.held} are in its state already")
    if score.missing:
        note(f"  {score.missing} are not in the export; `up` makes them")
    note("  the cloud is read and not changed")


def print_outcome(stack: str, outcome: Outcome, *, verbose: bool) -> None:
    say(f"{stack}: {len(outcome.imported)} imported, {outcome.before} were before, {len(outcome.refused)} refused")
    for one in outcome.accepted:
        _print_changes("imported although it differs", one, verbose=verbose)
    for one in outcome.refused:
        _print_changes("refused", one, verbose=verbose)
    for key in outcome.taken_over:
        note(f"secret {key}: the value that exists is in the stack's config now")
    for name, paths in outcome.unread.items():
        warn(f"{name}: {', '.join(paths)} cannot be read from the cloud; `up` sets what the stack's config says")


def _print_changes(what: str, altered: Altered, *, verbose: bool) -> None:
    row = altered.row
    assert row.declared
    say(f"{what}: {row.declared.name}, {short(row.found.type)} {row.found.name} ({row.found.where})")
    few = altered.changes if verbose else altered.changes[:_FEW]
    for change in few:
        say(f"  {change.path}: {shown(change.old)} -> {shown(change.new)} ({row.found.place(change.path)})")
    if len(few) < len(altered.changes):
        say(f"  and {len(altered.changes) - len(few)} more (-v)")


def outcome_document(stack: str, outcome: Outcome) -> dict[str, Any]:
    def altered(one: Altered) -> dict[str, Any]:
        assert one.row.declared
        changes = [{"path": c.path, "exists": c.old, "declared": c.new} for c in one.changes]
        return {"urn": one.row.declared.urn, "where": str(one.row.found.where), "changes": changes}

    return {
        "version": 1,
        "kind": "adoption",
        "stack": stack,
        "imported": list(outcome.imported),
        "before": outcome.before,
        "refused": [altered(one) for one in outcome.refused],
        "accepted": [altered(one) for one in outcome.accepted],
        "unread": {name: list(paths) for name, paths in outcome.unread.items()},
        "takenOver": list(outcome.taken_over),
    }


def score_document(score: Score) -> dict[str, Any]:
    return {"version": 1, "kind": "score", **asdict(score), "left": score.left}


def print_score(score: Score) -> None:
    say(Text(score.stack, "bold"))
    for count, what in (
        (score.held, "in the state"),
        (score.importable, "exist and are not in the state: `regionctl adopt apply`"),
        (score.missing, "are not in the export and not in the state: `regionctl up` makes them"),
        (score.differ, "in the state differ from what is declared: `regionctl diff` names each property"),
        (score.undecided, "of the export are for you to decide: `regionctl adopt classify` names them"),
    ):
        say(f"  {count:5} {what}")
    say("adopted: nothing is left to do" if score.left == 0 else f"{score.left} to go")


def proposal_document(proposal: Proposal) -> dict[str, Any]:
    def reading(one: Reading) -> dict[str, Any]:
        return {"path": list(one.path), "value": one.value, "readFrom": one.read_from, "where": str(one.where)}

    return {
        "version": 1,
        "kind": "proposal",
        "file": str(proposal.file),
        "text": proposal.text,
        "read": [reading(one) for one in proposal.readings],
        "asDefault": [reading(one) for one in proposal.as_default],
        "toDecide": [
            {"path": list(one.path), "why": one.why, "where": str(one.where) if one.where else None}
            for one in proposal.questions
        ],
        "notRead": report.not_read(proposal.coverage),
    }
