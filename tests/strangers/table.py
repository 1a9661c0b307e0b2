"""The table of the strangers: for each requirement what is right, beside what the suite said."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from conformance.verdict.algebra import Verdict
from conformance.verdict.catalogue import catalogue
from tests.strangers.running import Run
from tests.strangers.truth import NOT_RUN

WIDTH = 118
SHORT = {
    Verdict.PASS: "pass", Verdict.FAIL: "FAIL", Verdict.WARN: "WARN", Verdict.INCONCLUSIVE: "?",
    Verdict.REVIEW: "review", Verdict.NOT_APPLICABLE: "-", Verdict.ERROR: "ERROR", NOT_RUN: "none",
}  # fmt: skip


def table(runs: Sequence[Run], requirements: Sequence[str] = (), missing: Sequence[str] = ()) -> str:
    """The runs as columns, the requirements as rows; below it why what is undecided is so, and what differs.

    `missing` says of each run that could not be made why.
    """
    heads = [one.title for one in runs]
    widths = [max(len(head), 12) for head in heads]
    rows = [_row("", heads, widths), _row("", ["-" * width for width in widths], widths)]
    for id in requirements or catalogue().by_id:
        cells = [_cell(one, id) for one in runs]
        if any(cell not in ("", "-") for cell in cells):
            rows.append(_row(id, cells, widths))
    legend = "truth, or truth!verdict where they differ; ? is INCONCLUSIVE, - NOT_APPLICABLE"
    return "\n".join([*rows, "", legend, *_undecided(runs, requirements), *_different(runs, requirements, missing)])


def _row(id: str, cells: Sequence[str], widths: Sequence[int]) -> str:
    filled = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    return f"{id:12} {'  '.join(filled)}".rstrip()


def _cell(run: Run, id: str) -> str:
    if id not in run.truth.verdicts:
        return ""
    right, said = run.truth.verdicts[id].verdict, run.verdicts.get(id, NOT_RUN)
    return SHORT[right] if right == said else f"{SHORT[right]}!{SHORT[Verdict(said) if said != NOT_RUN else NOT_RUN]}"


def _undecided(runs: Sequence[Run], requirements: Sequence[str]) -> list[str]:
    """Why a verdict is INCONCLUSIVE, each reason once for those those it is about."""
    whose: dict[tuple[str, str], list[str]] = {}
    for run in runs:
        for id, right in run.truth.verdicts.items():
            if right.verdict is Verdict.INCONCLUSIVE and (not requirements or id in requirements):
                whose.setdefault((right.why, run.title), []).append(id)
    lines = [f"{title}, {', '.join(sorted(ids))}: {why}" for (why, title), ids in whose.items()]
    return ["", "Undecided, and why", *map(_wrapped, lines)] if lines else []


def _different(runs: Sequence[Run], requirements: Sequence[str], missing: Sequence[str]) -> list[str]:
    lines = []
    for run in runs:
        for id, (right, said) in run.differences(requirements).items():
            why = f" ({run.truth.verdicts[id].why})" if run.truth.verdicts[id].why else ""
            lines.append(f"{run.title} {id}: right is {right}{why}; the suite says {said}. {run.reasons.get(id, '')}")
        if not run.verdicts:
            lines.append(f"{run.title}: the run gave no verdicts. Its last words: {run.output.strip()[-1500:]}")
    untried = [f"not run: {why}" for why in missing]
    if lines:
        return ["", "Where the suite and the truth differ", *map(_wrapped, lines), *untried]
    those = " on those that were run" if missing else ""
    return [*(["", f"The suite and the truth agree{those}."] if runs else [""]), *untried]


def _wrapped(line: str) -> str:
    return textwrap.fill(line, WIDTH, initial_indent="  ", subsequent_indent="      ", break_long_words=False)
