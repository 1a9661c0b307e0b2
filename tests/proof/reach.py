"""A plugin that notes which scenarios reach which statement, and runs those alone that reach a changed one.

A scenario that does not reach a statement ends without its change as with it. So the results of the others, noted
without any change, stand in for them, and the suite concludes from all of its scenarios.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import TypeAdapter

from conformance.verdict.algebra import ScenarioResult
from tests.proof.mutants import ROOT, path_of
from tests.proof.mutating import Instead

if TYPE_CHECKING:  # it imports the shop
    from fixtures.collected import Run

Statement = tuple[str, int]
"""A module, and the first line of one of its statements."""
_NOTE = "__reached__"


@dataclass(frozen=True)
class Reach:
    """What a run without a change noted: the statements by scenario, what needs a browser, and how each ended.

    Scenarios are named by nodeid. `statements` holds a statement's scenarios in the order in which they ran.
    """

    statements: Mapping[str, Mapping[int, tuple[str, ...]]]
    results: Mapping[str, ScenarioResult]
    in_browser: frozenset[str] = frozenset()

    def scenarios(self, module: str, source: str, line: int) -> Sequence[str]:
        """Those that a change in this line can touch.

        All of them where it stands outside of a function, but of a private constant those that reach where it is used.
        """
        tree, noted = ast.parse(source), self.statements.get(module, {})
        statement = _statement(tree, line)
        if statement is not None:
            return noted.get(statement, ())
        used = _uses(tree, line)
        if used is None:
            return list(self.results)
        reaching = {nodeid for one in used for nodeid in noted.get(one, ())}
        return [nodeid for nodeid in self.results if nodeid in reaching]

    def brief(self, scenarios: Sequence[str]) -> Sequence[str]:
        """Of each outline the first row, without those for which a browser is opened where there are others."""
        rows = {nodeid.partition("[")[0]: nodeid for nodeid in reversed(scenarios)}
        first = [nodeid for nodeid in scenarios if nodeid in rows.values()]
        return [nodeid for nodeid in first if nodeid not in self.in_browser] or first

    def seconds(self, scenarios: Sequence[str]) -> float:
        """How long they took."""
        return sum(self.results[nodeid].seconds for nodeid in scenarios)


_REACH: TypeAdapter[Reach] = TypeAdapter(Reach)


def read(file: Path) -> Reach:
    """What a run noted in this file."""
    return _REACH.validate_json(file.read_bytes())


def noting(source: str) -> str:
    """The same module, which notes each statement of its functions before it is begun."""
    tree = ast.parse(source)
    for body in [body for function in _functions(tree) for body in _bodies(function)]:
        body[:] = [one for statement in body for one in (*_note(statement), statement)]
    return ast.unparse(ast.fix_missing_locations(tree))


def _functions(tree: ast.AST) -> Iterator[ast.stmt]:
    """The outermost functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        else:
            yield from _functions(node)


def _bodies(function: ast.stmt) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(function):
        for name in ("body", "orelse", "finalbody"):
            if isinstance(body := getattr(node, name, None), list):
                yield body


def _note(statement: ast.stmt) -> Sequence[ast.stmt]:
    docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return () if docstring else ast.parse(f"{_NOTE}({statement.lineno})").body


def _statement(tree: ast.Module, line: int) -> int | None:
    """The first line of the innermost statement of a function in which a line stands."""
    found = None
    for function in _functions(tree):
        for body in _bodies(function):
            for one in body:
                if one.lineno <= line <= (one.end_lineno or one.lineno):
                    found = max(found or 0, one.lineno)
    return found


def _uses(tree: ast.Module, line: int) -> list[int] | None:
    """The statements that use the constant of this line; None where it is none, or is used elsewhere too."""
    for one in tree.body:
        if isinstance(one, ast.Assign) and one.lineno <= line <= (one.end_lineno or one.lineno):
            names = {target.id for target in one.targets if isinstance(target, ast.Name)}
            within = [(node, _statement(tree, node.lineno)) for node in _named(tree, names) if node.lineno != line]
            if names and not any(statement is None for _, statement in within) and not _imported(names):
                return [statement for _, statement in within if statement is not None]
    return None


