"""junit.xml in line with the verdicts, and several of them joined into one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from xml.etree import ElementTree

from conformance.machine import whole
from conformance.verdict.algebra import ScenarioResult, Verdict

_COUNTERS = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def mark_errors(junit: Path, settled: Sequence[ScenarioResult]) -> None:
    """Make every ERROR an error in junit.xml: there pytest wrote a failure, or skipped where something was blocked.

    What was blocked at first and then failed by itself becomes a failure.
    """
    if not junit.exists():
        return
    changed = {
        result.nodeid.partition("::")[2]: result.verdict
        for result in settled
        if result.verdict is Verdict.ERROR or (result.unless_blocked and result.verdict is Verdict.FAIL)
    }
    tree = ElementTree.parse(junit)
    for suite in tree.iter("testsuite"):
        for case in suite.iter("testcase"):
            if verdict := changed.get(str(case.get("name"))):
                _mark(suite, case, verdict)
    _write(tree.getroot(), junit)


def _write(root: ElementTree.Element, into: Path) -> None:
    whole.write(into, ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _mark(suite: ElementTree.Element, case: ElementTree.Element, verdict: Verdict) -> None:
    becomes = "error" if verdict is Verdict.ERROR else "failure"
    for tag in {*_COUNTERS} - {becomes}:
        for outcome in case.findall(tag):
            outcome.tag = becomes
            for counter, change in ((_COUNTERS[tag], -1), (_COUNTERS[becomes], 1)):
                suite.set(counter, str(int(suite.get(counter, "0")) + change))
    for told in case.iter("property"):
        if told.get("name") == "verdict":
            told.set("value", verdict)


def join(files: Sequence[Path], into: Path, *, superseded: Collection[str] = ()) -> None:
    """Write one junit.xml with the suites of all that exist.

    Of the `superseded` scenarios (nodeids) only what the last file says is kept.
    """
    root = ElementTree.Element("testsuites")
    names = {nodeid.partition("::")[2] for nodeid in superseded}
    for file in files:
        if file.exists():
            suites = list(ElementTree.parse(file).iter("testsuite"))
            if file != files[-1]:
                for suite in suites:
                    _take_out(suite, names)
            root.extend(suites)
    if len(root):
        _write(root, into)


def _take_out(suite: ElementTree.Element, names: Collection[str]) -> None:
    for case in suite.findall("testcase"):
        if case.get("name") in names:
            suite.remove(case)
            for counter in ("tests", *(_COUNTERS[outcome.tag] for outcome in case if outcome.tag in _COUNTERS)):
                suite.set(counter, str(int(suite.get(counter, "0")) - 1))
