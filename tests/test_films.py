"""Films of the buyer's browser: made with Playwright's ffmpeg or the system's, kept and named; refused in one line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from conformance.browser.setup import VARIABLE, find_browser, playwrights_own
from conformance.report.pictures import find_ffmpeg
from fixtures import films, options
from tests import forks
from tests.fixtures.deployed import ROOT, clean_environment

posix = pytest.mark.skipif(os.name != "posix", reason="the programs of these tests are shell scripts")
# What Playwright asks for in earnest is its last argument; frames come by standard input.
FAKE = """#!/bin/sh
case "$*" in *-encoders*) echo "{encoders}"; exit 0;; esac
cat >/dev/null
for film; do :; done
echo "a film" >"$film"
"""
SCENARIO = ("--area=CHECKOUT", "-k", "declined and CVV", "--shop-defect=thanks-for-a-declined-card")


def program(path: Path, encoders: str = "V..... libvpx") -> Path:
    """An ffmpeg that claims to have these encoders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(FAKE.format(encoders=encoders), "utf-8")
    path.chmod(0o755)
    return path


def without_own(folder: Path, path: str) -> dict[str, str]:
    """An environment in which Playwright has downloaded nothing, and programs are looked for there."""
    return {"PLAYWRIGHT_BROWSERS_PATH": str(folder / "nothing"), "PATH": path}


@posix
def test_playwrights_own_comes_first(tmp_path: Path) -> None:
    environ = without_own(tmp_path, str(program(tmp_path / "bin" / "ffmpeg").parent))
    own = playwrights_own("ffmpeg", environ)
    assert own is not None
    name = "ffmpeg-mac" if sys.platform == "darwin" else "ffmpeg-linux"
    assert find_ffmpeg(environ) == tmp_path / "bin" / "ffmpeg"
    assert find_ffmpeg(environ | {"PATH": ""}) is None
    program(own / name)
    assert find_ffmpeg(environ) == own / name


@posix
def test_one_that_cannot_write_what_playwright_films_in_is_none(tmp_path: Path) -> None:
    found = program(tmp_path / "bin" / "ffmpeg", encoders="V..... mpeg4")
    assert find_ffmpeg(without_own(tmp_path, str(found.parent))) is None


def test_without_anything_to_film_with_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in without_own(tmp_path, "").items():
        monkeypatch.setenv(name, value)
    option = SimpleNamespace(output="elsewhere", video="on")
    config = SimpleNamespace(option=option, args=["features"], invocation_params=SimpleNamespace(dir=ROOT))
    with pytest.raises(pytest.UsageError, match=r"^--video: there is no ffmpeg .*apt-get install ffmpeg"):
        films.pytest_configure(cast(pytest.Config, config))


@pytest.mark.parametrize(("asked", "name"), [({"video": "on"}, "--video"), ({"traces": "full"}, "--traces")])
def test_nothing_is_filmed_or_traced_where_cards_are_real(asked: Mapping[str, str], name: str) -> None:
    def checked(target: str) -> None:
        option = SimpleNamespace(**{"target": target, "traces": None, "video": "off", **asked})
        config = SimpleNamespace(option=option, getoption=lambda name, default: getattr(option, name, default))
        options.may_be_recorded(cast(pytest.Config, config))

    checked("embedded")
    checked("merchant")
    for target in sorted(options.REAL_TARGETS):
        with pytest.raises(pytest.UsageError, match=rf"^{name}: on target {target} cards or keys are real"):
            checked(target)


def test_a_run_at_a_real_account_that_is_to_be_filmed_does_not_begin() -> None:
    ended = forks.run("pytest", "--collect-only", "-q", "--target=sandbox", "--video=on", environ=clean_environment())
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    assert ended.stderr.strip().count("\n") == 0
    assert ended.stderr.startswith(
        "ERROR: --video: on target sandbox cards or keys are real, and it would contain them"
    )


@posix
def test_the_film_of_a_failed_scenario_is_kept_named_and_attached(tmp_path: Path) -> None:
    path = f"{program(tmp_path / 'bin' / 'ffmpeg').parent}{os.pathsep}{os.environ['PATH']}"
    environ = without_own(tmp_path, path) | {VARIABLE: str(find_browser().executable)}
    reports = tmp_path / "reports"
    command = ["pytest", "-q", *SCENARIO]
    command += ["--video=retain-on-failure", f"--junit-xml={reports / 'junit.xml'}"]
    command += [f"--alluredir={reports / 'allure-results'}"]
    environ = {**clean_environment(), **environ}
    ended = forks.run(*command, environ=environ)
    assert "1 failed" in ended.stdout, ended.stdout + ended.stderr
    kept = [film.relative_to(reports).as_posix() for film in reports.glob("videos/*/*.webm")]
    assert kept
    [evidence] = [json.loads(file.read_text("utf-8")) for file in reports.glob("evidence/*.json")]
    assert sorted(evidence["films"]) == sorted(kept)
    assert all(film in (reports / "conformance.html").read_text("utf-8") for film in kept)
    [result] = [json.loads(file.read_text("utf-8")) for file in reports.glob("allure-results/*-result.json")]
    attached = [one for one in result["attachments"] if one["type"] == "video/webm"]
    assert [one["name"] for one in attached] == ["film"] * len(kept)
    content = {(reports / "allure-results" / one["source"]).read_text("utf-8") for one in attached}
    assert content == {"a film\n"}
