"""PortOne's own checklist before opening (V1): what a run ticks off, and what stays for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from conformance.verdict.algebra import Level, Verdict

State = Literal["ticked", "failed", "open", "other_stage", "manual"]


@dataclass(frozen=True)
class Item:
    """An item of the list in each language, the requirements that show it, and the stage that it is about if only one.

    `scenarios` are the titles of those that alone show it, where the rest of their requirements is about more.
    `production` says that it is about the address that goes live: seen nowhere but on target golive.
    Source: PortOne's checklist (docs), the items that apply to Paymentwall.
    """

    text: Mapping[str, str]
    requirements: tuple[str, ...] = ()
    stage: str = ""
    scenarios: tuple[str, ...] = ()
    production: bool = False


@dataclass(frozen=True)
class Ticked:
    """An item with its state in a run."""

    item: Item
    state: State


def tick(
    items: Iterable[Item], verdicts: Mapping[str, Verdict | None], stage: str, *, production: bool = True
) -> list[Ticked]:
    """Each item with its state: ticked only if all that shows it in this stage was shown.

    `verdicts` are those of requirements by their IDs, and of scenarios by their titles. `production`: whether the
    merchant that was tested is the one that goes live.
    """
    return [Ticked(item, _state(item, verdicts, stage, production=production)) for item in items]


def shown(verdict: Verdict | None, level: Level) -> Verdict | None:
    """What a requirement's verdict says of an item: the WARN of a MUST is mere advice, and the MUST itself passed."""
    return Verdict.PASS if verdict is Verdict.WARN and level is Level.MUST else verdict


def _state(item: Item, verdicts: Mapping[str, Verdict | None], stage: str, *, production: bool) -> State:
    if not item.requirements:
        return "manual"
    if item.stage and item.stage != stage:
        return "other_stage"
    found = [verdicts.get(name) for name in item.scenarios or item.requirements]
    if Verdict.FAIL in found or Verdict.WARN in found:
        return "failed"
    applying = [verdict for verdict in found if verdict is not Verdict.NOT_APPLICABLE]
    if not applying:
        return "other_stage"
    all_shown = all(verdict is Verdict.PASS for verdict in applying)
    return "ticked" if all_shown and (production or not item.production) else "open"
