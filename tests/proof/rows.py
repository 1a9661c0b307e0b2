"""The rows of the proof: each defect of the shop and of the accounts, and what it must turn red."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fixtures.account_defects import DEFECTS as ACCOUNT_DEFECTS
from fixtures.catalogue import Stage, catalogue
from fixtures.verdicts import Verdict, of_failed_assertion
from shop.defects import DEFECTS as SHOP_DEFECTS

LIMITS = ("--limit=10",)
PROVIDERS_LIMITS: Mapping[str, float] = {"WEBHOOK-14": 0.03}
"""Where a merchant does not answer within the provider's limit, this part of it is waited for."""


class Scope(StrEnum):
    """How much of the suite a row is run on.

    TOUCHED is all that needs no browser, and of the areas in which the row turns something red what needs one, too: a
    fault elsewhere than in the checkout may be felt in any order, payment or refund, but not in the checkout's pages.
    Of an outline that is about something else than the row's red it is the first row, and in the areas in which the row
    turns nothing red it is each requirement's first scenario: the others differ by a detail.
    """

    TOUCHED = "touched"
    WHOLE = "whole"


@dataclass(frozen=True)
class Row:
    """A defect: whose it is (shop or account), what it is, and what it turns red; `why` where that is more than one."""

    kind: str
    name: str
    sentence: str
    turns_red: tuple[str, ...]
    why: str
    stage: Stage
    warns: tuple[str, ...] = ()

    @property
    def option(self) -> str:
        """What switches it on."""
        return f"--{self.kind}-defect {self.name}"

    @property
    def command(self) -> str:
        """What a reader types to see it."""
        stage = "" if self.stage is Stage.TEST else f" --stage {self.stage}"
        return f'make conformance ARGS="{self.option}{stage}"'

    @property
    def expected(self) -> Mapping[str, Verdict]:
        """The verdict of each requirement that it breaks."""
        broken = {id: of_failed_assertion(catalogue()[id].level) for id in self.turns_red}
        return {**broken, **dict.fromkeys(self.warns, Verdict.WARN)}

    def arguments(self, scope: Scope) -> tuple[str, ...]:
        """What pytest is given for it."""
        return *self.options, *self.selection(scope)

    @property
    def options(self) -> tuple[str, ...]:
        """What pytest is given for it, whatever is selected."""
        scale = min((PROVIDERS_LIMITS[id] for id in self.expected if id in PROVIDERS_LIMITS), default=1.0)
        scaled = () if scale == 1.0 else (f"--limit-scale={scale}",)
        return *self.option.split(), f"--stage={self.stage}", *LIMITS, *scaled

    def selection(self, scope: Scope) -> tuple[str, ...]:
        """What of the suite is run."""
        if scope is Scope.WHOLE:
            return ()
        areas = {catalogue()[id].area for id in self.expected}
        own = [requirement.id for requirement in catalogue().requirement if requirement.area in areas]
        briefly = ("-p", "tests.proof.first_rows", f"--every-scenario-of={','.join(sorted(areas))}")
        return *briefly, f"--in-full={','.join(self.expected)}", "-m", " or ".join(["not browser", *own])


def rows() -> Mapping[str, Row]:
    """Every row, by the name of its defect."""
    shop = [
        Row("shop", defect.name, defect.sentence, defect.turns_red, defect.why, Stage(defect.stage), defect.warns)
        for defect in SHOP_DEFECTS.values()
    ]
    account = [
        Row("account", name, defect.sentence, defect.turns_red, defect.why, defect.stage)
        for name, defect in ACCOUNT_DEFECTS.items()
    ]
    return {row.name: row for row in [*shop, *account]}


def proving(requirement: str) -> list[Row]:
    """The rows that turn a requirement red."""
    return [row for row in rows().values() if requirement in row.expected]
