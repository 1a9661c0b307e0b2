"""Every mutant of a module: the module with one small change, as text; nothing is written anywhere."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count, zip_longest
from pathlib import Path

from cosmic_ray.mutating import mutate_code

from tests.proof.mutators import AnotherText, operators

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Mutant:
    """A changed module: where (the function is "" for the module itself), how the lines read, and how they do now.

    `nth` tells the same change of equal lines in one function apart, counted from 1.
    """

    module: str
    line: int
    function: str
    was: str
    now: str
    source: str = field(repr=False)
    nth: int = 1

    @property
    def change(self) -> tuple[str, str, str, str]:
        """What it changes into what, wherever the lines of its function stand."""
        return self.module, self.function, self.was, self.now

    def __str__(self) -> str:
        return f"{self.module.replace('.', '/')}.py:{self.line}: {self.was}  →  {self.now}"


def path_of(module: str) -> Path:
    """The file of a module of this project."""
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


def mutants(module: str, source: str | None = None) -> Iterator[Mutant]:
    """Each mutant once, by line; `source` is read from the module's file unless it is given."""
    source = path_of(module).read_text("utf-8") if source is None else source
    tree = ast.parse(source)
    seen, found = {ast.dump(tree)}, []
    for operator in operators():
        spared = list(_spared(tree, words=isinstance(operator, AnotherText)))
        for occurrence in count():
            try:
                changed = mutate_code(source, operator, occurrence)
            except AttributeError:  # cosmic-ray replaces no exception whose name has a dot
                continue
            if changed is None:
                break
            shape = _shape(changed)
            same = _same(source, changed)
            place = source.count("\n", 0, same) + 1, same - source.rfind("\n", 0, same) - 1
            no_rule = source.startswith("*,", same) or any(start <= place < end for start, end in spared)
            if shape is None or shape in seen or no_rule:  # `*,` opens the named parameters, and multiplies nothing
                continue
            seen.add(shape)
            found.append(_mutant(module, tree, source, changed))
    found.sort(key=lambda mutant: mutant.line)
    before: Counter[tuple[str, str, str, str]] = Counter()
    for mutant in found:
        before[mutant.change] += 1
        yield replace(mutant, nth=before[mutant.change])


def _shape(source: str) -> str | None:
    """What tells one module from another; None where it is no Python, which cosmic-ray makes of some forms."""
    try:
        return ast.dump(ast.parse(source))
    except SyntaxError:
        return None


def _same(source: str, changed: str) -> int:
    """How many characters are the same before the first that differs."""
    pairs = enumerate(zip_longest(source, changed))
    return next((at for at, (old, new) in pairs if old != new), len(source))


def _spared(tree: ast.Module, *, words: bool) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """What no rule is in: types, names for types, how a thing is shown, and with `words` also what an error says."""
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        match node:
            case ast.FunctionDef(name=name, returns=returns) | ast.AsyncFunctionDef(name=name, returns=returns):
                parts.append(returns)
                if name == "as_json":
                    parts.append(node)
            case ast.arg(annotation=annotation) | ast.AnnAssign(annotation=annotation):
                parts.append(annotation)
            case ast.Assign(value=ast.Subscript(value=ast.Name(id="Literal" | "Callable" | "Annotated"))):
                parts.append(node)
            case ast.Raise() if words:
                parts.append(node)
            case ast.ClassDef(decorator_list=decorators):  # how a dataclass is made
                parts += decorators
        for part in parts:
            if isinstance(part, ast.expr | ast.stmt):
                last, end = part.end_lineno or part.lineno, part.end_col_offset or 0
                yield (part.lineno, part.col_offset), (last, end)


def _mutant(module: str, tree: ast.Module, source: str, changed: str) -> Mutant:
    old, new = source.splitlines(), changed.splitlines()
    first = next(n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1])
    after = 0
    while after < min(len(old), len(new)) - first and old[-1 - after] == new[-1 - after]:
        after += 1
    was, now = (" ".join(map(_bare, lines[first : len(lines) - after])) for lines in (old, new))
    return Mutant(module, first + 1, _function(tree, first + 1), was, now, changed)


def _bare(line: str) -> str:
    """A line without what stands around its code."""
    return line.partition("  #")[0].strip()


def _function(tree: ast.AST, line: int) -> str:
    """The function or class in which a line stands, as `Class.method`."""
    for node in ast.iter_child_nodes(tree):
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            within = _function(node, line)
            return f"{node.name}.{within}".rstrip(".") if named else within  # type: ignore[attr-defined]
    return ""
