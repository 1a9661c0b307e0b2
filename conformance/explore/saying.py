"""How sentences of stories are made, and where a story must stand for them to make sense."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from conformance.explore.deeds import Act
from conformance.explore.scene import MOST_MEANWHILE, Scene
from conformance.explore.sentences import Keyword, Phrase
from conformance.verdict.catalogue import Probe

Ready = Callable[[Scene], bool]
Gaps = Mapping[str, Sequence[str]]
_NONE: Gaps = {}


def sentence(
    keyword: Keyword,
    pattern: str,
    act: Act,
    ready: Ready,
    *needs: Probe,
    meanwhile: bool = False,
    gaps: Gaps = _NONE,
    weight: int = 1,
) -> Phrase:
    """A sentence; unless it may come meanwhile, it makes sense only where no look-up is held back."""

    def is_ready(scene: Scene) -> bool:
        calm = scene.is_calm or (meanwhile and scene.meanwhile < MOST_MEANWHILE)
        return calm and ready(scene)

    return Phrase(keyword, pattern, act, is_ready, gaps, frozenset(needs), weight=weight)


def given(pattern: str, act: Act, *needs: Probe, gaps: Gaps = _NONE, weight: int = 1) -> Phrase:
    """A sentence that places an order."""
    return sentence("Given", pattern, act, can_place, *needs, gaps=gaps, weight=weight)


def can_place(scene: Scene) -> bool:
    """Whether another order may be placed, with nothing held up or back."""
    return scene.may_place and scene.is_free


def account(pattern: str, **settings: object) -> Phrase:
    """A sentence about how the account is set, before there is an order."""
    return sentence(
        "Given",
        pattern,
        lambda scene, _: scene.target.provider.configure(settings),
        lambda scene: not scene.placed,
        Probe.CLOCK,
    )


def payable(scene: Scene) -> bool:
    return scene.can_be_paid and scene.is_free


def paid_freely(scene: Scene) -> bool:
    return scene.is_paid and scene.is_free


def whole(scene: Scene) -> bool:
    """Whether it is paid, and nothing of it went back or is about to."""
    return scene.is_free and bool(scene.payment and scene.payment.stands)


def a_ticket_waits(scene: Scene) -> bool:
    return scene.waits
