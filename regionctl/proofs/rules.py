"""Rules of the user's own: functions in the Python files of a folder.

    def buckets_keep_what_is_deleted(evidence: Evidence) -> Iterable[Finding]: ...

Every function that a file defines itself, and whose name starts with no underscore, is a rule. It has the shape of a
check, and `objection` makes its findings.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from regionctl.model.errors import Position, RegionctlError
from regionctl.render import Resource
from regionctl.render.failures import shown

from .findings import Check, CheckFunction, Evidence, Finding, StackFacts

NAME = "rules"


class RuleFailed(RegionctlError):
    """A file of rules cannot be read, or a rule raised or gave something other than findings."""

    def __init__(self, what: str, where: Position | str) -> None:
        super().__init__(what, where=where, hint="mend the rule; the guide on checks has one that works")


class NoRules(RegionctlError):
    """The folder of rules is not there, or no file in it defines one."""

    def __init__(self, folder: str, why: str) -> None:
        self.folder = folder
        super().__init__(
            why, where=folder, hint="put Python files there whose functions are rules, or leave --rules out"
        )


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A function of the user's, and where it stands."""

    name: str
    file: str
    run: CheckFunction


def objection(
    rule: str, resource: Resource, facts: StackFacts, message: str, hint: str, *, path: str | None = None
) -> Finding:
    """A finding of a user's rule about a resource, and its property at `path` where there is one.

    `rule` is the id by which an exception under `exceptions: rules:` excuses it.
    """
    return Finding(
        check=NAME, rule=rule, stack=facts.stack, message=message, hint=hint, urn=resource.urn, path=path, key=rule
    )


def rules_in(folder: Path) -> tuple[Rule, ...]:
    """The rules of a folder, file by file in the order of names. Raises NoRules, RuleFailed."""
    if not folder.is_dir():
        raise NoRules(str(folder), "no such folder")
    found = tuple(rule for file in sorted(folder.absolute().glob("*.py")) for rule in _rules_of(file))
    if not found:
        raise NoRules(str(folder), "no file defines a rule")
    return found


def rules_check(rules: Sequence[Rule]) -> Check:
    """The rules as one check. Running it raises RuleFailed."""
    claim = f"{len(rules)} rule{'s' if len(rules) > 1 else ''} of your own"
    return Check(name=NAME, claim=claim, run=partial(_run_all, rules))


def _rules_of(file: Path) -> Iterator[Rule]:
    module = _loaded(file)
    for name, function in vars(module).items():
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_"):
            yield Rule(name=name, file=str(file), run=function)


def _loaded(file: Path) -> ModuleType:
    spec = spec_from_file_location(f"regionctl_rules.{file.stem}", file)
    assert spec, "a Python file without a loader"
    assert spec.loader, "a Python file without a loader"
    module = module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses of a file look it up there
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        where = Position(shown(str(file)), error.lineno or 1, error.offset or 1)
        raise RuleFailed(f"not Python: {error.msg}", where) from error
    except Exception as error:
        raise RuleFailed(f"cannot be loaded: {_text(error)}", _where(error, file)) from error
    return module


def _run_all(rules: Sequence[Rule], evidence: Evidence) -> Iterator[Finding]:
    for rule in rules:
        yield from _run(rule, evidence)


def _run(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    for given in _given(rule, evidence):
        if not isinstance(given, Finding):
            raise RuleFailed(f"rule {rule.name} gives {type(given).__name__}, not findings", shown(rule.file))
        if given.stack not in evidence.renders:
            raise RuleFailed(
                f"rule {rule.name} speaks of a stack {given.stack!r}, which is not there", shown(rule.file)
            )
        yield replace(given, check=NAME)


def _given(rule: Rule, evidence: Evidence) -> list[object]:
    try:
        given: Iterable[object] = rule.run(evidence)
        return list(given)
    except Exception as error:
        raise RuleFailed(f"rule {rule.name} raised {_text(error)}", _where(error, Path(rule.file))) from error


def _where(error: BaseException, file: Path) -> str:
    """The innermost line of the file that the error came through."""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == str(file)]
    return f"{shown(str(file))}:{lines[-1]}" if lines else shown(str(file))


def _text(error: Exception) -> str:
    first = str(error).strip().splitlines()
    return f"{type(error).__name__}: {first[0]}" if first else type(error).__name__
