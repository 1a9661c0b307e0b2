"""The register of variants: each switch under its name, with the verdicts that are not PASS for such a merchant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from shop.settings import Api

Switch = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Variant:
    """Another conformant way: what it is in one sentence, and how it is switched on.

    `otherwise` are the verdicts that are not PASS, by requirement: WARN for advice that it does not follow, and what
    does not apply to it or cannot be shown of it. `apis` are the generations of PortOne whose shops can work so: both,
    V2's own, or V1 alone, for which `only_v1` has the reason.
    """

    name: str
    sentence: str
    switch: Switch
    otherwise: Mapping[str, str] = field(default_factory=dict)
    apis: tuple[Api, ...] = ("v1", "v2")
    only_v1: str = ""

    @property
    def toml(self) -> Path | None:
        """In what the suite drives it otherwise than shop.toml says, None where it does not."""
        path = Path(__file__).parent / f"{self.name}.toml"
        return path if path.exists() else None


VARIANTS: dict[str, Variant] = {}


def variant(api: Literal["v2"] | None = None, only_v1: str = "", **otherwise: str) -> Callable[[Switch], Switch]:
    """Register a switch as a variant; its docstring is the sentence, its name the variant's. `api`: it is V2's own.

    `otherwise` has the verdicts that are not PASS, as `WEBHOOK_01="WARN"`.
    """
    apis: tuple[Api, ...] = (api,) if api else ("v1",) if only_v1 else ("v1", "v2")

    def register(switch: Switch) -> Switch:
        name = switch.__name__.replace("_", "-")
        sentence = " ".join((switch.__doc__ or "").split())
        verdicts = {id.replace("_", "-"): verdict for id, verdict in otherwise.items()}
        VARIANTS[name] = Variant(name, sentence, switch, verdicts, apis, only_v1)
        return switch

    return register
