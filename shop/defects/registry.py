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
class OnV2:
    """Why a fault of both generations does not break the same where the shop speaks V2: what more, and what not."""

    reason: str
    also: tuple[str, ...] = ()
    spares: tuple[str, ...] = ()


@dataclass(frozen=True)
class Defect:
    """A fault: what it is in one sentence, the requirements that it breaks, and how it is switched on.

    `why` says why it breaks more than one. `stage` is the one whose shop has it. Of the requirements in `warns` it
    breaks only what is advice. `apis` are the generations of PortOne whose shops can have it: both, V2's own, or V1
    alone, for which `only_v1` has the reason. `on_v2` is what it breaks there, where that is not the same.
    """

    name: str
    sentence: str
    turns_red: tuple[str, ...]
    switch: Switch
    stage: Stage = "test"
    why: str = ""
    warns: tuple[str, ...] = ()
    apis: tuple[Api, ...] = ("v1", "v2")
    only_v1: str = ""
    on_v2: OnV2 | None = None

    @property
    def of_the_page(self) -> bool:
        """Whether it is a fault of the checkout's page or payment request, which nobody feels without a browser."""
        return self.switch.__module__ in OF_THE_PAGE

    @property
    def of_storms(self) -> bool:
        """Whether only a storm of orders finds it: what it breaks is decided by `conformance storm` alone."""
        return all(id.startswith(OF_STORMS) for id in self.turns_red)


OF_STORMS = "LOAD-"
ONE_NUMBER = "a payment and its attempt have one number in V2: whoever names the one names the other"
ONE_PAYMENT = "of two payments with one number PortOne takes one on V2, and gives the other back itself"
SAME_NUMBER = "the attempts at a payment have one number in V2, and one of them succeeds"
BY_STATUS = "V2 refuses by an HTTP status, and never with 200"
NO_TOKENS = "a shop calls V2 with its API secret, which is no token that expires"
OF_THE_PAGE = ("shop.defects.page", "shop.defects.prices", "shop.defects.request")
DEFECTS: dict[str, Defect] = {}


def together(*switches: AbstractContextManager[Any]) -> AbstractContextManager[Any]:
    """Several switches as one."""
    stack = ExitStack()
    for switch in switches:
        stack.enter_context(switch)
    return stack


def defect(
    *turns_red: str,
    stage: Stage = "test",
    why: str = "",
    warns: tuple[str, ...] = (),
    api: Literal["v2"] | None = None,
    only_v1: str = "",
    on_v2: OnV2 | None = None,
) -> Callable[[Switch], Switch]:
    """Register a switch as a defect; its docstring is the sentence, its name the defect's. `api`: it is V2's own."""
    apis: tuple[Api, ...] = (api,) if api else ("v1",) if only_v1 else ("v1", "v2")

    def register(switch: Switch) -> Switch:
        name = switch.__name__.replace("_", "-")
        sentence = " ".join((switch.__doc__ or "").split())
        DEFECTS[name] = Defect(name, sentence, turns_red, switch, stage, why, warns, apis, only_v1, on_v2)
        return switch

    return register
