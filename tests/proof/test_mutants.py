"""A module's mutants are all small changes of its rules, each of them once, and what is no rule stays as it is."""

from __future__ import annotations

import ast

import pytest
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Example, Operator

from tests.proof.mutants import Mutant, mutants
from tests.proof.mutators import OWN, operators

SOURCE = '''
"""A module."""
from dataclasses import dataclass
from typing import Literal

State = Literal["paid", "failed"]


@dataclass(frozen=True)
class Payment:
    """A payment."""

    status: "State" = "paid"  # at first

    def may_end(self, *, left: int | None) -> bool:
        """Whether it may."""
        if self.status not in ("paid",) or left is None:
            raise ValueError("over")
        self.left.clear()
        return left > 0

    def as_json(self) -> dict[str, int]:
        return {"left": 1}
'''


def changes() -> set[tuple[str, str]]:
    return {(mutant.was, mutant.now) for mutant in mutants("made.up", SOURCE)}


@pytest.mark.parametrize(
    ("own", "example"), [(own, example) for own in OWN for example in own.examples()], ids=lambda one: str(one)[:40]
)
def test_an_operator_of_ours_does_what_its_example_shows(own: type[Operator], example: Example) -> None:
    assert mutate_code(example.pre_mutation_code, own(), example.occurrence) == example.post_mutation_code
    assert mutate_code(example.pre_mutation_code, own(), example.occurrence + 1) is None


def test_every_rule_is_changed() -> None:
    line = 'if self.status not in ("paid",) or left is None:'
    assert changes() == {
        ('status: "State" = "paid"', 'status: "State" = "XXpaid"'),
        (line, line.replace("not in", "in")),
        (line, line.replace("if", "if not")),
        (line, line.replace(" or ", " and ")),
        (line, line.replace("is None", "is not None")),
        (line, line.replace('"paid"', '"XXpaid"')),
        ('raise ValueError("over")', "pass"),
        ("self.left.clear()", "pass"),
        ("return left > 0", "return left >= 0"),
        ("return left > 0", "return left <= 0"),
        ("return left > 0", "return left > 1"),
        ("return left > 0", "return left > -1"),
        ("return left > 0", "pass"),
    }


def test_each_is_python_and_differs_from_the_module_and_from_the_others() -> None:
    shapes = [ast.dump(ast.parse(mutant.source)) for mutant in mutants("made.up", SOURCE)]
    assert len({*shapes, ast.dump(ast.parse(SOURCE))}) == len(shapes) + 1


def test_a_mutant_says_where_it_is() -> None:
    [mutant] = [one for one in mutants("made.up", SOURCE) if one.was == "self.left.clear()"]
    assert str(mutant) == "made/up.py:19: self.left.clear()  →  pass"
    assert mutant == Mutant("made.up", 19, "Payment.may_end", "self.left.clear()", "pass", mutant.source)


def test_no_operator_is_used_twice() -> None:
    names = [type(operator).__name__ for operator in operators()]
    assert len(set(names)) == len(names)
