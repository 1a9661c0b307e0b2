"""Storms as the tests make them: few orders, in a temporary folder, told as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.report.storm_document import StormDocument
from tests import forks

SHORT = ("--rate=10", "--seconds=4", "--look-up-delay=0.5", "--recover=5", "--limit-scale=0.2")
"""40 orders, and limits of 6 s for a webhook and 5 s for the rest. What a defect shows in it is counted, or waits for
time-outs and delays that are the same on every machine."""
SLOWER = {"asks-again-at-once": ("--look-up-delay=1.0",)}
"""What a defect needs besides."""
LIMIT_SECONDS = 300.0


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
        return StormDocument.model_validate_json((self.folder / "storm.json").read_bytes())


def make(folder: Path, *options: str, where: Path = forks.ROOT, environ: Mapping[str, str] | None = None) -> Made:
    """Run `conformance storm` with these options from a folder, its reports in another."""
    command = ("conformance", "storm", f"--out={folder}", *options)
    ended = forks.run(*command, folder=where, environ=environ, limit_seconds=LIMIT_SECONDS)
    return Made(ended.returncode, ended.stdout, ended.stderr, folder)
