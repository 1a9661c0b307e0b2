"""Leaves a single assertion out of a step or of a Given, in this process only."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Assertion:
    """One assertion: its module, its line, the function that it stands in, and how it reads."""

    module: str
    line: int
    function: str
    text: str

    def __str__(self) -> str:
        return f"{self.module.replace('.', '/')}.py:{self.line}: {self.text}"


def assertions() -> list[Assertion]:
    """Every assertion of the steps, and every one under a `stands_on` of the fixtures."""
    steps = [one for path in sorted((ROOT / "steps").glob("*.py")) for one in _in(path, everywhere=True)]
    givens = [one for path in sorted((ROOT / "fixtures").rglob("*.py")) for one in _in(path, everywhere=False)]
    return steps + givens


def _in(path: Path, *, everywhere: bool) -> Iterator[Assertion]:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for function in ast.parse(path.read_text("utf-8")).body:
        if isinstance(function, ast.FunctionDef):
            places = [function] if everywhere else [node for node in ast.walk(function) if _stands_on(node)]
            found = {node.lineno: node for place in places for node in ast.walk(place) if isinstance(node, ast.Assert)}
            for line, node in sorted(found.items()):
                yield Assertion(module, line, function.name, f"assert {ast.unparse(node.test)}")


def _stands_on(node: ast.AST) -> bool:
    return isinstance(node, ast.With) and any(
        isinstance(item.context_expr, ast.Call) and ast.unparse(item.context_expr.func) == "stands_on"
        for item in node.items
    )


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
