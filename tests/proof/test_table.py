"""The page of the proof agrees with the rows, and every command in it can be typed."""

from __future__ import annotations

import re
import shlex

import pytest

from conformance.target.rows import Row, every_row, rows
from conformance.verdict.algebra import Verdict
from conformance.verdict.catalogue import Api, catalogue
from tests.proof.table import PAGE, page


def test_the_committed_page_is_what_the_rows_say() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `make proof`, which proves the rows and writes the page anew"


def test_the_page_has_every_defect_with_its_sentence_its_red_and_its_command() -> None:
    sections = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##)", page(), re.DOTALL | re.MULTILINE))
    assert sections.keys() == {row.defect for row in every_row().values()}
    for row in every_row().values():
        section = sections[row.defect]
        assert row.sentence in section
        said = next(line for line in section.splitlines() if _is_about(row.api, line))
        assert dict(re.findall(r"([A-Z]+-\d\d) ([A-Z_]+)[,.]", said)) == {
            id: str(verdict) for id, verdict in row.expected.items()
        }
        assert f"\n    {row.command}\n" in section


def _is_about(api: Api, line: str) -> bool:
    generations, red, _ = line.partition("Red: ")
    return bool(red) and api.upper() in generations


def test_a_defect_of_one_generation_or_with_another_red_on_v2_says_why() -> None:
    told, every = page(), every_row()
    for name, row in every.items():
        on_v2 = every.get(f"{row.defect}@v2")
        if row.api is Api.V1 and (on_v2 is None or on_v2.turns_red != _applying(row)):
            assert (on_v2 or row).differs, name
            assert (on_v2 or row).differs in told, name


def _applying(row: Row) -> tuple[str, ...]:
    return tuple(id for id in row.turns_red if catalogue()[id].api in (None, Api.V2))


def test_a_field_names_the_generation_where_the_other_is_not_red() -> None:
    area = page().partition("## MONEY")[2]
    header = re.search(r"^\| MONEY \| on \| (.*) \|$", area, re.MULTILINE)
    line = re.search(r"^\| \[keeps-a-second-payment-silently\]\S+ \| V1 V2 \| (.*) \|$", area, re.MULTILINE)
    assert header
    assert line
    marks = dict(zip(header[1].split(" | "), line[1].split(" | "), strict=True))
    assert marks["03"] == "● V1"


def test_the_table_marks_what_a_row_turns_red() -> None:
    header = re.search(r"^\| CANCEL \| on \| (.*) \|$", page(), re.MULTILINE)
    line = re.search(r"^\| \[takes-http-200-for-yes\]\S+ \| V1 \| (.*) \|$", page(), re.MULTILINE)
    assert header
    assert line
    marks = dict(zip(header[1].split(" | "), line[1].split(" | "), strict=True))
    assert {number for number, mark in marks.items() if mark.strip()} == {"07"}
    assert marks["07"] == "●"


@pytest.mark.parametrize("row", rows().values(), ids=rows())
def test_the_command_of_a_row_starts_what_the_proof_runs(row: Row) -> None:
    make, arguments = shlex.split(row.command)[0], shlex.split(row.command)[2]
    assert make == "make"
    typed = arguments.removeprefix("ARGS=").split()
    assert typed[:2] == [f"--{row.kind}-defect", row.defect]
    stage = [] if row.stage == "test" else ["--stage", row.stage]
    assert typed[2:] == stage + ([] if row.api == "v1" else ["--api", row.api])


def test_only_a_may_is_marked_as_not_applicable() -> None:
    for row in every_row().values():
        for id, verdict in row.expected.items():
            assert (verdict is Verdict.NOT_APPLICABLE) == (catalogue()[id].level == "MAY"), row.name
