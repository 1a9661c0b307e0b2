"""Which small changes are made to a rule: cosmic-ray's, and three that it lacks, written as its operators are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.plugins import get_operator
from parso.python.tree import Keyword, PythonNode

Span = tuple[tuple[int, int], tuple[int, int]]

_BINARY = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_Mul", "Pow_Mul", "BitOr_BitAnd")
# To the opposite, and to what differs from it at the border only: every other pair is killed wherever these are.
_COMPARISON = (
    "Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is",
    "Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt",
)  # fmt: skip
_OTHERS = (
    "ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_Delete_USub", "AddNot", "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak", "ExceptionReplacer", "NumberReplacer", "ZeroIterationForLoop",
)  # fmt: skip


class AnotherText(Operator):  # type: ignore[misc]  # cosmic-ray has no types
    """A text that names something says something else; what has a space in it is for people to read, and stays."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """Each text that is no sentence and no docstring."""
        if node.type == "string" and node.parent.type not in ("simple_stmt", "strings") and " " not in node.value:
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, _index: int) -> Any:
        """Begin the text with XX."""
        quote = min(place for place in map(node.value.find, "\"'") if place >= 0)
        node.value = f"{node.value[: quote + 1]}XX{node.value[quote + 1 :]}"
        return node

    @classmethod
    def examples(cls) -> Sequence[Example]:
        """As cosmic-ray has them."""
        return (Example('state = "paid"', 'state = "XXpaid"'), Example("match(r'-?1')", "match(r'XX-?1')"))


class Membership(Operator):  # type: ignore[misc]
    """`in` becomes `not in`, and the other way round."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """Each comparison that asks what is in something."""
        if node.type == "comparison":
            for found in self._found(node):
                yield node.children[found].start_pos, node.children[found].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """The opposite question."""
        found = self._found(node)[index]
        asked = node.children[found]
        opposite = "in" if asked.type == "comp_op" else "not in"
        node.children[found] = Keyword(opposite, asked.start_pos, asked.get_first_leaf().prefix)
        return node

    @staticmethod
    def _found(node: Any) -> list[int]:
        return [n for n, child in enumerate(node.children) if child.get_code().split() in (["in"], ["not", "in"])]

    @classmethod
    def examples(cls) -> Sequence[Example]:
        """As cosmic-ray has them."""
        return (Example("if a in b: pass", "if a not in b: pass"), Example("x = a not in b", "x = a in b"))


class NotDone(Operator):  # type: ignore[misc]
    """A statement is left out that does something: a call, a return, a `del`, a new value of something kept."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """Each statement without which the names that follow are still bound."""
        if node.type == "simple_stmt" and self._does(node.children[0]):
            yield node.start_pos, node.children[0].end_pos

    def mutate(self, node: Any, _index: int) -> Any:
        """Pass instead."""
        first = node.children[0]
        node.children[0] = Keyword("pass", first.start_pos, first.get_first_leaf().prefix)
        return node

    @staticmethod
    def _does(statement: Any) -> bool:
        if statement.type == "expr_stmt":
            bound, sign = statement.children[:2]
            return isinstance(bound, PythonNode) and bound.type == "atom_expr" and sign.type != "annassign"
        if statement.type == "atom_expr":  # a call
            return True
        return statement.type in ("return_stmt", "del_stmt", "raise_stmt") or statement.get_code().strip() == "return"

    @classmethod
    def examples(cls) -> Sequence[Example]:
        """As cosmic-ray has them."""
        return (
            Example("self.told = 1\n", "pass\n"),
            Example("queue.clear()\n", "pass\n"),
            Example("if done:\n    return\n", "if done:\n    pass\n"),
        )


OWN = (AnotherText, Membership, NotDone)


def operators() -> list[Operator]:
    """Every one that is used, in the order in which mutants are made."""
    names = [
        *(f"core/ReplaceComparisonOperator_{pair}" for pair in _COMPARISON),
        *(f"core/ReplaceBinaryOperator_{pair}" for pair in _BINARY),
        *(f"core/{name}" for name in _OTHERS),
    ]
    return [*(get_operator(name)() for name in names), *(own() for own in OWN)]
