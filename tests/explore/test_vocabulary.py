"""The sentences of stories are those of the steps, to the letter, and each is known by its words alone."""

from __future__ import annotations

import importlib

import pytest

from conformance.explore.sentences import by_text, gherkin, left_out, possible
from conformance.explore.vocabulary import GROUPS, VOCABULARY
from conformance.verdict.catalogue import Probe
from conformance.verdict.features import Place, RawStep
from fixtures.gate import StepDefinition, step_definitions

STEPS = ("attacker", "books", "merchant", "merchant_open_orders", "merchant_refunds", "operator", "paymentwall")
EVERY = by_text(VOCABULARY)


@pytest.fixture(scope="module")
def definitions() -> list[StepDefinition]:
    for name in (*STEPS, "portone", "stories"):
        importlib.import_module(f"steps.{name}")
    return step_definitions()


def test_each_sentence_is_one_step_that_a_scenario_can_have(definitions: list[StepDefinition]) -> None:
    wrong = []
    for said in EVERY:
        keyword, _, text = said.partition(" ")
        step = RawStep(keyword.lower(), text, Place("story", 1))
        matching = [one.function for one in definitions if one.matches(step)]
        wrong += [f"{said}: {matching}"] if len(matching) != 1 else []
    assert len(EVERY) > 100
    assert not wrong


def test_no_sentence_can_be_said_by_two_of_them() -> None:
    said = [str(one) for sentence in VOCABULARY for one in sentence.every]
    assert len(said) == len(set(said)) == len(EVERY)
    assert sum(map(len, GROUPS)) == len(VOCABULARY)


def test_what_a_target_lacks_is_left_out_and_named_with_what_it_would_take() -> None:
    without = frozenset(Probe) - {Probe.FAULTS}
    able = possible(VOCABULARY, without)
    lacking = left_out(VOCABULARY, without)
    assert list(lacking) == [Probe.FAULTS]
    assert "the Merchant is asked to refund it, and {trouble}" in lacking[Probe.FAULTS]
    assert len(able) + len(lacking[Probe.FAULTS]) == len(VOCABULARY)
    assert all(Probe.FAULTS not in one.needs for one in able)


def test_a_keyword_that_comes_again_is_written_as_and() -> None:
    texts = ("Given an order", "Given an order", "When two days pass", "Given an order")
    assert gherkin(texts) == ("Given an order", "And an order", "When two days pass", "Given an order")
