"""Reports of several runs: compared, joined from shards, and packed with hashes that anybody can check."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from conformance.cli import report_verbs, verbs
from conformance.report.comparing import Change, differences
from conformance.report.document import ConformanceDocument, RequirementFacts
from conformance.report.merging import merge
from conformance.verdict.algebra import Verdict
from tests.fixtures.mini_project import Case, Ended, MiniProject
from tests.fixtures.reported import document


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(verbs.app, [str(argument) for argument in arguments])


def with_verdicts(**verdicts: Verdict | None) -> ConformanceDocument:
    """A document in which the requirements have these verdicts, by ID with an underscore."""
    made = document()
    several: list[RequirementFacts] = [
        made.requirements[0].model_copy(update={"id": name.replace("_", "-"), "verdict": verdict, "reason": "why"})
        for name, verdict in verdicts.items()
    ]
    return made.model_copy(update={"requirements": several})


@pytest.mark.parametrize(
    ("old", "new", "change", "worse"),
    [
        (Verdict.PASS, Verdict.FAIL, Change.WORSE, True),
        (Verdict.PASS, Verdict.INCONCLUSIVE, Change.WORSE, True),
        (Verdict.WARN, Verdict.ERROR, Change.WORSE, True),
        (None, Verdict.FAIL, Change.WORSE, True),
        (Verdict.FAIL, Verdict.PASS, Change.BETTER, False),
        (Verdict.FAIL, Verdict.WARN, Change.BETTER, False),
        (Verdict.PASS, Verdict.NOT_APPLICABLE, Change.OTHER, False),
        (Verdict.PASS, None, Change.OTHER, False),
        (None, Verdict.PASS, Change.OTHER, False),
    ],
)
def test_a_change_is_better_worse_or_neither(
    old: Verdict | None, new: Verdict | None, change: Change, worse: bool
) -> None:
    [found] = differences(with_verdicts(A_01=old), with_verdicts(A_01=new))
    assert (found.change, found.is_worse, found.id) == (change, worse, "A-01")


def test_what_is_new_or_gone_is_told_and_only_a_new_failure_is_worse() -> None:
    old, new = (
        with_verdicts(A_01=Verdict.PASS, A_02=Verdict.PASS),
        with_verdicts(A_01=Verdict.PASS, A_03=Verdict.PASS, A_04=Verdict.FAIL),
    )
    assert [(d.change, d.id, d.is_worse) for d in differences(old, new)] == [
        (Change.NEW, "A-03", False),
        (Change.NEW, "A-04", True),
        (Change.GONE, "A-02", False),
    ]


def kept(folder: Path, made: ConformanceDocument) -> Path:
    folder.mkdir(parents=True)
    (folder / "conformance.json").write_text(made.as_json(), "utf-8")
    return folder


def test_a_pipeline_stops_at_what_got_worse_and_only_then(tmp_path: Path) -> None:
    good = kept(tmp_path / "good", with_verdicts(A_01=Verdict.PASS))
    bad = kept(tmp_path / "bad", with_verdicts(A_01=Verdict.FAIL))
    worse = invoke("compare", good, bad / "conformance.json")
    assert worse.exit_code == 1
    assert "worse   A-01         PASS → FAIL" in worse.stdout
    assert "        why" in worse.stdout
    better = invoke("compare", bad, good)
    assert (better.exit_code, "better  A-01         FAIL → PASS" in better.stdout) == (0, True)
    same = invoke("compare", bad, bad)
    assert (same.exit_code, same.stdout.splitlines()[-1]) == (0, "No verdict changed.")


@pytest.mark.parametrize(
    ("before", "now", "asked", "code"),
    [
        (Verdict.PASS, Verdict.FAIL, "worse", 1),
        (Verdict.FAIL, Verdict.FAIL, "worse", 0),
        (Verdict.FAIL, Verdict.FAIL, "red", 1),
        (Verdict.PASS, Verdict.FAIL, "red", 1),
        (Verdict.FAIL, Verdict.PASS, "red", 0),
        (Verdict.PASS, Verdict.FAIL, "never", 0),
    ],
)
def test_a_red_run_stops_a_pipeline_as_it_is_asked(
    tmp_path: Path, before: Verdict, now: Verdict, asked: str, code: int
) -> None:
    old, new = (kept(tmp_path / name, with_verdicts(A_01=one)) for name, one in (("old", before), ("new", now)))
    assert invoke("compare", "--baseline", old / "conformance.json", "--fail-on", asked, new).exit_code == code


@pytest.mark.parametrize(("asked", "code"), [("worse", 0), ("red", 1)])
def test_the_first_run_has_nothing_to_compare_with(tmp_path: Path, asked: str, code: int) -> None:
    new, missing = kept(tmp_path / "new", with_verdicts(A_01=Verdict.FAIL)), tmp_path / "last" / "conformance.json"
    ended = invoke("compare", "--baseline", missing, "--fail-on", asked, new)
    assert ended.stdout.startswith(f"{missing}: there is no earlier run yet; keep ")
    assert ended.exit_code == code


@pytest.mark.parametrize("given", [(), ("old", "new", "newer"), ("--baseline", "old", "new", "newer")])
def test_runs_are_named_once(given: tuple[str, ...]) -> None:
    ended = invoke("compare", *given)
    assert ended.exit_code == 2
    assert ended.stderr == (
        "compare: name one earlier run, as OLD or with --baseline FILE, and at most one later one\n"
    )


def test_what_is_newer_than_the_set_makes_nothing_worse() -> None:
    old, new = with_verdicts(A_01=Verdict.PASS), with_verdicts(A_01=Verdict.PASS, A_02=Verdict.FAIL)
    newer = [one.model_copy(update={"counts": one.id == "A-01"}) for one in new.requirements]
    [found] = differences(old, new.model_copy(update={"requirements": newer}))
    assert (found.change, found.is_worse) == (Change.NEW, False)


@pytest.mark.parametrize(
    ("content", "why"), [(None, "No such file"), ("{}", "It is not a conformance.json of schema 1")]
)
def test_what_cannot_be_compared_is_one_line_and_exit_code_2(tmp_path: Path, content: str | None, why: str) -> None:
    file = tmp_path / "old.json"
    if content is not None:
        file.write_text(content)
    ended = invoke("compare", file, file)
    assert ended.exit_code == 2
    assert why in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_document_of_before_can_still_be_compared(tmp_path: Path) -> None:
    """Fields that a document of schema 1 did not have in the beginning may be missing."""
    old: dict[str, Any] = json.loads(with_verdicts(A_01=Verdict.PASS).as_json())
    for late in ("areas", "merchant", "profile", "addresses", "versions", "scope", "real_money", "language"):
        del old[late]
    for late in ("title_ko", "why", "why_ko", "remedy_ko", "stage", "profile", "shown_by"):
        del old["requirements"][0][late]
    file = tmp_path / "old.json"
    file.write_text(json.dumps(old))
    assert invoke("compare", file, kept(tmp_path / "new", with_verdicts(A_01=Verdict.PASS))).exit_code == 0


CASES = [
    Case("DEMO-01"),
    Case("DEMO-02", then="does not hold"),
    Case("DEMO-03", given="stands on DEMO-02"),
    Case("DEMO-04", given="stands on DEMO-01"),
    Case("DEMO-05", level="SHOULD", then="does not hold"),
    Case("DEMO-06", when="raises"),
]


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Ended]:
    """Two real shards of a run, as pytest-split makes them, and the same run as a whole."""
    project = MiniProject(tmp_path_factory.mktemp("shards"), CASES)
    folders = []
    for group, name in enumerate(("one", "two"), 1):
        folder = project.folder / name
        split = ("--splits=2", f"--group={group}", "--splitting-algorithm=least_duration")  # every other scenario
        project.run(*split, f"--junit-xml={folder / 'junit.xml'}", f"--alluredir={folder / 'allure-results'}")
        folders.append(folder)
    return folders[0], folders[1], project.run()


def told(made: ConformanceDocument | Any) -> Any:
    """What must be the same, however it was run."""
    facts = json.loads(made.as_json()) if isinstance(made, ConformanceDocument) else made
    for changing in ("started", "seconds"):
        facts = {**facts, changing: None}
    for requirement in facts["requirements"]:
        for scenario in requirement["scenarios"]:
            scenario["seconds"] = 0
    return facts


def test_shards_joined_are_the_whole_run(shards: tuple[Path, Path, Ended], tmp_path: Path) -> None:
    one, two, whole = shards
    made, code = merge([one, two], tmp_path / "all")
    assert told(made) == told(whole.document)
    assert code == whole.code == 1
    assert json.loads((tmp_path / "all" / "conformance.json").read_text("utf-8"))["complete"] is True


def test_what_blocks_is_settled_over_all_shards(shards: tuple[Path, Path, Ended], tmp_path: Path) -> None:
    one, two, _ = shards
    alone = {r["id"]: r["reason"] for r in json.loads((one / "conformance.json").read_text())["requirements"]}
    assert alone["DEMO-03"].startswith("blocked by DEMO-02, not decided in this run")
    made, _ = merge([one, two], tmp_path / "all")
    settled = {r.id: (r.verdict, r.reason) for r in made.requirements}
    assert settled["DEMO-03"] == (Verdict.INCONCLUSIVE, "blocked by DEMO-02")
    assert settled["DEMO-04"][0] is Verdict.ERROR, "what it stands on passed in the other shard"
    joined = Ended(1, "", tmp_path / "x")
    object.__setattr__(joined, "folder", tmp_path)
    (tmp_path / "reports").symlink_to(tmp_path / "all")
    assert joined.junit_cases["Case DEMO-04"] == ["error"]
    assert joined.allure["Case DEMO-04"]["status"] == "broken"
    assert len(joined.allure) == len(CASES)
    assert len(list((tmp_path / "all" / "evidence").glob("*.json"))) == len(CASES)
    assert "DEMO-06" in (tmp_path / "all" / "conformance.html").read_text("utf-8")


def test_the_films_of_all_shards_are_joined(shards: tuple[Path, Path, Ended], tmp_path: Path) -> None:
    for number, shard in enumerate(shards[:2]):
        (shard / "videos" / f"scenario-{number}").mkdir(parents=True)
        (shard / "videos" / f"scenario-{number}" / "video.webm").write_text("a film", "utf-8")
    merge(list(shards[:2]), tmp_path / "all")
    films = sorted(film.parent.name for film in (tmp_path / "all" / "videos").rglob("*.webm"))
    assert films == ["scenario-0", "scenario-1"]


def test_the_command_ends_as_the_run_would_have(shards: tuple[Path, Path, Ended], tmp_path: Path) -> None:
    one, two, _ = shards
    ended = invoke("merge", one, two, "--out", tmp_path / "all")
    assert ended.exit_code == 1
    assert ended.stdout.startswith("NOT READY  6 of 6 scenarios")


@pytest.mark.parametrize(
    ("pick", "why"),
    [
        (("one", "one"), "shards share no scenario"),
        (("one", "."), "Name a conformance.json of a run, or its folder"),
    ],
)
def test_what_is_no_shard_of_it_is_refused_in_one_line(
    shards: tuple[Path, Path, Ended], tmp_path: Path, pick: tuple[str, str], why: str
) -> None:
    ended = invoke("merge", *(shards[0].parent / name for name in pick), "--out", tmp_path / "all")
    assert ended.exit_code == 2
    assert why in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_shard_of_another_target_is_refused(shards: tuple[Path, Path, Ended], tmp_path: Path) -> None:
    one, two, _ = shards
    other = json.loads((two / "conformance.json").read_text("utf-8"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "conformance.json").write_text(json.dumps({**other, "target": "sandbox"}))
    ended = invoke("merge", one, tmp_path / "other", "--out", tmp_path / "all")
    assert "has another target than" in ended.stderr


def test_a_bundle_holds_every_report_and_its_hash(
    shards: tuple[Path, Path, Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_verbs, "REPORTS", shards[0])
    archive = tmp_path / "bundle.zip"
    assert invoke("bundle", "--out", archive).exit_code == 0
    first = archive.read_bytes()
    assert invoke("bundle", "--out", archive).exit_code == 0
    assert archive.read_bytes() == first, "the same files give the same archive"
    unpacked = tmp_path / "unpacked"
    zipfile.ZipFile(archive).extractall(unpacked)
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=unpacked, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    names = {path.relative_to(shards[0]).as_posix() for path in shards[0].rglob("*") if path.is_file()}
    assert {line.partition(":")[0] for line in checked.stdout.splitlines()} == names
    assert "conformance.json" in names


def test_there_is_nothing_to_pack_before_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_verbs, "REPORTS", tmp_path)
    ended = invoke("bundle")
    assert ended.exit_code == 2
    assert ended.stderr.startswith("No report yet: ")
