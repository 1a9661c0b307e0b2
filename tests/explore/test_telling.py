"""Stories are told as their scenarios are, what is wrong in them is found, and they are made as short as can be."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.explore import shortening, stories
from conformance.explore.running import KNOWN, Explorer
from conformance.explore.tally import Bounds
from conformance.explore.telling import Telling, told
from conformance.record.redaction import Redaction
from conformance.record.timeline import Timeline
from conformance.target.embedded import embedded
from conformance.target.options import RunOptions
from conformance.target.target import Target

PAID, AGAIN = "Given an order that was paid", "When PortOne delivers its webhook 2 more times"
CANCELS = "When the Operator cancels its payment in PortOne's console"
HELD_UP = "When PortOne's webhooks are held up from now on"
LATE: Sequence[str] = (
    "Given an order whose payment was not reported yet",
    "When PortOne holds back what its webhook has the merchant look up",
    "When the Operator cancels its payment in PortOne's console",
    "When PortOne lets go what it held back",
)
STORIES: dict[str, tuple[Sequence[str], str, str]] = {
    "a webhook again": ((PAID, AGAIN), "fulfils-each-time", "MONEY-03"),
    "at the same moment": (
        (
            "Given an order whose payment was not reported yet",
            "When PortOne delivers its webhook 4 times at the same moment",
        ),
        "fulfils-each-time",
        "MONEY-03",
    ),
    "a look-up that is late": (LATE, "lets-the-last-write-win", "WEBHOOK-15"),
    "a webhook that comes while one looks": (LATE, "drops-what-comes-while-it-looks", "WEBHOOK-13"),
    "a refund twice at once": (
        (PAID, "When the Merchant is asked 3 times at the same moment to refund it"),
        "asks-before-it-notes",
        "MONEY-04",
    ),
    "a part twice at once": (
        (PAID, "When the Merchant is asked 3 times at the same moment to refund a third of it"),
        "asks-twice-for-a-part",
        "MONEY-04",
    ),
    "time while it waits": (
        ("Given an order that is waiting for cancellation", "When two days pass"),
        "cancels-after-a-day",
        "MONEY-04",
    ),
    "a failure that is late": (
        (
            "Given an order whose payment is under review, and which the merchant has seen fail",
            "When PortOne holds back what a forged webhook has the merchant look up",
            "When Paymentwall approves the payment at once",
            "When PortOne lets go what it held back",
        ),
        "lets-a-late-failure-undo",
        "WEBHOOK-15",
    ),
    "another order's cancellation": (
        (PAID, PAID, "When the Operator cancels its payment in PortOne's console"),
        "cancels-the-neighbour-too",
        "MONEY-04",
    ),
    "what comes late": (
        (PAID, "When a late notice and the Merchant's own job come after its end"),
        "hands-over-again-when-it-reconciles",
        "MONEY-05",
    ),
}


@contextmanager
def broken(defect: str) -> Iterator[Target]:
    with embedded(Timeline(Redaction()), RunOptions(shop_defects=[defect])) as target:
        target.watch()
        yield target


def tell(target: Target, texts: Sequence[str]) -> Telling:
    telling = told(target, texts, KNOWN)
    assert telling is not None, "each sentence makes sense where it is said"
    assert not telling.broke_off
    return telling


@pytest.mark.parametrize(("texts", "defect", "requirement"), STORIES.values(), ids=STORIES)
def test_a_story_is_found_wrong_with_its_defect_and_right_without(
    shop: Target, texts: Sequence[str], defect: str, requirement: str
) -> None:
    assert tell(shop, texts).found == []
    with broken(defect) as target:
        telling = shortening.again(target, texts, KNOWN, {requirement})
    assert telling is not None


UNTOLD = {
    "a forged webhook is not PortOne's when it comes again": [
        "Given an order that is waiting for cancellation",  # tickets take days from here on
        PAID,
        CANCELS,
        HELD_UP,
        "When the Attacker reports that payment as cancelled",
        "When PortOne delivers its last webhook 1 more times",
        "When Paymentwall accepts the ticket three days later",
    ],
    "the webhook about a part says nothing of the rest": [
        PAID,
        "When the Operator cancels a third of its payment in PortOne's console",
        HELD_UP,
        CANCELS,
    ],
}
"""Stories in which the merchant was not told what became of the payment: it is right to say something else."""


@pytest.mark.parametrize("texts", UNTOLD.values(), ids=UNTOLD)
def test_a_merchant_that_was_not_told_is_not_blamed(shop: Target, texts: Sequence[str]) -> None:
    assert tell(shop, texts).found == []


def test_a_sentence_that_makes_no_sense_there_is_not_said(shop: Target) -> None:
    assert told(shop, ["Given an order", AGAIN], KNOWN) is None


def test_a_call_that_gets_no_answer_comes_once_in_a_story(shop: Target) -> None:
    silent = "When the Merchant is asked to refund a third of it, and PortOne never answers"
    telling = tell(shop, ["Given an order that was paid", silent])
    assert telling.found == []
    assert not KNOWN[silent].is_ready(telling.scene)
    other = "When the Merchant is asked to refund a third of it, and its request is lost"
    assert KNOWN[other].is_ready(telling.scene)


def test_what_is_held_back_and_up_at_the_end_is_let_go_by_sentences_of_the_story(shop: Target) -> None:
    held = [LATE[0], LATE[1]]
    assert tell(shop, held).said == [*held, "When PortOne lets go what it held back"]
    up = ["Given an order", HELD_UP, "When a buyer pays it by card"]
    assert tell(shop, up).said == [*up, "When the webhooks that were held up come in their order"]


def test_a_story_is_shortened_to_what_cannot_be_left_out() -> None:
    first, second = (f"Given it is about the {nth} order again" for nth in ("first", "second"))
    paid = "When PortOne reports its payment"
    detour = ("Given an order", first, paid, second, paid, AGAIN)
    with broken("fulfils-each-time") as target:
        long = shortening.again(target, ["Given an order", *detour], KNOWN, {"MONEY-03"})
        assert long is not None
        short = shortening.shortest(target, long, KNOWN, time.monotonic() + 60)
    assert len(short.said) == 2
    assert short.said[0] == PAID
    assert short.found


def test_exploring_finds_a_defect_and_keeps_its_story_which_is_told_first_afterwards(
    shop: Target, tmp_path: Path
) -> None:
    with broken("fulfils-each-time") as target:
        explorer = Explorer(target, tmp_path, Redaction())
        ended = explorer.explore(Bounds(time.monotonic() + 60), 3)
        assert ended.story is not None
        assert ended.file is not None
        assert ended.tally.steps >= len(ended.story.sentences)
        assert {one.requirement for one in ended.story.found} & {"MONEY-03", "MONEY-05"}
        again = explorer.explore(Bounds(time.monotonic() + 60), 3)
    assert again.again == {ended.file.name: True}
    assert again.tally.stories == 0, "it was told before anything new"
    explorer = Explorer(shop, tmp_path, Redaction())
    gone = explorer.explore(Bounds(stories=2), 3)
    assert gone.again == {ended.file.name: False}
    assert gone.tally.stories == 2
    assert explorer.replay(stories.read(ended.file, KNOWN)).story is None


def test_a_seed_tells_the_same_stories(shop: Target, tmp_path: Path) -> None:
    explorer = Explorer(shop, tmp_path, Redaction())
    first, second = (explorer.explore(Bounds(stories=3), 11).tally.used for _ in range(2))
    assert first == second
    assert first
