"""Renders the stacks of the revision in the current directory, and writes their declarations to a pipe.

    python -I -B exporter.py REQUEST PIPE [again]

It runs in a process of its own, on the tree of either revision: what it imports of the project, regionctl's renderer
included, is that revision's. So it stands alone, and asks little of the revision: `regionctl.render.render`, and what
REQUEST's `loader` imports to make the stacks' programs. REQUEST is JSON: {"loader": a Python file with
`load(**arguments)`, "arguments": {...}, "stacks": full names, or null for all}.

It answers with one JSON document a line: {"format": 1, "stacks": [...]}, then for each stack that was asked for
{"stack", "fleet", "region", "target"} with "declaration" or "error", and {"end": true}. Where the programs cannot be
made, the first line is {"format": 1, "error": {...}} and the only one.

With `again` it answers each line of its input, as the files then are: a process that is forked for it imports again the
packages that the line names, a JSON list, and renders with all else imported.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import multiprocessing
import os
import re
import sys
import traceback
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import IO, Any

FORMAT = 1
_HERE = Path(__file__).resolve().parent
_OURS = {__file__}
_PROGRAMS: dict[str, Any] = {}  # what forked processes render, by stack


def main(request: Mapping[str, Any], pipe: int, *, again: bool = False) -> None:
    _import_from(Path.cwd())
    _module(_HERE / "confine.py").confine([Path(os.environ["TMPDIR"]), Path.home()])
    gc.disable()
    with os.fdopen(pipe, "w", encoding="utf-8") as answer:
        if again:
            _answer_each(request, answer)
        else:
            _answer(request, answer)


def _answer_each(request: Mapping[str, Any], answer: IO[str]) -> None:
    loaded = False
    for line in sys.stdin:
        packages = frozenset(json.loads(line))
        if not loaded:
            _forget(packages)
            with Path(os.devnull).open("w", encoding="utf-8") as nobody:
                loaded = _answer(request, nobody)
        child = os.fork()
        if child == 0:
            _forget(packages)
            _answer(request, answer)
            os._exit(0)
        os.waitpid(child, 0)


def _forget(packages: Collection[str]) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in packages]:
        del sys.modules[name]


def _answer(request: Mapping[str, Any], answer: IO[str]) -> bool:
    """Whether the programs could be made, so that all that they import is."""
    try:
        programs = _module(Path(request["loader"])).load(**request["arguments"])
    except Exception as error:
        _say(answer, {"format": FORMAT, "error": _told(error)})
        return False
    _PROGRAMS.clear()
    _PROGRAMS.update(programs)
    _say(answer, {"format": FORMAT, "stacks": list(_PROGRAMS)})
    wanted = request["stacks"]
    for line in _rendered([name for name in _PROGRAMS if wanted is None or name in wanted]):
        answer.write(line + "\n")
        answer.flush()
    _say(answer, {"end": True})
    return True


def _import_from(tree: Path) -> None:
    """The project's packages come from `tree`, and not from the checkout that this file lies in."""
    own = _HERE.parents[2]
    sys.path[:] = [str(tree), *(entry for entry in sys.path if Path(entry).resolve() != own)]


@cache
def _module(path: Path) -> ModuleType:
    """One of our own files, which the revision may not have."""
    _OURS.add(str(path))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _say(answer: IO[str], document: Mapping[str, Any]) -> None:
    answer.write(_json(document) + "\n")
    answer.flush()


def _json(document: Mapping[str, Any]) -> str:
    """JSON has whole characters alone: half of a UTF-16 pair, as in a file's name that is no UTF-8, is written out."""
    halves = re.compile("[\ud800-\udfff]")
    return halves.sub(lambda half: f"\\\\u{ord(half[0]):04x}", json.dumps(document, ensure_ascii=False))


def _rendered(stacks: list[str]) -> Iterator[str]:
    """A line a stack. The first is rendered here, which loads what the others share."""
    if not stacks:
        return
    yield _line(stacks[0])
    if len(stacks) == 1:
        return
    gc.freeze()
    processes = min(os.cpu_count() or 1, len(stacks) - 1)
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("fork")) as pool:
        yield from pool.map(_line, stacks[1:])


def _line(stack: str) -> str:
    program = _PROGRAMS[stack]
    facts = {"stack": stack, "fleet": program.fleet, "region": program.region, "target": str(program.target)}
    try:
        from regionctl.render import render

        facts["declaration"] = _module(_HERE / "encode.py").declaration_json(render(program))
    except Exception as error:
        facts["error"] = _told(error)
    return _json(facts)


def _told(error: Exception) -> dict[str, Any]:
    """What an error of the revision says: its own words where it is one of regionctl's."""
    problems = getattr(error, "problems", None)
    if problems:
        return {"problems": [_problem(problem) for problem in problems]}
    what = getattr(error, "what", None)
    if isinstance(what, str):
        where, hint = getattr(error, "where", None), getattr(error, "hint", None)
        return {"what": what, "where": str(where) if where else None, "hint": hint}
    frame = traceback.extract_tb(error.__traceback__)[-1]
    file, line, text = frame.filename, frame.lineno, f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError) and error.filename:
        file, line, text = error.filename, error.lineno, f"{type(error).__name__}: {error.msg}"
    if file in _OURS:
        return {"layout": text}  # it has not what we ask it for
    return {"what": text, "where": f"{os.path.relpath(file)}:{line}", "hint": None}


def _problem(problem: Any) -> dict[str, Any]:
    where = problem.where
    return {"file": where.file, "line": where.line, "column": where.column, "what": problem.what, "hint": problem.hint}


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), int(sys.argv[2]), again=sys.argv[3:] == ["again"])
