"""Secrets: which there are and which have a value. A value only where it was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cli.views.console import note, print_table
from cli.views.console import value as print_bare
from cli.views.text import Text
from regionctl.model.program import SecretKind, StackProgram, Target


def matrix_document(
    fleet: str, programs: Sequence[StackProgram], missing: Mapping[str, Sequence[str]]
) -> dict[str, object]:
    stacks = {program.name: _json(program, missing[program.name]) for program in programs}
    return {"version": 1, "kind": "secrets", "fleet": fleet, "stacks": stacks}


def print_matrix(_fleet: str, programs: Sequence[StackProgram], missing: Mapping[str, Sequence[str]]) -> None:
    """A row a secret, a column a stack."""
    having = [program for program in programs if program.secrets]
    keys = list(dict.fromkeys(key for program in having for key in program.secrets))
    headings = ["secret", "kind", *(program.short for program in having)]
    rows = [_row(key, having, missing) for key in keys]
    print_table(headings, rows)
    _say_what_to_do(having, missing)


def _row(key: str, programs: Sequence[StackProgram], missing: Mapping[str, Sequence[str]]) -> list[Text | str]:
    return [key, _kind(key, programs), *(_cell(program, key, missing[program.name]) for program in programs)]


def _kind(key: str, programs: Sequence[StackProgram]) -> str:
    return " or ".join(sorted({str(program.secrets[key].kind) for program in programs if key in program.secrets}))


def _cell(program: StackProgram, key: str, missing: Sequence[str]) -> Text:
    if key not in program.secrets:
        return Text("-", "dim")
    if key not in missing:
        return Text("set", "green")
    if program.secrets[key].kind is SecretKind.GENERATED:
        return Text("made by up", "dim")
    return Text("missing", "red" if program.target is Target.CLOUD else "yellow")


def _say_what_to_do(programs: Sequence[StackProgram], missing: Mapping[str, Sequence[str]]) -> None:
    for program in programs:
        provided = [key for key in missing[program.name] if program.secrets[key].kind is SecretKind.PROVIDED]
        if provided:
            note(f"to set one: {program.command('secrets', 'set')} {provided[0]}")
            if program.target is Target.SANDBOX:
                note("a sandbox makes values up for those that are missing")
            return


def _json(program: StackProgram, missing: Sequence[str]) -> dict[str, dict[str, object]]:
    return {key: {"kind": str(slot.kind), "set": key not in missing} for key, slot in program.secrets.items()}


def value_document(stack: str, name: str, value: str) -> dict[str, object]:
    return {"version": 1, "kind": "secret", "stack": stack, "name": name, "value": value}


def print_value(_stack: str, _name: str, value: str) -> None:
    print_bare(value)
