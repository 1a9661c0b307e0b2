"""The plan of a run with real money, for whoever wants to see it before: scenarios are collected, and none is run."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from conformance.machine import interrupts
from conformance.machine.places import FEATURES
from conformance.verdict.algebra import ExitCode
from conformance.verdict.catalogue import Stage

_PYTESTS_OWN = "ERROR: "
"""What pytest puts before the line that says why it does not run."""


class CannotPlan(Exception):
    """There is no plan to be made; the text is one line: what, where, what to do."""


def lines(config: str | None, target: str | None, stage: Stage | None) -> Sequence[str]:
    """The plan, line by line. Raises CannotPlan."""
    asked = [f"--config={config}"] if config else []
    asked += [f"--target={target}"] if target else []
    asked += [f"--stage={stage}"] if stage else []
    with tempfile.TemporaryDirectory(prefix="plan-") as folder:
        file = Path(folder) / "plan"
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", f"--plan-to={file}", *asked, str(FEATURES)]
        ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        if by := interrupts.came():
            raise interrupts.Interrupted(interrupts.in_words(by))
        if file.exists():
            return file.read_text("utf-8").splitlines()
    said = [line for line in (*ended.stdout.splitlines(), *ended.stderr.splitlines()) if line.strip()]
    if said and ended.returncode == ExitCode.REFUSED:
        raise CannotPlan(said[-1].removeprefix(_PYTESTS_OWN))
    if ended.returncode != ExitCode.OK:
        raise CannotPlan(said[-1] if said else f"pytest ended with {ended.returncode}")
    raise CannotPlan("only golive and sandbox charge real money: name one with --target")
