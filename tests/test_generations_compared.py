"""A run on PortOne V1 and one on V2 of one merchant, side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from conformance.cli.report_verbs import FailOn, compare
from conformance.report.comparing import beside
from conformance.report.document import ConformanceDocument
from conformance.verdict.algebra import Verdict
from tests.fixtures.reported import document


def of(api: str, **verdicts: str) -> ConformanceDocument:
    made = document()
    only = {"WEBHOOK-21": "v1", "WEBHOOK-22": "v2"}
    requirements = [
        made.requirements[0].model_copy(
            update={"id": id, "verdict": Verdict(verdict), "api": only.get(id), "title": f"of {id}"}
        )
        for id, verdict in ((name.replace("_", "-"), verdict) for name, verdict in verdicts.items())
    ]
    return made.model_copy(update={"api": api, "requirements": requirements})


V1 = of("v1", WEBHOOK_01="PASS", WEBHOOK_21="FAIL", WEBHOOK_22="NOT_APPLICABLE")
V2 = of("v2", WEBHOOK_01="FAIL", WEBHOOK_21="NOT_APPLICABLE", WEBHOOK_22="PASS")


@pytest.mark.parametrize("runs", [(V1, V2), (V2, V1)], ids=["in order", "turned round"])
def test_what_both_have_comes_first_and_then_what_one_has(
    runs: tuple[ConformanceDocument, ConformanceDocument],
) -> None:
    head, _, *lines = beside(*runs)
    assert head.split() == ["V1", "V2"]
    assert [line.split() for line in lines] == [
        ["WEBHOOK-01", "PASS", "FAIL", "of", "WEBHOOK-01"],
        ["WEBHOOK-21", "FAIL", "of", "WEBHOOK-21"],
        ["WEBHOOK-22", "PASS", "of", "WEBHOOK-22"],
    ]


def test_two_runs_of_one_generation_are_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("old", "new"):
        (tmp_path / f"{name}.json").write_text(V1.as_json(), "utf-8")
    with pytest.raises(typer.Exit):
        compare([tmp_path / "old.json", tmp_path / "new.json"], None, FailOn.NEVER, api=True)
    told = capsys.readouterr().err
    assert told.strip().endswith("compare --api: both runs are of PortOne V1: name one of each generation")


def test_a_document_from_before_is_of_v1(tmp_path: Path) -> None:
    old = json.loads(V1.as_json())
    del old["api"]
    (tmp_path / "old.json").write_text(json.dumps(old), "utf-8")
    assert ConformanceDocument.model_validate_json((tmp_path / "old.json").read_bytes()).api == "v1"
