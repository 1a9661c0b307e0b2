"""The register of defects: each switch under its name, with the requirements that it turns red."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

Stage = Literal["test", "live"]
Switch = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Defect:
    """A fault: what it is in one sentence, the requirements that it breaks, and how it is switched on.

    `stage` is the one whose shop has it.
    """

    name: str
    sentence: str
    turns_red: tuple[str, ...]
    switch: Switch
    stage: Stage = "test"


DEFECTS: dict[str, Defect] = {}


def defect(*turns_red: str, stage: Stage = "test") -> Callable[[Switch], Switch]:
    """Register a switch as a defect; its docstring is the sentence, its name the defect's."""

    def register(switch: Switch) -> Switch:
        name = switch.__name__.replace("_", "-")
        DEFECTS[name] = Defect(name, (switch.__doc__ or "").strip(), turns_red, switch, stage)
        return switch

    return register


@contextmanager
def switched_on(names: Sequence[str]) -> Iterator[None]:
    """The shop that is built and used inside has these defects. Raises KeyError for a name that does not exist."""
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(DEFECTS[name].switch())
        yield
