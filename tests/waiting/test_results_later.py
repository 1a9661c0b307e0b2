"""Scenarios whose result takes days are put aside together, and finished at the end of the run or in a later one."""

from __future__ import annotations

import json
import re
import shutil
import signal
from pathlib import Path

import pytest

from tests.waiting import projects
from tests.waiting.projects import CANCELLED, TITLE, Project

SLOW = ("--target=slow", "-k", CANCELLED)
NOT_NOW = {"TICKET_SECONDS": 0, "CONFORMANCE_WAITS__WAIT_SECONDS": 0}
WAITS = (
    r"waiting for Paymentwall since 20\d\d-\d\d-\d\d \d\d:\d\d UTC: the cancellation of imp_\d+ \(order \w+\) has no "
    "result yet"
)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A run that ended before Paymentwall's result came."""
    project = projects.made(tmp_path_factory.mktemp("left") / "project")
    ended = project.run(*SLOW, **NOT_NOW)
    assert "1 skipped" in ended.output, ended.output
    return project


@pytest.fixture
def before(left: Project, tmp_path: Path) -> Project:
    """The same, for a test that goes on from there."""
    return left.copied(tmp_path / "project")


def payments(project: Project) -> int:
    return len(set(re.findall(r"imp_\d{12}", json.dumps(project.account))))


def test_several_waits_take_as_long_as_the_longest_and_nothing_is_made_twice(tmp_path: Path) -> None:
    project = projects.made(tmp_path / "project", tickets=10)
    ended = project.run("--target=slow", "-k", "of_ten", TICKET_SECONDS=3)
    assert "10 passed" in ended.output, ended.output
    assert "Waiting for 10 results, the first since " in ended.output
    assert 3 < project.document["seconds"] < 3 * 10
    assert payments(project) == 10
    assert {*map(tuple, project.junit.values())} == {("passed",)}
    assert not project.waits


def test_what_has_no_result_at_the_end_is_inconclusive_and_kept(left: Project) -> None:
    scenario = left.scenario(CANCELLED)
    assert scenario["outcome"] == "INCONCLUSIVE"
    assert re.fullmatch(WAITS, scenario["reason"])
    assert left.junit == {TITLE: ["skipped"]}
    [file] = left.waits
    assert (file.parent / "reports" / "conformance.html").exists()
    kept = json.loads(file.read_text("utf-8"))
    [wait] = kept["waits"].values()
    assert wait["imp_uid"] in scenario["reason"]
    [made] = kept["kept"].values()
    assert [entry["what"] for entry in made] == ["waiting", f"since when {wait['imp_uid']} is being cancelled"]


def test_a_later_run_finishes_it_as_soon_as_that_can_be_and_rewrites_the_same_reports(before: Project) -> None:
    first = before.scenario(CANCELLED)["reason"]
    still = before.command("resume", **NOT_NOW)
    assert still.output.endswith("Results still waited for: 1\n"), still.output
    assert before.scenario(CANCELLED)["reason"] == first
    ended = before.command("resume", ANSWERED=1)
    assert (ended.code, "1 passed" in ended.output) == (0, True), ended.output
    assert ended.output.endswith(f"scenarios; {before.reports}\n")
    assert "conformance.html" not in ended.output  # those of the part that was resumed: they are joined with the rest
    assert before.scenario(CANCELLED)["outcome"] == "PASS"
    assert before.junit == {TITLE: ["passed"]}
    assert payments(before) == 1
    assert not before.waits


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("account.json", r"payment imp_\d+ of order \w+ is gone: PortOne no longer knows it; was the account"),
        ("shop.sqlite3", r"order \w+ is gone: .* no longer has it, since the run that paid it \(payment imp"),
    ],
)
def test_a_payment_or_an_order_that_is_gone_is_one_line(before: Project, gone: str, said: str) -> None:
    (before.world / gone).unlink()
    ended = before.run(*SLOW, before.resumes, ANSWERED=1, CONFORMANCE_WAITS__WAIT_SECONDS=0)
    reason = before.scenario(CANCELLED)["reason"]
    assert re.match(said, reason), ended.output
    assert before.scenario(CANCELLED)["outcome"] == "INCONCLUSIVE"


@pytest.mark.proof
def test_what_a_given_has_shown_in_an_earlier_run_is_not_paid_for_again(before: Project) -> None:
    shutil.rmtree(before.folder / "waits")
    paid = payments(before)
    twice = ("--target=slow", "-k", "gives_notice_only_on_request")  # its Given waits for a ticket, and it for another
    assert "1 skipped" in before.run(*twice, **NOT_NOW).output
    assert "1 skipped" in before.run(*twice, before.resumes, ANSWERED=1, **NOT_NOW).output
    ended = before.run(*twice, before.resumes, ANSWERED=1)
    assert "1 passed" in ended.output, ended.output
    assert payments(before) == paid + 2


def test_an_account_that_answers_no_ticket_is_not_waited_for(before: Project) -> None:
    shutil.rmtree(before.folder / "waits")
    ended = before.run(*SLOW, TICKET_SECONDS=0, CONFORMANCE_WAITS__TICKETS="never")
    assert "Waiting for" not in ended.output
    assert "with a test project key Paymentwall opens none (docs, 2017)" in before.scenario(CANCELLED)["reason"]
    assert not before.waits


def test_who_stops_the_waiting_can_go_on_later(before: Project) -> None:
    shutil.rmtree(before.folder / "waits")
    with before.started(*SLOW, TICKET_SECONDS=0) as running:
        assert running.stdout is not None
        said = iter(running.stdout)
        assert any("Waiting for 1 result" in line for line in said)
        running.send_signal(signal.SIGINT)
        rest = "".join(said)
    assert running.returncode == 2
    assert re.search(r"When the results have come: python -m conformance resume \d{8}-\d{6}-[0-9a-f]{4}", rest)
    assert re.fullmatch(WAITS, before.scenario(CANCELLED)["reason"])
    assert len(before.waits) == 1


def test_a_run_that_cannot_even_begin_loses_nothing(before: Project) -> None:
    kept = before.waits[0].read_text("utf-8")
    ended = before.run(*SLOW, before.resumes, BROKEN="the environment has no KEY; set it")
    assert (ended.code, "ERROR: the environment has no KEY; set it" in ended.output) == (4, True), ended.output
    assert before.waits[0].read_text("utf-8") == kept


def test_a_scenario_that_was_changed_does_not_go_on(before: Project) -> None:
    feature = before.folder / "features/cancellation.feature"
    text = feature.read_text("utf-8")
    whole = "      And its whole amount is cancelled\n"
    feature.write_text(text.replace(whole, "", 1), "utf-8")
    ended = before.run(*SLOW, before.resumes)
    assert ended.code == 4
    assert re.search(rf"{CANCELLED} was changed since run [\w-]+, so it cannot go on: run it again", ended.output)
    assert "Traceback" not in ended.output
    assert len(before.waits) == 1
