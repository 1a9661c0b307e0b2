"""PortOne's checklist ticks off nothing that the run did not see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.report.checklist import Item, shown, tick
from conformance.report.words import words
from conformance.verdict.algebra import Level, Verdict
from conformance.verdict.catalogue import catalogue
from conformance.verdict.features import read_features

TEXT = {"en": "x", "ko": "y"}


@pytest.mark.parametrize(
    ("verdict", "level", "state"),
    [
        (Verdict.WARN, Level.SHOULD, "failed"),
        (Verdict.WARN, Level.MUST, "ticked"),
        (Verdict.PASS, Level.SHOULD, "ticked"),
        (Verdict.INCONCLUSIVE, Level.MUST, "open"),
    ],
)
def test_a_should_that_is_not_met_is_not_ticked(verdict: Verdict, level: Level, state: str) -> None:
    [one] = tick([Item(TEXT, ("A-01",))], {"A-01": shown(verdict, level)}, "live")
    assert one.state == state


@pytest.mark.parametrize(("outcome", "state"), [(Verdict.WARN, "failed"), (Verdict.PASS, "ticked"), (None, "open")])
def test_an_item_that_one_scenario_shows_is_ticked_by_that_one(outcome: Verdict | None, state: str) -> None:
    item = Item(TEXT, ("A-01",), scenarios=("Answered with 200",))
    [one] = tick([item], {"A-01": Verdict.PASS, "Answered with 200": outcome}, "live")
    assert one.state == state


@pytest.mark.parametrize(("production", "state"), [(True, "ticked"), (False, "open")])
def test_the_production_address_is_seen_only_where_it_is_tested(production: bool, state: str) -> None:
    [one] = tick([Item(TEXT, ("A-01",), production=True)], {"A-01": Verdict.PASS}, "live", production=production)
    assert one.state == state


def test_the_checklist_names_scenarios_of_the_requirements_that_it_names() -> None:
    titles = {(id, scenario.title) for scenario in read_features() for id in scenario.tags}
    named = {(id, title) for item in words().checklist for title in item.scenarios for id in item.requirements}
    assert named
    assert named <= titles


ITEM = Item({"en": "x", "ko": "y"}, ("A-01", "A-02"))


@pytest.mark.parametrize(
    ("verdicts", "stage", "state"),
    [
        ({"A-01": Verdict.PASS, "A-02": Verdict.PASS}, "test", "ticked"),
        ({"A-01": Verdict.PASS, "A-02": Verdict.NOT_APPLICABLE}, "test", "ticked"),
        ({"A-01": Verdict.PASS}, "test", "open"),
        ({"A-01": Verdict.PASS, "A-02": Verdict.INCONCLUSIVE}, "test", "open"),
        ({"A-01": Verdict.FAIL, "A-02": Verdict.PASS}, "test", "failed"),
        ({"A-01": Verdict.NOT_APPLICABLE, "A-02": Verdict.NOT_APPLICABLE}, "test", "other_stage"),
        ({"A-01": Verdict.PASS, "A-02": Verdict.PASS}, "live", "other_stage"),
    ],
)
def test_the_checklist_ticks_off_only_what_was_shown(
    verdicts: dict[str, Verdict | None], stage: str, state: str
) -> None:
    item = replace(ITEM, stage="test") if stage == "live" else ITEM
    assert [one.state for one in tick([item], verdicts, stage)] == [state]
    assert [one.state for one in tick([replace(item, requirements=())], verdicts, stage)] == ["manual"]


def test_the_checklist_names_requirements_of_the_catalogue() -> None:
    named = {id for item in words().checklist for id in item.requirements}
    assert named
    assert named - catalogue().by_id.keys() <= PLANNED


PLANNED = {"CHECKOUT-11"}
