"""The plan of a run with real money, for whoever wants to see it before: scenarios are collected, and none is run."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout

import pytest

from conformance.machine import interrupts
from conformance.real.plan import Plan, told_in_full
from conformance.verdict.catalogue import Stage
from fixtures.options import FEATURES, REAL_TARGETS
from fixtures.planning import PLAN

_QUIET = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # this process has imported what pytest would rewrite


class CannotPlan(Exception):
    """There is no plan to be made; the text is one line: what, where, what to do."""


class _Kept:
    """Takes the plan out of pytest's session."""

    plan: Plan | None = None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """The plan was made by now."""
        self.plan = session.config.stash.get(PLAN, None)


def lines(config: str | None, target: str | None, stage: Stage | None) -> Iterator[str]:
    """The plan, line by line. Raises CannotPlan."""
    kept, said = _Kept(), io.StringIO()
    asked = [f"--config={config}"] if config else []
    asked += [f"--target={target}"] if target else []
    asked += [f"--stage={stage}"] if stage else []
    with redirect_stdout(said), redirect_stderr(said):
        code = pytest.main(["--collect-only", "-q", *_QUIET, *asked, str(FEATURES)], plugins=[kept])
    if by := interrupts.came():
        raise interrupts.Interrupted(interrupts.in_words(by))
    if kept.plan is None:
        errors = [line.removeprefix("ERROR: ") for line in said.getvalue().splitlines() if line.startswith("ERROR: ")]
        if errors or code != pytest.ExitCode.OK:
            raise CannotPlan(errors[0] if errors else said.getvalue().strip().splitlines()[-1])
        raise CannotPlan(f"only {' and '.join(sorted(REAL_TARGETS))} charge real money: name one with --target")
    yield from told_in_full(kept.plan)
