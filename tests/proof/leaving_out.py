"""Leaves a single assertion out of a step or of a Given, in this process only."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType

ROOT = Path(__file__).resolve().parents[2]
_REQUIREMENT = re.compile(r"[A-Z]+-\d\d")


@dataclass(frozen=True)
class Assertion:
    """One assertion: its module, its line, the function that it stands in, and how it reads.

    `blocked_by` are the requirements that a scenario is blocked by where it does not hold; none where it is a Then's.
    """

    module: str
    line: int
    function: str
    text: str
    blocked_by: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.module.replace('.', '/')}.py:{self.line}: {self.text}"


def assertions() -> list[Assertion]:
    """Every assertion of the steps, and every one under a `stands_on` of the library."""
    steps = [one for path in sorted((ROOT / "steps").glob("*.py")) for one in _in(path, everywhere=True)]
    givens = [one for path in sorted((ROOT / "conformance").rglob("*.py")) for one in _in(path, everywhere=False)]
    return steps + givens


def _in(path: Path, *, everywhere: bool) -> Iterator[Assertion]:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    tree = ast.parse(path.read_text("utf-8"))
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            guards = [(node, call) for node in ast.walk(function) for call in _stood_on(node)]
            blocked_by = {found.lineno: _named(call, tree) for place, call in guards for found in _asserts(place)}
            for found in _asserts(function):
                if everywhere or found.lineno in blocked_by:
                    blocks = blocked_by.get(found.lineno, frozenset())
                    yield Assertion(module, found.lineno, function.name, f"assert {ast.unparse(found.test)}", blocks)


def _asserts(place: ast.AST) -> list[ast.Assert]:
    return sorted((node for node in ast.walk(place) if isinstance(node, ast.Assert)), key=lambda node: node.lineno)


def _stood_on(node: ast.AST) -> list[ast.Call]:
    calls = [item.context_expr for item in node.items] if isinstance(node, ast.With) else []
    return [call for call in calls if isinstance(call, ast.Call) and ast.unparse(call.func) == "stands_on"]


def _named(call: ast.Call, tree: ast.Module) -> frozenset[str]:
    """The requirements that it is called with, or where it is told them by its caller, all that the module names."""
    constants = {
        target.id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    named = set[str]()
    for given in call.args:
        told = given.value if isinstance(given, ast.Starred) else given
        meant = constants.get(told.id, tree) if isinstance(told, ast.Name) else told
        texts = [node.value for node in ast.walk(meant) if isinstance(node, ast.Constant)]
        named.update(text for text in texts if isinstance(text, str) and _REQUIREMENT.fullmatch(text))
    return frozenset(named)


class _Without(ast.NodeTransformer):
    def __init__(self, line: int) -> None:
        self.line, self.left_out = line, 0

    def visit_Assert(self, node: ast.Assert) -> ast.AST:  # as ast calls it
        if node.lineno != self.line:
            return node
        self.left_out += 1
        return ast.copy_location(ast.Pass(), node)


def leave_out(module: str, line: int) -> None:
    """Replace the function in which the assertion of that line stands by itself without it.

    The module is imported already, and its steps are registered: they keep the function and get another code. Raises
    LookupError where no assertion is in that line.
    """
    imported = importlib.import_module(module)
    path = Path(str(imported.__file__))
    tree = ast.parse(path.read_text("utf-8"))
    function = next((f for f in tree.body if isinstance(f, ast.FunctionDef) and _holds(f, line)), None)
    without = _Without(line)
    whole = compile(without.visit(tree), str(path), "exec", dont_inherit=True)
    if function is None or without.left_out != 1:
        raise LookupError(f"{path}:{line} is no assertion")
    code = next(c for c in whole.co_consts if isinstance(c, CodeType) and c.co_name == function.name)
    changed = inspect.unwrap(getattr(imported, function.name))
    assert isinstance(changed, FunctionType)
    changed.__code__ = code


def _holds(function: ast.FunctionDef, line: int) -> bool:
    return function.lineno <= line <= (function.end_lineno or line)
