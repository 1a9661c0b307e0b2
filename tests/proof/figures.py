"""What became of the changed shops, module by module, as the last whole trial found it: `docs/proof.md` shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

FILE = Path(__file__).with_name("mutated_shop.json")


class Figures(BaseModel):
    """How many changes of a module there are, and what a run of the suite did with them; hung ones are killed too."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    killed: int
    accepted: int
    survive: int

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
