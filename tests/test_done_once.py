"""What costs a run most before its first scenario is done once, and not again for each that asks."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
from gherkin.parser import Parser

from conformance.network import connections
from conformance.verdict.features import UnreadableFeature, read_features
from emulator.client import Control
from tests import forks

GOOD = "Feature: Mugs\n  Scenario: One is bought\n    Given a mug\n"
COUNTS = """
import importlib.metadata, sys
import pytest
asked = []
metadata, before = importlib.metadata.distributions, set(sys.modules)
importlib.metadata.distributions = lambda **named: asked.append(named) or metadata(**named)
status = pytest.main(["-q", *sys.argv[1:]])
mine = ("conftest", "features", "fixtures", "steps", "test_")
late = sorted(name for name in sys.modules if name not in before and not name.startswith(mine))
print("asked", len(asked), "imported", late)
raise SystemExit(status)
"""


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the Gherkin's parser is given from here on."""
    given: list[str] = []
    parse = Parser.parse

    def noted(self: Parser, text: Any, *others: Any) -> Any:
        given.append(text)
        return parse(self, text, *others)

    monkeypatch.setattr(Parser, "parse", noted)
    return given


def test_a_feature_file_is_parsed_once_until_it_changes(parsed: list[str], tmp_path: Path) -> None:
    file = tmp_path / "features" / "a.feature"
    file.parent.mkdir()
    file.write_text(GOOD, "utf-8")
    assert read_features(file.parent) == read_features(file.parent)
    assert len(parsed) == 1
    file.write_text(GOOD.replace("mug", "cup"), "utf-8")
    assert [step.text for step in read_features(file.parent)[0].steps] == ["a cup"]
    assert len(parsed) == 2


def test_one_that_cannot_be_read_is_refused_each_time(tmp_path: Path) -> None:
    file = tmp_path / "features" / "a.feature"
    file.parent.mkdir()
    file.write_text("nothing", "utf-8")
    for _ in range(2):
        with pytest.raises(UnreadableFeature):
            read_features(file.parent)


def test_all_connections_trust_by_one_reading_of_the_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    made = ssl.SSLContext.load_verify_locations

    def noted(self: ssl.SSLContext, *given: Any, **named: Any) -> None:
        read.append(self)
        made(self, *given, **named)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", noted)
    for _ in range(3):
        connections.client_of().close()
        Control("http://127.0.0.1:1", "imp00000000").close()
        httpx.Client().close()  # in tests only
    assert len(read) <= 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_forked_run_finds_everything_imported_and_reads_nobodys_metadata_for_its_plugins(tmp_path: Path) -> None:
    (tmp_path / "counted.py").write_text(COUNTS, "utf-8")
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    reports = (f"--alluredir={tmp_path / 'allure-results'}", f"--junit-xml={tmp_path / 'junit.xml'}")
    ended = forks.run("counted", "--requirement", "CHECKOUT-01", *reports, environ=environ)
    assert ended.returncode == 0, ended.output
    _, asked, _, late = next(line for line in ended.stdout.splitlines() if line.startswith("asked")).split(maxsplit=3)
    assert late == "[]"
    assert int(asked) < 5, "once for each of forty plugins"
