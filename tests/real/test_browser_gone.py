"""A browser that is gone before the run is: killed, or by Ctrl-C, which reaches its driver too. Reports are written."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright._impl._errors import TargetClosedError
from playwright.sync_api import Error, Playwright

from conformance.browser.setup import find_browser
from conformance.machine.browser_gone import TOLD, is_gone
from conformance.machine.settling import eventually
from tests.fixtures.deployed import PASSWORDS, ROOT, Ended, clean_environment
from tests.real.standing_in import CONSENT, SECRETS, StandIn

BUYS = "Each is written down before it is made"
LIMIT_SECONDS = 300  # only reached where something hangs, however slow the machine


def kill_the_driver(run: subprocess.Popen[bytes]) -> None:
    """End Playwright's process by itself: the run's only child that is a Node.js."""
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text("utf-8").split()
    [driver] = [int(pid) for pid in children if "node" in Path(f"/proc/{pid}/cmdline").read_text("utf-8")]
    os.kill(driver, signal.SIGKILL)


def press_ctrl_c(run: subprocess.Popen[bytes]) -> None:
    """As a terminal does: for the run and all that it has started."""
    os.killpg(run.pid, signal.SIGINT)


def stopped(stand_in: StandIn, stop: Callable[[subprocess.Popen[bytes]], None]) -> Ended:
    """A run on the sandbox that is stopped so as soon as a buyer pays."""
    config = stand_in.configure("sandbox", CONSENT)
    reports, told = stand_in.folder / "reports", stand_in.folder / "told.txt"
    command = [sys.executable, "-m", "pytest", "-q", "--color=no", f"--config={config}"]
    command += ["--requirement=CHECKOUT-01", "--requirement=CHECKOUT-06", "--requirement=WEBHOOK-01"]
    command += [f"--junit-xml={reports / 'junit.xml'}", f"--alluredir={reports / 'allure-results'}"]
    with stand_in.running(), told.open("w") as out:
        run = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**clean_environment(), **PASSWORDS, **SECRETS},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            assert eventually(lambda: BUYS in told.read_text("utf-8"), bool, limit_seconds=LIMIT_SECONDS)
            stop(run)
            code = run.wait(LIMIT_SECONDS)
        finally:
            run.kill()
            run.wait()
    return Ended(code, told.read_text("utf-8"), reports)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the driver is found in /proc")
def test_where_its_driver_is_killed_the_reports_are_written_and_one_line_says_so(tmp_path: Path) -> None:
    ended = stopped(StandIn(tmp_path), kill_the_driver)
    assert "Traceback" not in ended.output, ended.output
    assert ended.code == pytest.ExitCode.TESTS_FAILED
    assert ended.document["errors"] == [TOLD]
    assert "ERROR" in ended.verdicts.values()
    assert f"Outside any scenario: {TOLD}" in " ".join(ended.output.split())
    assert "charge is outstanding" in ended.output or "OUTSTANDING" in ended.output
    assert (ended.reports / "conformance.html").exists()


def test_ctrl_c_at_a_terminal_writes_the_reports_of_what_was_run(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # who is started in the background ignores it
    try:
        ended = stopped(StandIn(tmp_path), press_ctrl_c)
    finally:
        signal.signal(signal.SIGINT, before)
    assert "Traceback" not in ended.output, ended.output
    assert "never retrieved" not in ended.output
    assert ended.code == pytest.ExitCode.INTERRUPTED
    assert (ended.document["scope"]["interrupted"], ended.document["errors"]) == (True, [])
    assert ended.verdicts["CHECKOUT-01"] == "PASS"


GONE = TargetClosedError()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (GONE, False),
        (Error("Timeout 30000ms exceeded."), True),
        (Error("Page.goto: net::ERR_ABORTED at https://closed-beta.example/"), True),
        (ValueError("closed"), True),
    ],
)
def test_only_what_a_browser_that_is_gone_answers_is_not_told(
    caplog: pytest.LogCaptureFixture, error: Exception, told: bool
) -> None:
    loop = asyncio.new_event_loop()
    with caplog.at_level(logging.ERROR, "asyncio"):
        loop.create_future().set_exception(error)
        gc.collect()
    loop.close()
    assert ("Future exception was never retrieved" in caplog.text) is told


@pytest.mark.parametrize("closed", ["page", "context", "browser"])
def test_what_playwright_raises_of_it_is_known_by_its_class(playwright: Playwright, closed: str) -> None:
    browser = playwright.chromium.launch(executable_path=str(find_browser().executable), args=["--no-sandbox"])
    context = browser.new_context()
    page = context.new_page()
    {"page": page, "context": context, "browser": browser}[closed].close()
    with pytest.raises(Error) as caught:
        page.title()
    browser.close()
    assert is_gone(caught.value)


def test_another_error_beside_it_is_not_passed_over() -> None:
    assert is_gone(BaseExceptionGroup("teardown", [GONE, GONE]))
    assert not is_gone(BaseExceptionGroup("teardown", [GONE, ValueError("closed")]))


LISTENING = """
import os, signal, sys
from playwright.sync_api import sync_playwright
from conformance.browser.setup import find_browser
from conformance.machine import interrupts

with interrupts.handled(), sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=str(find_browser().executable), args=["--no-sandbox"])
    page = browser.new_page()
    listen = lambda request: print(request.url)
    page.on("request", listen)
    acts = {
        "a page": lambda: page.on("requestfailed", listen),
        "a context": lambda: page.context.on("response", listen),
        "a page no longer": lambda: page.remove_listener("request", listen),
    }
    connection = page._impl_obj._connection
    sent = connection.onmessage

    def interrupted_once_sent(message):
        sent(message)
        if message["method"] == "updateSubscription":
            os.kill(os.getpid(), signal.SIGINT)

    connection.onmessage = interrupted_once_sent
    try:
        with interrupts.window():
            acts[sys.argv[1]]()
            page.wait_for_timeout(10_000)
    except interrupts.Interrupted as reason:
        print("broken off by", reason)
    connection.onmessage = sent
    page.set_content("<title>as before</title>")
    print(page.title())
    browser.close()
"""


@pytest.mark.parametrize("listened_to", ["a page", "a context", "a page no longer"])
def test_one_that_comes_while_something_begins_to_be_listened_to_leaves_the_browser_as_it_was(listened_to: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LISTENING, listened_to],
        cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
    )  # fmt: skip
    assert (ended.stdout.splitlines(), ended.returncode) == (["broken off by Ctrl-C", "as before"], 0), ended.stderr
