"""What `adopt` tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from cli.render.console import data, say
from cli.render.documents import print_json
from cli.render.tables import print_table

if TYPE_CHECKING:
    from regionctl.adopt.classify import Classification, Row


def print_coverage(stack: str, coverage: Classification, *, form: str, verbose: bool) -> None:
    """`form` is text, markdown or json."""
    from regionctl.adopt import report

    if form == "json":
        print_json(report.document(stack, coverage))
    elif form == "markdown":
        data(report.markdown(stack, coverage))
    else:
        _print_text(stack, coverage, verbose=verbose)


def _print_text(stack: str, coverage: Classification, *, verbose: bool) -> None:
    from regionctl.adopt.classify import by_class
    from regionctl.adopt.report import short, shown, why_missing
    from regionctl.adopt.rules import Class

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
    for one in coverage.missing:
        say(f"missing: {one.name}, {short(one.resource.type)}: {why_missing(one)}")
    if verbose:
        left = coverage.of(Class.PART, Class.GLOBAL, Class.GOOGLE, Class.NOT_ESSENTIAL)
        print_table(
            ("class", "type", "name", "because", "where"),
            [(row.class_, short(row.found.type), row.found.name, row.because, str(row.found.where)) for row in left],
        )


def _told(row: Row) -> str:
    from regionctl.adopt.report import short

    return f"{short(row.found.type)} {row.found.name}: {row.because} ({row.found.where})"
