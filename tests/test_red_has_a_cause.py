"""Whatever turns a scenario red says so as data, in both languages: no assertion of a sentence has words of its own."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = [*sorted((ROOT / "steps").glob("*.py")), *sorted((ROOT / "conformance" / "acts").glob("*.py"))]


def test_no_assertion_of_a_sentence_or_an_act_has_words() -> None:
    asserted = [(path.name, one) for path in FILES for one in ast.walk(ast.parse(path.read_text("utf-8")))]
    found = [(name, one) for name, one in asserted if isinstance(one, ast.Assert)]
    assert len(found) > 100
    assert [f"{name}:{one.lineno}" for name, one in found if one.msg is not None] == []
