"""A printed story is a scenario that the suite runs as it stands: it passes on the shop and fails with its defect."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance.books.findings import Finding
from conformance.explore.running import needs_of
from conformance.explore.stories import Story, scenario, title
from conformance.report.evidence import Evidence
from conformance.verdict.catalogue import Stage, catalogue
from tests import forks
from tests.explore.test_telling import STORIES

PASTED: Mapping[str, str] = {
    "a webhook again": "fulfils-each-time",
    "a look-up that is late": "lets-the-last-write-win",
    "what comes late": "hands-over-again-when-it-reconciles",
    "another order's cancellation": "cancels-the-neighbour-too",
}
"""By what the story is called, the defect that it is found with."""
BINDER = 'from pytest_bdd import scenarios\n\nscenarios("pasted.feature")\n'


def story(name: str) -> Story:
    texts, _, requirement = STORIES[name]
    return Story(
        target="embedded",
        stage=Stage.TEST,
        seed=1,
        length=len(texts),
        sentences=list(texts),
        found=[Finding(requirement, "A1", "It is wrong.", "USD")],
        evidence=Evidence(nodeid="explore"),
    )


def under_its_rule(one: Story) -> str:
    """The printed scenario as somebody pastes it, under a Rule that is tagged as the feature's own."""
    id = one.found[0].requirement
    printed = scenario(one, needs_of(one)).replace("\n", "\n    ")
    return f"  @{id} @{catalogue()[id].level.lower()}\n  Rule: {id}\n    {printed}\n"


def run(folder: Path, *stories: Story, defect: str = "") -> forks.Ended:
    """Pytest on these scenarios in a folder of their own, with the suite's plugins and steps."""
    for name in ("conftest.py", "pytest.ini"):
        shutil.copy(forks.ROOT / name, folder / name)
    (folder / "test_pasted.py").write_text(BINDER, "utf-8")
    feature = "\n".join(["Feature: Stories that were pasted", *map(under_its_rule, stories)])
    (folder / "pasted.feature").write_text(feature, "utf-8")
    reports = [f"--junit-xml={folder / 'junit.xml'}", f"--alluredir={folder / 'allure'}"]
    switched = [f"--shop-defect={defect}"] if defect else []
    environ = {**os.environ, "PYTHONPATH": str(forks.ROOT)}
    return forks.run("pytest", "-q", "test_pasted.py", *reports, *switched, folder=folder, environ=environ)


def test_printed_stories_pass_on_the_shop(tmp_path: Path) -> None:
    ended = run(tmp_path, *map(story, PASTED))
    assert f"{len(PASTED)} passed" in ended.stdout, ended.output


@pytest.mark.parametrize("name", PASTED)
def test_a_printed_story_fails_with_its_defect(name: str, tmp_path: Path) -> None:
    one = story(name)
    ended = run(tmp_path, one, defect=PASTED[name])
    assert "1 failed" in ended.stdout, ended.output
    assert f"Scenario: {title(one)}\n  Then " in ended.stdout
