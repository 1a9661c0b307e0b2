"""What became of the changed shops, module by module, as the last whole trial found it: `docs/proof.md` shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, TypeAdapter

from tests.proof.mutants import Mutant

FILE = Path(__file__).with_name("mutated_shop.json")


class Change(BaseModel):
    """One that survives: in which function, what it changes into what, and which of equal ones it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    function: str
    was: str
    now: str
    nth: int = 1

    @classmethod
    def of(cls, mutant: Mutant) -> Self:
        """That of a mutant."""
        return cls(function=mutant.function, was=mutant.was, now=mutant.now, nth=mutant.nth)


class Figures(BaseModel):
    """How many changes of a module there are, and what a run of the suite did with them; hung ones are killed too."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    killed: int
    accepted: int
    survivors: tuple[Change, ...] = ()

    @property
    def survive(self) -> int:
        """How many survive."""
        return len(self.survivors)

    def after(self, before: Figures) -> Figures:
        """The figures of all, where these are of those alone that had survived `before`."""
        return Figures(
            killed=before.killed + self.killed, accepted=before.accepted + self.accepted, survivors=self.survivors
        )

    @property
    def mutants(self) -> int:
        """All of them."""
        return self.killed + self.accepted + self.survive


_FIGURES = TypeAdapter(dict[str, Figures])


def read(file: Path = FILE) -> Mapping[str, Figures]:
    """The figures by module."""
    return _FIGURES.validate_json(file.read_bytes())


def keep(found: Mapping[str, Figures], file: Path = FILE) -> None:
    """Write these over what was known of their modules."""
    known = {**read(file), **found} if file.exists() else dict(found)
    file.write_text(json.dumps(_FIGURES.dump_python(known), indent=2, sort_keys=True) + "\n", "utf-8")
