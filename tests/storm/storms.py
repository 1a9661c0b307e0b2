"""Storms as the tests make them: few orders, in a temporary folder, told as data."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.report.storm_document import StormDocument
from tests import forks

ORDERS, RATE, SECONDS, LOOK_UP_SECONDS, RECOVER_SECONDS, LIMIT_SCALE = 40, 10.0, 4.0, 0.5, 5.0, 0.2
SLOWER = {"asks-again-at-once": 2.0}
"""How many times as slow look-ups are for a defect that needs it."""
LIMIT_SECONDS = 600.0
_LOOPS, _USUAL_SECONDS = 3_000_000, 0.15
_MOST_TIMES = 4.0
"""Beyond it a defect would not wait longer than PortOne does: the pool's 30 s."""


def times_as_slow() -> float:
    """How many times as long as usual this machine takes now for the same work, other work that it does included."""
    began = time.monotonic()
    sum(number & 1 for number in range(_LOOPS))
    return min(max(1.0, (time.monotonic() - began) / _USUAL_SECONDS), _MOST_TIMES)


def short(defect: str = "") -> list[str]:
    """The options of a storm of 40 orders with short limits: 6 s for a webhook, 5 s for the rest.

    Every time is as many times longer as the machine is slower, and the rate as many times lower: as many orders are
    under way at once on any machine, and what a defect shows is counted, or waits for delays and time-outs.
    """
    times = times_as_slow()
    look_up = LOOK_UP_SECONDS * SLOWER.get(defect, 1.0) * times
    return [
        f"--rate={RATE / times}",
        f"--seconds={SECONDS * times}",
        f"--look-up-delay={look_up}",
        f"--recover={RECOVER_SECONDS * times}",
        f"--limit-scale={LIMIT_SCALE * times}",
    ]


@dataclass(frozen=True)
class Made:
    """How a storm ended; what is told on the way is no part of it."""

    code: int
    stdout: str
    stderr: str
    folder: Path

    @property
    def document(self) -> StormDocument:
        """What it wrote."""
        written = self.folder / "storm.json"
        assert written.exists(), f"it ended with {self.code}:\n{self.stdout}{self.stderr}"
        return StormDocument.model_validate_json(written.read_bytes())


def make(folder: Path, *options: str, where: Path = forks.ROOT, environ: Mapping[str, str] | None = None) -> Made:
    """Run `conformance storm` with these options from a folder, its reports in another."""
    command = ("conformance", "storm", f"--out={folder}", *options)
    ended = forks.run(*command, folder=where, environ=environ, limit_seconds=LIMIT_SECONDS)
    return Made(ended.returncode, ended.stdout, ended.stderr, folder)
