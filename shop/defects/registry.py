"""The register of defects: each switch under its name, with the requirements that it turns red."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any, Literal

Stage = Literal["test", "live"]
Api = Literal["v1", "v2"]
Switch = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Defect:
    """A fault: what it is in one sentence, the requirements that it breaks, and how it is switched on.

    `why` says why it breaks more than one. `stage` is the one whose shop has it, `api` the generation of
    PortOne that the shop speaks. Of the requirements in `warns` it breaks only what is advice.
    """

    name: str
    sentence: str
    turns_red: tuple[str, ...]
    switch: Switch
    stage: Stage = "test"
    why: str = ""
    warns: tuple[str, ...] = ()
    api: Api = "v1"

    @property
    def of_the_page(self) -> bool:
        """Whether it is a fault of the checkout's page or payment request, which nobody feels without a browser."""
        return self.switch.__module__ in OF_THE_PAGE

    @property
    def of_storms(self) -> bool:
        """Whether only a storm of orders finds it: what it breaks is decided by `conformance storm` alone."""
        return all(id.startswith(OF_STORMS) for id in self.turns_red)


OF_STORMS = "LOAD-"
OF_THE_PAGE = ("shop.defects.page", "shop.defects.prices", "shop.defects.request")
DEFECTS: dict[str, Defect] = {}


def together(*switches: AbstractContextManager[Any]) -> AbstractContextManager[Any]:
    """Several switches as one."""
    stack = ExitStack()
    for switch in switches:
        stack.enter_context(switch)
    return stack


def defect(
    *turns_red: str, stage: Stage = "test", why: str = "", warns: tuple[str, ...] = (), api: Api = "v1"
) -> Callable[[Switch], Switch]:
    """Register a switch as a defect; its docstring is the sentence, its name the defect's."""

    def register(switch: Switch) -> Switch:
        name = switch.__name__.replace("_", "-")
        sentence = " ".join((switch.__doc__ or "").split())
        DEFECTS[name] = Defect(name, sentence, turns_red, switch, stage, why, warns, api)
        return switch

    return register
