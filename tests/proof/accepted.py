"""The list of the mutants that may survive, each with the reason."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.proof.mutants import Mutant

LIST = Path(__file__).with_name("accepted_mutants.toml")


@dataclass(frozen=True)
class Accepted:
    """A change that may survive in a function ("" is the module itself), whatever its line; `reason` is a sentence.

    `nth` is that of the mutant: which of equal lines in the function is meant.
    """

    module: str
    function: str
    was: str
    now: str
    reason: str
    nth: int = 1

    def covers(self, mutant: Mutant) -> bool:
        """Whether this is that mutant."""
        return mutant.change == (self.module, self.function, self.was, self.now) and mutant.nth == self.nth

    def __str__(self) -> str:
        return f"{self.module} {self.function}: {self.was}  →  {self.now}"


def accepted(path: Path = LIST) -> list[Accepted]:
    """Every one that is written down. Raises TypeError where a key is missing, or is none of them."""
    return [Accepted(**told) for told in tomllib.loads(path.read_text("utf-8")).get("accepted", [])]


def as_toml(mutant: Mutant) -> str:
    """How a survivor would be written down; its reason is for a person to give."""
    fields = {"module": mutant.module, "function": mutant.function, "was": mutant.was, "now": mutant.now, "reason": ""}
    nth = [f"nth = {mutant.nth}"] if mutant.nth > 1 else []
    return "\n".join(["[[accepted]]", *(f"{key} = {_quoted(value)}" for key, value in fields.items()), *nth])


def _quoted(text: str) -> str:
    if "'" not in text:
        return f"'{text}'" if '"' in text or "\\" in text else f'"{text}"'
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
