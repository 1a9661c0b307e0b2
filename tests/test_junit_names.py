"""junit.xml names a scenario as its feature does, its file and line, and shows a WARN that is no failure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from conformance.report import junit
from conformance.verdict.algebra import ScenarioResult, Verdict
from conformance.verdict.catalogue import Api
from conformance.verdict.features import places

TITLE = "The review ends well three days later"
NODEID = "features/test_conformance.py::test_the_review_ends_well_later[three days later]"
CASE = f"""<?xml version='1.0' encoding='utf-8'?>
<testsuites><testsuite name="pytest" errors="0" failures="0" skipped="0" tests="1">
<testcase classname="features.test_conformance" name="{NODEID.partition("::")[2]}" file="scenario.py" line="302">
<properties><property name="feature" value="Reviews"/><property name="scenario" value="{TITLE}"/></properties>
</testcase></testsuite></testsuites>"""


def settled(
    folder: Path,
    verdict: Verdict,
    times: int = 1,
    *,
    title: str = TITLE,
    reason: str = "It took long.",
    api: Api = Api.V1,
) -> ElementTree.Element:
    file = folder / "junit.xml"
    file.write_text(CASE.replace(TITLE, title), "utf-8")
    result = ScenarioResult(NODEID, "Reviews", title, ("APPROVAL-01",), verdict, reason)
    for _ in range(times):
        junit.settle(file, [result], api)
    [case] = ElementTree.parse(file).iter("testcase")
    return case


def properties(case: ElementTree.Element) -> Mapping[str | None, str | None]:
    return {one.get("name"): one.get("value") for one in case.iter("property")}


def test_a_case_has_the_features_title_file_and_line(tmp_path: Path) -> None:
    case, place = settled(tmp_path, Verdict.PASS), places()[TITLE]
    assert (case.get("classname"), case.get("name")) == ("Reviews", TITLE)
    assert (case.get("file"), case.get("line")) == ("features/approval.feature", str(place.line))
    assert "The review ends well <later>" in Path(place.file).read_text("utf-8").splitlines()[place.line - 1]
    assert case.find("system-out") is None


def test_a_warning_is_seen_without_being_a_failure(tmp_path: Path) -> None:
    case = settled(tmp_path, Verdict.WARN)
    assert case.get("name") == f"{TITLE} [WARN]"
    assert case.findtext("system-out") == "WARN APPROVAL-01: It took long."
    assert case.find("failure") is None


def test_what_pytest_called_it_is_kept_however_often_it_is_settled(tmp_path: Path) -> None:
    case = settled(tmp_path, Verdict.ERROR, times=2)
    assert properties(case)["nodeid"] == NODEID.partition("::")[2]
    assert len(list(case.iter("property"))) == 3
    joined = tmp_path / "joined.xml"
    junit.join([tmp_path / "junit.xml", tmp_path / "none.xml"], joined, superseded=[NODEID])
    assert list(ElementTree.parse(joined).iter("testcase")) == []


def test_on_v2_a_case_is_named_in_v2s_words(tmp_path: Path) -> None:
    case = settled(tmp_path, Verdict.WARN, 2, title="Two merchant_uids", reason="The imp_uid was odd.", api=Api.V2)
    assert case.get("name") == "Two paymentIds [WARN]"
    assert case.findtext("system-out") == "WARN APPROVAL-01: The transactionId was odd."
