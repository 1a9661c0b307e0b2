"""A run that is forked finds what a run in a process of its own finds, and nothing of it outlives it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.machine.commands import TIMED_OUT
from conformance.verdict.algebra import Verdict
from tests import forks
from tests.proof import forking
from tests.proof.forking import Job, printed, run
from tests.proof.judging import NoVerdicts, found

RED = ("--shop-defect", "takes-http-200-for-yes", "-m", "CANCEL-06 or CANCEL-07 or CANCEL-20")


def job(folder: Path, name: str, *arguments: str) -> Job:
    return Job(name, arguments, str(folder / name))


@pytest.mark.proof
def test_forked_or_not_a_run_finds_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forked, spawned = job(tmp_path, "forked", *RED), job(tmp_path, "spawned", *RED)
    [first] = run([forked])
    monkeypatch.setattr(forks, "_BY_FORK", False)
    [second] = run([spawned])
    assert first.status == second.status == pytest.ExitCode.TESTS_FAILED
    verdicts = [
        {id: shown.verdict for id, shown in found(one, end).items()}
        for one, end in ((forked, first), (spawned, second))
    ]
    assert verdicts[0] == verdicts[1]
    assert verdicts[0] == {"CANCEL-06": Verdict.PASS, "CANCEL-07": Verdict.FAIL, "CANCEL-20": Verdict.INCONCLUSIVE}


def test_runs_do_not_see_each_others_defects(tmp_path: Path) -> None:
    jobs = [job(tmp_path, "red", *RED), job(tmp_path, "green", *RED[2:])]
    ended = {one.name: one.status for one in run(jobs, at_once=1)}
    assert ended == {"red": 1, "green": 0}


def test_a_run_that_hangs_is_ended_and_said_to_have_hung(tmp_path: Path) -> None:
    [ended] = run([job(tmp_path, "all of it")], limit_seconds=1)
    assert ended.status == TIMED_OUT
    assert ended.seconds < forking.LIMIT_SECONDS


def test_a_run_without_verdicts_says_what_it_printed(tmp_path: Path) -> None:
    wrong = job(tmp_path, "wrong", "--area", "NOWHERE")
    [ended] = run([wrong])
    assert "--area NOWHERE: there is no such name" in printed(wrong)
    with pytest.raises(NoVerdicts, match="--area NOWHERE: there is no such name"):
        found(wrong, ended)


def test_of_an_outline_that_is_about_something_else_the_first_row_is_run(tmp_path: Path) -> None:
    few = job(tmp_path, "few", "-p", "tests.proof.first_rows", "--in-full=WEBHOOK-13", "-m", "WEBHOOK-13 or WEBHOOK-20")
    list(run([few]))
    document = json.loads((tmp_path / "few" / "conformance.json").read_text("utf-8"))
    counted = {found["id"]: len(found["scenarios"]) for found in document["requirements"] if found["scenarios"]}
    assert counted["WEBHOOK-20"] == 1
    assert counted["WEBHOOK-13"] > 1


def test_of_what_failed_nothing_more_is_run_and_of_what_only_warns_all(tmp_path: Path) -> None:
    red = ("--shop-defect=fails-on-nonsense", "--shop-defect=waits-for-ever", "-m", "WEBHOOK-17 or WEBHOOK-20")
    few = job(tmp_path, "few", "-p", "tests.proof.first_rows", "--in-full=WEBHOOK-17,WEBHOOK-20", *red)
    list(run([few]))
    document = json.loads((tmp_path / "few" / "conformance.json").read_text("utf-8"))
    ran = {found["id"]: [one["outcome"] for one in found["scenarios"]] for found in document["requirements"]}
    assert ran["WEBHOOK-17"] == ["FAIL"]
    assert ran["WEBHOOK-20"].count("WARN") > 1
