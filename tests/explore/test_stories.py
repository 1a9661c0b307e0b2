"""A story that was kept is read again word for word, printed as a scenario, and refused in one sentence else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from conformance.books.findings import Fate, Finding
from conformance.cli import verbs
from conformance.explore import stories
from conformance.explore.running import KNOWN, CannotExplore, Explorer
from conformance.explore.stories import Story, StoryNotReadable
from conformance.explore.telling import COME, LET_GO
from conformance.record.redaction import Redaction
from conformance.report.evidence import Evidence
from conformance.verdict.catalogue import Api, Probe, Stage
from conformance.verdict.features import read_features

PAID, AGAIN = "Given an order that was paid", "When PortOne delivers its webhook 2 more times"
STORY = Story(
    target="embedded",
    stage=Stage.TEST,
    seed=7,
    length=9,
    sentences=[PAID, AGAIN],
    found=[Finding("MONEY-03", "A1", "Order A1 was fulfilled 3 times.", "USD", Fate.GIVEN_AGAIN)],
    evidence=Evidence(nodeid="explore"),
)


class Bare:
    """A target of which nothing but its name and its capabilities is asked."""

    name = "merchant"
    stage = Stage.TEST
    api = Api.V1

    def __init__(self, *lacks: Probe) -> None:
        self.capabilities = frozenset(Probe) - set(lacks)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(verbs.app, ["explore", *arguments])


def kept(folder: Path, **changes: Any) -> Path:
    file = folder / f"one{stories.SUFFIX}"
    file.write_text(json.dumps({**json.loads(STORY.model_dump_json()), **changes}), "utf-8")
    return file


def test_a_story_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = stories.write(STORY, tmp_path)
    assert file.name == f"{STORY.name}{stories.SUFFIX}"
    assert stories.read(file, KNOWN) == STORY
    assert list(stories.kept(tmp_path)) == [file]


def test_a_story_is_printed_as_a_scenario_for_the_rule_of_its_requirement() -> None:
    title = f"Story {STORY.name.rpartition('-')[2]} shows goods given more than once"
    assert stories.scenario(STORY, {Probe.DELIVERIES, Probe.ORDER}) == (
        "@needs-deliveries\n"
        f"Scenario: {title}\n"
        "  Given an order that was paid\n"
        "  When PortOne delivers its webhook 2 more times\n"
        "  Then both books agree"
    )
    assert stories.place(STORY) == "features/money.feature"
    assert title not in {scenario.title for scenario in read_features()}


def test_the_sentences_that_end_a_story_are_known() -> None:
    assert {COME, LET_GO} <= KNOWN.keys()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "another version": ({"version": 2}, "has version 2, and this suite reads version 1: explore again"),
    "an unknown sentence": (
        {"sentences": ["Given an order that was payed"]},
        "there is no sentence 'Given an order that was payed'; did you mean Given an order that was paid",
    ),
    "no sentence": (
        {"sentences": []},
        "is no story: sentences: List should have at least 1 item after validation, not 0",
    ),
    "something else": ({"more": 1}, "is no story: more: Extra inputs are not permitted"),
}


@pytest.mark.parametrize(("changes", "told"), REFUSED.values(), ids=REFUSED)
def test_a_story_that_cannot_be_told_again_is_refused_in_one_sentence(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    file = kept(tmp_path, **changes)
    ended = run("--replay", str(file))
    assert ended.exit_code == 2
    assert ended.stderr.startswith(str(file))
    assert told in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_file_that_is_no_json_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "story.json"
    file.write_text("Given an order", "utf-8")
    ended = run("--replay", str(file))
    assert ended.exit_code == 2
    assert ended.stderr == f"{file} is not JSON: name a file that `explore` wrote (.story.json)\n"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "gone.json"
    with pytest.raises(StoryNotReadable, match=r"gone\.json cannot be read: No such file or directory"):
        stories.read(file, KNOWN)


BAD: dict[str, tuple[tuple[str, ...], str]] = {
    "no seconds": (("--seconds", "0"), "--seconds is 0: give more than 0\n"),
    "fewer seconds": (("--seconds", "-3"), "--seconds is -3: give more than 0\n"),
    "no number of seconds": (("--seconds", "nan"), "--seconds is nan: give more than 0\n"),
    "no stories": (("--stories", "0"), "--stories is 0: give more than 0\n"),
    "no processes": (("--processes", "0"), "--processes is 0: give more than 0\n"),
    "one deployment in several": (
        ("--processes", "2", "--target", "merchant"),
        "--processes is 2: target merchant is one deployment, and its stories are told one after the other\n",
    ),
    "the same again in several": (
        ("--processes", "2", "--seed", "7"),
        "--processes is 2: --seed, --stories and --replay tell the same stories again, in one process\n",
    ),
    "a seed below 0": (("--seed", "-1"), "--seed is -1: give 0 or more\n"),
    "sandbox": (
        ("--target", "sandbox"),
        "Target sandbox is not explored: thousands of stories would charge real cards; use embedded or merchant\n",
    ),
    "golive": (
        ("--target", "golive"),
        "Target golive is not explored: thousands of stories would charge real cards; use embedded or merchant\n",
    ),
    "no such target": (("--target", "moon"), "There is no target moon: choose embedded or merchant\n"),
}


@pytest.mark.parametrize(("arguments", "told"), BAD.values(), ids=BAD)
def test_what_cannot_be_explored_is_refused_in_one_sentence(arguments: tuple[str, ...], told: str) -> None:
    ended = run(*arguments)
    assert ended.exit_code == 2
    assert ended.stderr == told


def test_a_story_is_refused_on_a_target_that_lacks_what_it_needs(tmp_path: Path) -> None:
    explorer = Explorer(Bare(Probe.DELIVERIES), tmp_path, Redaction())  # type: ignore[arg-type]  # all that is asked
    with pytest.raises(CannotExplore) as refused:
        explorer.replay(STORY)
    meaning = Probe.DELIVERIES.meaning
    assert str(refused.value) == f"Target merchant cannot do {AGAIN!r}: it lacks {meaning}"


def test_a_target_whose_books_cannot_be_read_is_not_explored(tmp_path: Path) -> None:
    with pytest.raises(CannotExplore) as refused:
        Explorer(Bare(Probe.JOURNAL), tmp_path, Redaction())  # type: ignore[arg-type]  # all that is asked
    meaning = Probe.JOURNAL.meaning
    assert str(refused.value) == f"Both books cannot be read on target merchant: it lacks {meaning}"


def test_a_story_of_a_merchant_on_v2_is_told_there_again(tmp_path: Path) -> None:
    told = STORY.model_copy(update={"api": Api.V2})
    assert stories.read(stories.write(told, tmp_path), KNOWN).api is Api.V2


def test_a_story_from_before_is_of_v1(tmp_path: Path) -> None:
    path = stories.write(STORY, tmp_path)
    assert "v2" not in path.read_text("utf-8")
    assert stories.read(path, KNOWN).api is Api.V1
