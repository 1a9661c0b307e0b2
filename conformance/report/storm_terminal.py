"""The end of a storm in the terminal: each requirement, percentiles, what is owed, and whether the merchant held."""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.report.storm_document import StormDocument
from conformance.report.terminal import STYLES
from conformance.verdict.algebra import Verdict
from conformance.verdict.catalogue import Api

_WIDTH = 110
_ASKED = {
    "webhook": "webhooks answered",
    "place": "orders placed",
    "read": "orders read",
    "refund": "refunds asked for",
}


def lines(document: StormDocument, files: Sequence[Path], *, in_colour: bool = False) -> list[str]:
    """The summary, line by line; `files` are the reports."""
    console = Console(file=StringIO(), width=_WIDTH, force_terminal=in_colour, no_color=not in_colour, highlight=False)
    with console.capture() as captured:
        _show(document, files, console)
    return [line.rstrip() for line in captured.get().splitlines()]


def _show(document: StormDocument, files: Sequence[Path], console: Console) -> None:
    console.print()
    for one in document.requirements:
        assert one.verdict is not None
        console.print(Text(f"{one.verdict:<14} {one.id}  {one.title}", style=STYLES[one.verdict]))
        for line in one.reason.splitlines():
            console.print(Padding(Text(line), (0, 0, 0, 2)))
        if one.reason and one.verdict is not Verdict.INCONCLUSIVE:
            console.print(Padding(Text(f"Remedy: {one.remedy}", style="italic"), (0, 0, 0, 2)))
    if document.answers:
        console.print()
        console.print(_table(document))
    if document.tried:
        console.print()
        console.print(_search(document))
    if document.owed:
        console.print()
        console.print(
            Text(f"Paid, with neither goods nor money: {', '.join(document.owed)}", style=STYLES[Verdict.FAIL])
        )
    console.print()
    console.print(_conclusion(document))
    for file in files:
        console.print(Text(f"  {os.path.relpath(file)}"))


def _table(document: StormDocument) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Answers")
    for head in ("number", "failed", "p50", "p95", "p99", "longest"):
        table.add_column(head, justify="right")
    for one in document.answers:
        took = (f"{seconds:.2f} s" for seconds in (one.p50, one.p95, one.p99, one.longest))
        table.add_row(_ASKED[one.what], str(one.number), str(one.failed or "·"), *took)
    return table


def _search(document: StormDocument) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in ("orders/s", "reached", "slowest webhook", "held"):
        table.add_column(head, justify="right")
    table.add_column("")
    for one in document.tried:
        style = STYLES[Verdict.PASS if one.held else Verdict.FAIL]
        held = Text("yes" if one.held else "no", style=style)
        table.add_row(f"{one.rate:g}", f"{one.reached:.1f}", f"{one.slowest_seconds:.2f} s", held, one.why)
    return table


def _conclusion(document: StormDocument) -> Text:
    words, style = ("HELD", STYLES[Verdict.PASS]) if document.held else ("DID NOT HOLD", STYLES[Verdict.FAIL])
    spoken = "" if document.api is Api.V1 else f", PortOne {document.api.upper()}"
    line = Text.assemble(
        (words, style), f"  target {document.target}, stage {document.stage}{spoken}, {document.seconds:.1f} s: "
    )
    line.append(f"{document.placed} of {document.shape.orders} orders at {document.reached_rate:g} a second")
    if document.tried:
        holds = "no rate" if document.holds_at is None else f"{document.holds_at:g} a second"
        breaks = (
            "it broke at none that was tried" if document.breaks_at is None else f"it broke at {document.breaks_at:g}"
        )
        line.append(f"; held at {holds}, {breaks}")
    return line
