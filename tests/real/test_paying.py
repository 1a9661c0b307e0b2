"""Every sentence that pays is known to the plan: one that is not would charge what nobody agreed to."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from conformance.network.receiver import WebhookReceiver
from conformance.real.paying import BoundSentence, Costs, costs_of, needs_card
from conformance.real.provider import RealProvider
from conformance.verdict.catalogue import Probe, catalogue
from conformance.verdict.features import RawScenario, read_features
from conformance.verdict.showing import NEEDS, WHERE
from fixtures.planning import read_as

MERCHANTS = frozenset(Probe) - frozenset(
    {Probe.API, Probe.JOURNAL, Probe.CONSOLE, Probe.CLOCK, Probe.METHODS, Probe.FAULTS, Probe.TICKETS}
)
FREE = (
    r"the order is .*(paid|unpaid)",
    r"each order is paid",
    r"the Buyer goes to pay it",
    r"the Attacker reports .*",
    r"the Attacker's browser claims .*",
    r"PortOne reports a payment in .*",
    r"the payment goes through",
    r"the channel that it names takes (test|live) payments",
    r"the request (asks for no test payment method|names the Paymentwall channel)",
    r"the test payment method is not among it",
    r"an order whose payment the buyer broke off",
    r"one of them takes payments through Paymentwall",
    r"its merchant_uid is not asked for again",
    r"the Operator looks the payment up with its extension",
    r"the Buyer tries to pay it again",
    r"PortOne sends a webhook about its payment, of an unknown type",
)
"""Sentences that speak of paying and pay nothing."""


def read_as_any(text: str) -> BoundSentence:
    """As a Given, a When or a Then: the only one that has this sentence."""
    return next(
        (said for type in ("given", "when", "then") if (said := read_as(type, text)) != BoundSentence()),
        BoundSentence(),
    )


def runnable() -> Iterator[RawScenario]:
    """The scenarios that some real target can run."""
    offered = RealProvider.capabilities | WebhookReceiver.capabilities | MERCHANTS
    for scenario in read_features():
        tagged = {
            Probe(tag.removeprefix(before))
            for before in (NEEDS, WHERE)
            for tag in scenario.tags
            if tag.startswith(before)
        }
        cited = [catalogue()[tag] for tag in scenario.tags if tag in catalogue()]
        if tagged.union(*(requirement.probes for requirement in cited)) <= offered:
            yield scenario


def test_every_sentence_that_speaks_of_paying_is_known_to_pay_or_not_to() -> None:
    scenarios = list(runnable())
    assert len(scenarios) > 25
    spoken = {
        step for scenario in scenarios for step in scenario.steps if re.search(r"\bpa(y|id)|report|acts on", step.text)
    }
    unknown = {
        step.text
        for step in spoken
        if not costs_of([read_as(step.type, step.text)]).pays
        and not any(re.fullmatch(free, step.text) for free in FREE)
    }
    assert not unknown


@pytest.mark.parametrize(
    ("sentences", "costs"),
    [
        (["an order", "PortOne reports its payment", "the order is paid"], Costs(own=1)),
        (["a merchant who acts on webhooks", "an order"], Costs(shared=frozenset({"acts on webhooks"}))),
        (['an order that a buyer from "JP" paid'], Costs(own=1, countries=frozenset({"JP"}))),
        (["an order in a currency with 0 decimals", "PortOne reports its payment"], Costs(own=1, decimals=0)),
        (["10 orders whose payments were not reported yet"], Costs(own=10)),
        (["an order", "the Buyer goes to pay it"], Costs()),
        (["the Attacker sends a list", "the merchant answers without a server error"], Costs(own=1)),
    ],
)
def test_a_scenario_costs_what_its_sentences_pay(sentences: list[str], costs: Costs) -> None:
    assert costs_of([read_as_any(text) for text in sentences]) == costs


@pytest.mark.parametrize(
    ("id", "by_card"), [("CANCEL-02", True), ("CHECKOUT-06", True), ("CHECKOUT-18", True), ("WEBHOOK-01", False)]
)
def test_a_card_is_charged_only_where_nothing_else_answers(id: str, by_card: bool) -> None:
    assert needs_card([id]) is by_card
