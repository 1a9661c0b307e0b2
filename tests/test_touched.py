"""`make check` runs the tests that a change can touch, the nearest first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import touched
from tests.forks import ROOT

CURRENCIES = Path("emulator/paymentwall/money.py")


def test_a_module_touches_the_tests_that_import_it_and_those_farther_off_later() -> None:
    near = touched.touched([CURRENCIES])
    assert near[0] == Path("tests/emulator/test_amounts.py")
    assert Path("tests/emulator/test_tickets.py") in near
    assert Path("tests/fixtures/test_curl.py") not in near


def test_a_conftest_touches_the_tests_below_it() -> None:
    near = set(touched.touched([Path("tests/shop/conftest.py")]))
    assert near == {path.relative_to(ROOT) for path in (ROOT / "tests/shop").rglob("test_*.py")}


def test_a_file_that_is_no_python_touches_who_names_it() -> None:
    assert Path("tests/test_pipelines.py") in touched.touched([Path("action.yml")])


def test_what_does_not_fit_is_left_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[list[str]] = []

    def call(command: list[str], **_: object) -> int:
        ran.append(command)
        return 1

    monkeypatch.setattr(touched, "changed", lambda _base: [CURRENCIES, Path("steps/paymentwall.py")])
    monkeypatch.setattr(touched, "seconds", lambda: dict.fromkeys(touched.touched([CURRENCIES]), 10.0))
    monkeypatch.setattr("tests.touched.subprocess.call", call)
    with pytest.raises(SystemExit, match="1"):
        touched.main("HEAD", 11.0)
    tests, scenarios = ran
    assert [word for word in tests if word.startswith("tests/")] == list(map(str, touched.touched([CURRENCIES])[:2]))
    assert scenarios[-1] == "features", "changed steps run the scenarios, whatever the tests said"
    assert f"left to make test: {touched.touched([CURRENCIES])[2]}" in capsys.readouterr().out


def test_what_a_file_took_is_read_from_the_last_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    junit = tmp_path / "junit.xml"
    monkeypatch.setattr(touched, "JUNIT", junit)
    assert touched.seconds() == {}
    case = '<testcase classname="tests.a.test_b{}" name="x" time="{}"/>'
    junit.write_text(f"<testsuite>{case.format('', 1.5)}{case.format('.TestC', 2)}</testsuite>", "utf-8")
    assert touched.seconds() == {Path("tests/a/test_b.py"): 3.5}
