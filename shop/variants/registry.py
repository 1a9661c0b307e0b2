"""The register of variants: each switch under its name, with the verdicts that are not PASS for such a merchant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Switch = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Variant:
    """Another conformant way: what it is in one sentence, and how it is switched on.

    `otherwise` are the verdicts that are not PASS, by requirement: WARN for advice that it does not follow, and what
    does not apply to it or cannot be shown of it.
    """

    name: str
    sentence: str
    switch: Switch
    otherwise: Mapping[str, str] = field(default_factory=dict)

    @property
    def toml(self) -> Path | None:
        """In what the suite drives it otherwise than shop.toml says, None where it does not."""
        path = Path(__file__).parent / f"{self.name}.toml"
        return path if path.exists() else None


VARIANTS: dict[str, Variant] = {}


def variant(**otherwise: str) -> Callable[[Switch], Switch]:
    """Register a switch as a variant; its docstring is the sentence, its name the variant's.

    `otherwise` has the verdicts that are not PASS, as `WEBHOOK_01="WARN"`.
    """

    def register(switch: Switch) -> Switch:
        name = switch.__name__.replace("_", "-")
        sentence = " ".join((switch.__doc__ or "").split())
        verdicts = {id.replace("_", "-"): verdict for id, verdict in otherwise.items()}
        VARIANTS[name] = Variant(name, sentence, switch, verdicts)
        return switch

    return register
