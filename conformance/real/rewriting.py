"""Writes a run's reports anew when a person has put back what it changed: RUN-03 was REVIEW until then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from conformance.real.bookkeeping import ChargeBooks
from conformance.real.run_verdicts import AS_BEFORE, judged
from conformance.report import merging
from conformance.report.comparing import DocumentNotReadable, read_document
from conformance.settings.conformance_toml import Settings
from conformance.target.waits import REPORTS, beside, folder_of
from conformance.verdict import reasons
from conformance.verdict.algebra import Verdict

NONE_LEFT = "its reports were overwritten or moved away, so they are as they were; the ledger has it"


def rewritten(books: ChargeBooks, runs: Sequence[str], settings: Settings) -> list[str]:
    """Write the reports of these runs anew, wherever they are kept, and say what they come to now, in lines."""
    return [line for run in runs for line in _of_run(books, run, settings)]


def _of_run(books: ChargeBooks, run: str, settings: Settings) -> Iterator[str]:
    verdict, causes = judged(books, run, ())[AS_BEFORE]
    reason = reasons.told(causes)
    if not run or verdict is not Verdict.PASS:  # another setting of it is to be put back
        return
    kept = folder_of(settings) / run / REPORTS  # what `resume` goes on from
    folders = [kept]
    if told := books.runs.get(run, {}).get("reports"):
        folders = [Path(told), beside(Path(told), run), kept]
    found = [folder for folder in folders if _has(folder, run)]
    for folder in found:
        try:
            document, _ = merging.judge_anew(folder, {AS_BEFORE: (verdict, causes)})
        except OSError as error:
            yield f"{error.filename or folder}: {error.strerror or error}; the ledger has it"
            continue
        if folder != kept or found == [kept]:
            yield f"{document.conclusion}  {AS_BEFORE} is PASS, {reason}; {folder}"
    if not found:
        yield f"{AS_BEFORE} of run {run} is PASS, {reason}; {NONE_LEFT}"


def _has(folder: Path, run: str) -> bool:
    """Whether these are the run's reports, and not those of another one that was written there since."""
    try:
        return read_document(folder).run == run
    except DocumentNotReadable:
        return False
