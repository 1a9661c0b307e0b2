"""junit.xml in line with the verdicts and the features, and several of them joined into one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from conformance.machine import whole
from conformance.verdict.algebra import ScenarioResult, Verdict
from conformance.verdict.features import places
from conformance.verdict.terms import in_words_of

_COUNTERS = {"failure": "failures", "error": "errors", "skipped": "skipped"}


_NODEID = "nodeid"
"""The property that keeps what pytest called the case."""


def settle(junit: Path, settled: Sequence[ScenarioResult], api: str) -> None:
    """Bring junit.xml in line with the verdicts, and name each case as the features do: title, file and line.

    What people read is in the words of this generation of PortOne.

    A WARN, which is no failure, is shown by its title and by what is printed with it.
    """
    if junit.exists():
        mark_errors(junit, settled)
        _name_as_written(junit, {result.title: result for result in settled}, api)


def _name_as_written(junit: Path, settled: Mapping[str, ScenarioResult], api: str) -> None:
    written = places()
    tree = ElementTree.parse(junit)
    for case in tree.iter("testcase"):
        properties = case.find("properties")
        told = {one.get("name"): str(one.get("value")) for one in case.iter("property")}
        title = told.get("scenario", "")
        if properties is None or title not in settled:
            continue
        if _NODEID not in told:
            ElementTree.SubElement(properties, "property", name=_NODEID, value=str(case.get("name")))
        case.set("name", in_words_of(api, title))
        case.set("classname", told.get("feature", ""))
        if place := written.get(title):
            case.set("file", place.file)
            case.set("line", str(place.line))
        if settled[title].verdict is Verdict.WARN:
            case.set("name", f"{in_words_of(api, title)} [{Verdict.WARN}]")
            reason = in_words_of(api, settled[title].reason)
            _print(case, f"{Verdict.WARN} {' '.join(settled[title].requirements)}: {reason}")
    _write(tree.getroot(), junit)


def _print(case: ElementTree.Element, words: str) -> None:
    printed = case.find("system-out")
    if printed is None:
        printed = ElementTree.SubElement(case, "system-out")
    printed.text = words


def _pytests_name(case: ElementTree.Element) -> str:
    told = {one.get("name"): str(one.get("value")) for one in case.iter("property")}
    return told.get(_NODEID, str(case.get("name")))


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
            if verdict := changed.get(_pytests_name(case)):
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
        if _pytests_name(case) in names:
            suite.remove(case)
            for counter in ("tests", *(_COUNTERS[outcome.tag] for outcome in case if outcome.tag in _COUNTERS)):
                suite.set(counter, str(int(suite.get(counter, "0")) - 1))