def _named(tree: ast.AST, names: Collection[str]) -> Iterator[ast.Name]:
    """Wherever one of the names is read."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load):
            yield node


def _imported(names: Collection[str]) -> bool:
    """Whether another module of the shop, or of the suite, speaks of one of the names."""
    files = [file for folder in ("shop", "conformance", "fixtures", "steps") for file in (ROOT / folder).rglob("*.py")]
    for name in names:
        word = re.compile(rf"\b{name}\b")
        if sum(bool(word.search(file.read_text("utf-8"))) for file in files) > 1:
            return True
    return False


class _Noting:
    """Notes what the scenarios of a run reach, and keeps it with how they ended."""

    def __init__(self, modules: Sequence[str], file: Path) -> None:
        self._file, self._now = file, set[Statement]()
        self._reached: dict[str, dict[int, list[str]]] = {module: {} for module in modules}
        for module in modules:
            given = {_NOTE: lambda line, module=module: self._now.add((module, line))}
            sys.meta_path.insert(0, Instead(module, noting(path_of(module).read_text("utf-8")), given))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """What is reached from one scenario's beginning to the next one's is its own."""
        self._now.clear()
        yield
        for module, line in sorted(self._now):
            self._reached[module].setdefault(line, []).append(item.nodeid)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        """Keep it."""
        yield
        run = _run(session)
        results = {nodeid: replace(result, cause=()) for nodeid, result in run.results.items()}
        statements = {name: {line: tuple(ids) for line, ids in found.items()} for name, found in self._reached.items()}
        in_browser = frozenset(item.nodeid for item in session.items if item.get_closest_marker("browser"))
        self._file.write_bytes(_REACH.dump_json(Reach(statements, results, in_browser)))


class _Selecting:
    """Runs only the scenarios that are named, the best first, with the results of all others."""

    def __init__(self, reach: Reach, chosen: Path, noticed: Path) -> None:
        self._reach, self._chosen, self._noticed = reach, chosen, noticed

    @pytest.hookimpl(wrapper=True, tryfirst=True)  # the outermost: the order is the last word
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
        """Leave out the others. Next comes what needs no browser, and what others stand on."""
        yield
        chosen = set(json.loads(self._chosen.read_text("utf-8")))
        noticed = Counter(self._noticed.read_text("utf-8").split("\n") if self._noticed.exists() else ())
        left = [item for item in items if item.nodeid not in chosen]
        items[:] = [item for item in items if item.nodeid in chosen]
        items.sort(key=lambda item: (-noticed[item.nodeid], item.get_closest_marker("browser") is not None))
        config.hook.pytest_deselected(items=left)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        """Note which one has noticed the change, for the order of the next runs."""
        yield
        if item.session.shouldstop:
            with self._noticed.open("a", encoding="utf-8") as file:
                file.write(f"{item.nodeid}\n")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Give the run what the others showed without the change, unless it was ended before its end."""
        if not session.shouldstop:
            run = _run(session)
            run.results = {**self._reach.results, **run.results}


def _run(session: pytest.Session) -> Run:
    plugin = session.config.pluginmanager.get_plugin("conformance-run")
    assert plugin is not None
    run: Run = plugin.run
    return run


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that name the files."""
    parser.addoption("--note-reach", metavar="FILE", help="note there which scenarios reach what")
    parser.addoption("--reach-of", default="", metavar="MODULES", help="the modules that are noted")
    parser.addoption("--reach", metavar="FILE", help="what such a run noted")
    parser.addoption("--scenarios", metavar="FILE", help="with --reach: the nodeids that are run, as JSON")


@pytest.hookimpl(tryfirst=True)  # before a conftest imports what is noted
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Register what the options ask for."""
    option = early_config.known_args_namespace
    if option.note_reach:
        plugin: object = _Noting(option.reach_of.split(","), Path(option.note_reach))
    elif option.reach:
        file = Path(option.reach)
        plugin = _Selecting(read(file), Path(option.scenarios), file.with_name("noticed.txt"))
    else:
        return
    early_config.pluginmanager.register(plugin, "reach")
