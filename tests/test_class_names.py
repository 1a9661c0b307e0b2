"""One class name means one thing: within a program no two modules have a class of the same name."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("program", [["conformance", "fixtures", "steps"], ["emulator"], ["shop"]], ids="+".join)
def test_no_two_classes_have_one_name(program: list[str]) -> None:
    found = defaultdict(list)
    for path in (file for folder in program for file in sorted((ROOT / folder).rglob("*.py"))):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found[node.name].append(str(path.relative_to(ROOT)))
    assert len(found) > 10
    assert {name: places for name, places in found.items() if len(places) > 1} == {}
