"""How fast stories are told: a step of `explore` beside a purchase of the bare script, in turn, in the same process.

Run it with `python -m benchmarks.exploring`. A bare purchase is four requests (order, pay, idle, read) with all that
emulator and shop do for them; a step is a sentence and both books after it. Quote the ratio, not the seconds: the aim
is one for two idle cores.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from statistics import median

import typer

from benchmarks.bare import Script, opened
from conformance.explore.machine import explored
from conformance.explore.sentences import possible
from conformance.explore.tally import Bounds
from conformance.explore.vocabulary import VOCABULARY
from conformance.record.redaction import Redaction
from conformance.record.timeline import Timeline
from conformance.target.embedded import embedded
from conformance.target.options import RunOptions
from conformance.target.target import Target

AIM = 150.0
"""Steps a second."""
PURCHASES = 40
REQUESTS = 4
"""Of the script, for one purchase."""


def per_step(target: Target, steps: int, seed: int) -> float:
    """The seconds of one step of so many."""
    phrases = possible(VOCABULARY, target.capabilities)
    began = time.perf_counter()
    ended = explored(target, phrases, Bounds(steps=steps), seed)
    if ended.telling is not None:
        raise SystemExit(f"The shop was found wrong: {ended.telling.said}, {ended.telling.found}")
    return (time.perf_counter() - began) / ended.tally.steps


def per_purchase(script: Script) -> float:
    """The seconds of one purchase of the bare script."""
    script.reset()
    began = time.perf_counter()
    for _ in range(PURCHASES):
        script.paid()
    return (time.perf_counter() - began) / PURCHASES


def main(rounds: int = 5, steps: int = 300) -> None:
    """Run both in turn, and print medians and the ratio of each pair."""
    told, bare = [], []
    with ExitStack() as stack:
        target = stack.enter_context(embedded(Timeline(Redaction()), RunOptions()))
        target.watch()
        script, *_ = opened(stack)
        per_step(target, steps // 10, 0)
        for number in range(rounds):
            told.append(per_step(target, steps, number + 1))
            bare.append(per_purchase(script))
            print(
                f"round {number + 1}: {1 / told[-1]:.1f} steps/s, {1 / bare[-1]:.1f} bare purchases/s "
                f"({REQUESTS / bare[-1]:.0f} requests/s), a step costs {told[-1] / bare[-1]:.2f} purchases",
                flush=True,
            )
    ratio = median(step / purchase for step, purchase in zip(told, bare, strict=True))
    print(f"median: {1 / median(told):.1f} steps/s (aim {AIM:g}); a step costs {ratio:.2f} bare purchases")


if __name__ == "__main__":
    typer.run(main)
