"""A truth is whole and explains itself, and what a run says otherwise is found and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.verdict.algebra import Verdict
from conformance.verdict.catalogue import catalogue
from tests.strangers.running import Run, Stranger, strangers
from tests.strangers.table import table
from tests.strangers.truth import TruthError, differences, truths_in

TRUTH = """
pass = ["WEBHOOK-01", "WEBHOOK-06"]
[verdicts.WEBHOOK-13]
verdict = "FAIL"
why = "It forgets."
[verdicts.CANCEL-08]
verdict = "INCONCLUSIVE"
why = "Its own days would have to pass."
"""


def _run(folder: Path, **said: str) -> Run:
    (folder / "truth.toml").write_text(TRUTH, "utf-8")
    stranger = Stranger(folder, "flask", (), {}, truths_in(folder, "test"))
    right = {id: str(one.verdict) for id, one in stranger.truths["test"].verdicts.items()}
    verdicts = right | {id.replace("_", "-"): verdict for id, verdict in said.items()}
    return Run(stranger, "test", verdicts, {"WEBHOOK-13": "It remembered."}, 1.0, "")


def test_a_truth_speaks_of_every_requirement(tmp_path: Path) -> None:
    truth = _run(tmp_path).truth
    assert set(truth.verdicts) == {one.id for one in catalogue().requirement if not one.by_storm}
    assert truth.verdicts["RUN-01"].verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    "wrong",
    [
        'pass = ["WEBHOOK-99"]',
        'pass = ["WEBHOOK-01", "WEBHOOK-01"]',
        'pass = ["CANCEL-08"]\n[verdicts.CANCEL-08]\nverdict = "FAIL"\nwhy = "both"',
        '[verdicts.CANCEL-08]\nverdict = "INCONCLUSIVE"',
    ],
)
def test_a_truth_that_says_nothing_or_two_things_is_refused(wrong: str, tmp_path: Path) -> None:
    (tmp_path / "truth.toml").write_text(wrong, "utf-8")
    with pytest.raises(TruthError):
        truths_in(tmp_path, "test")


def test_what_agrees_does_not_differ(tmp_path: Path) -> None:
    run = _run(tmp_path)
    assert not run.differences()
    assert "The suite and the truth agree." in table([run])


def test_of_strangers_that_were_not_run_nothing_is_said_to_agree(tmp_path: Path) -> None:
    assert "agree" not in table([], missing=["posters: npm is missing"])
    told = table([_run(tmp_path)], missing=["posters: npm is missing"])
    assert "The suite and the truth agree on those that were run." in told
    assert "not run: posters: npm is missing" in told


def test_another_red_another_green_and_no_verdict_all_differ(tmp_path: Path) -> None:
    run = _run(tmp_path, WEBHOOK_13="PASS", WEBHOOK_01="ERROR", CANCEL_08="PASS", RUN_01="PASS")
    cut_short = {id: verdict for id, verdict in run.verdicts.items() if id != "WEBHOOK-06"}
    assert differences(run.truth, cut_short) == {
        "CANCEL-08": ("INCONCLUSIVE", "PASS"),
        "RUN-01": ("NOT_APPLICABLE", "PASS"),
        "WEBHOOK-01": ("PASS", "ERROR"),
        "WEBHOOK-06": ("PASS", "no verdict"),
        "WEBHOOK-13": ("FAIL", "PASS"),
    }
    told = table([run])
    assert "FAIL!pass" in told
    assert "It forgets." in told
    assert "It remembered." in told


def test_every_stranger_has_a_truth_and_a_description() -> None:
    assert len(strangers()) >= 6
    for one in strangers().values():
        assert one.config.is_file(), one.name
        assert "driver" not in one.config.read_text("utf-8"), one.name
        assert all(truth.verdicts for truth in one.truths.values()), one.name
