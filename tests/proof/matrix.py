"""The matrix: every row is run, and compared with what it says and with what is found without any defect."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.books.judging import AREA
from conformance.target.rows import LIMITS, Row, rows
from conformance.verdict.algebra import Verdict
from conformance.verdict.catalogue import Api, catalogue
from tests.proof.forking import Job, run
from tests.proof.judging import Shown, found, strays

DOCUMENT = "conformance.json"


@dataclass(frozen=True)
class Proved:
    """A row after its run: what was found of each requirement, and in what that differs from the row."""

    row: Row
    shown: Mapping[str, Shown]
    strays: Sequence[str]


def red(row: Row, ids: Sequence[str], folder: Path) -> Proved:
    """Run these requirements until the first FAIL of each; all of them pass without the defect.

    What the books show of the defect is shown by the scenarios of all that it breaks. Raises judging.NoVerdicts.
    """
    of_books = any(catalogue()[id].area == AREA for id in ids)
    narrowed = replace(row, turns_red=tuple(ids), warns=tuple(id for id in row.warns if id in ids))
    ids = [*ids, *(id for id in row.expected if of_books and id not in ids)]
    chosen = ("-p", "tests.proof.first_rows", f"--in-full={','.join(ids)}", *(f"--requirement={id}" for id in ids))
    shown = _found(Job(row.name, (*row.options, *chosen), str(folder)))
    judged = {id: one for id, one in shown.items() if id in narrowed.expected or id not in row.expected}
    return Proved(row, shown, strays(narrowed, judged, {id: Shown(Verdict.PASS) for id in judged}))


def prove(row: Row, without: Mapping[str, Shown], folder: Path, documents: Path) -> Proved:
    """Run the whole suite with the row's defect, and keep what was found among the documents. Raises NoVerdicts."""
    shown = _found(Job(row.name, row.options, str(folder)))
    own = documents / row.name
    own.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / DOCUMENT, own)
    return Proved(row, shown, strays(row, shown, without))


def without_defects(of: Row, folder: Path) -> Mapping[str, Shown]:
    """What all of the suite finds with no defect, on the stage and the generation of a row.

    As an earlier run left it in the folder, or of a new one.
    """
    job = Job(f"none {' '.join(of.account)}", (*of.account, *LIMITS), str(folder / unbroken(of)))
    return found(job, None) if (Path(job.folder) / DOCUMENT).exists() else _found(job)


def unbroken(of: Row) -> str:
    """The folder of the run without any defect on the stage and the generation of a row."""
    return f"none-{of.stage}" if of.api is Api.V1 else f"none-{of.stage}-{of.api}"


def kept_in(documents: Path, without: Mapping[str, Mapping[str, Shown]]) -> Iterator[Proved]:
    """The rows that have a document there; `without` is what is found without any defect, by folder (`unbroken`)."""
    for row in rows().values():
        if (documents / row.name / DOCUMENT).exists():
            shown = found(Job(row.name, (), str(documents / row.name)), None)
            yield Proved(row, shown, strays(row, shown, without[unbroken(row)]))


def _found(job: Job) -> Mapping[str, Shown]:
    [ended] = run([job])
    return found(job, ended)
