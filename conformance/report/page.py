"""`conformance.html`: the report that people read, print and sign; one file that loads nothing, in two languages."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from conformance.books.costs import SIDES, amount_of, sum_of
from conformance.report import curl, diagram
from conformance.report import diagram_colours as colours
from conformance.report.checklist import Item, Ticked, shown, tick
from conformance.report.document import ConformanceDocument, RequirementFacts, ScenarioFacts, titles
from conformance.report.evidence import Evidence, name_of
from conformance.report.pictures import encoded
from conformance.verdict.algebra import Verdict
from conformance.verdict.reasons import Why, has, told

LANGUAGES = ("en", "ko")
SIGNS: Mapping[Verdict, str] = {
    Verdict.FAIL: "✗",
    Verdict.ERROR: "!",
    Verdict.WARN: "△",
    Verdict.REVIEW: "◎",
    Verdict.INCONCLUSIVE: "?",
    Verdict.PASS: "✓",
    Verdict.NOT_APPLICABLE: "–",
}
BUDGET = 1_400_000  # characters of calls and pictures: the page stays small whatever fails; all of it is kept in files
PRODUCTION = "golive"
"""The target on which the merchant's deployment is the one that goes live."""
_FOLDER = Path(__file__).resolve().parent / "page"
_UNSEEN = (None, Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE)


@dataclass(frozen=True)
class Shown:
    """A scenario as the page shows it; `calls` and `picture` are empty where they were not needed or too much."""

    facts: ScenarioFacts
    evidence: Evidence
    diagram: Markup
    calls: str = ""
    picture: str = ""
    folded: bool = True


@dataclass
class Budget:
    """How many characters may still be spent."""

    left: int

    def spend(self, text: str) -> str:
        """The text, or nothing when it would be too much."""
        if len(text) > self.left:
            return ""
        self.left -= len(text)
        return text


@dataclass(frozen=True)
class Words:
    """The suite's own words by key, in each language."""

    words: Mapping[str, Mapping[str, str]]
    diagram: Mapping[str, Mapping[str, str]]
    checklist: Sequence[Item] = field(default_factory=list)

    def say(self, key: str, **filled: object) -> Markup:
        """The words of a key in every language, of which the page shows one at a time."""
        return both(*(self.words[key][language].format(**filled) for language in LANGUAGES))

    def draw(self, word: str) -> str:
        """The words of the diagram, as content of an SVG text."""
        told = self.diagram[word]
        return "".join(f'<tspan class="l" lang="{lang}">{escape(told[lang])}</tspan>' for lang in LANGUAGES)


@cache
def words() -> Words:
    """The words of the data file beside the page's template."""
    told = tomllib.loads((_FOLDER / "words.toml").read_text("utf-8"))
    items = [
        Item(
            {lang: row[lang] for lang in LANGUAGES},
            tuple(row["requirements"]),
            row.get("stage", ""),
            tuple(row.get("scenarios", ())),
            row.get("production", False),
        )
        for row in told["checklist"]
    ]
    return Words(told["words"], told["diagram"], items)


def both(english: str, korean: str = "") -> Markup:
    """A text in both languages, of which the page shows one; where there is no Korean the English one stays."""
    if not korean:
        return Markup('<span lang="en">{}</span>').format(english)
    return Markup('<span class="l" lang="en">{}</span><span class="l" lang="ko">{}</span>').format(english, korean)


def render(document: ConformanceDocument, evidence: Mapping[str, Evidence], folder: Path) -> str:
    """The page of a run. `folder` is where the pictures that the evidence names lie."""
    budget = Budget(BUDGET)
    shown = {
        scenario.nodeid: _shown(scenario, evidence.get(scenario.nodeid), folder, budget)
        for scenario in _by_need(document)
    }
    templates = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("page.html.jinja").render(
        document=document,
        shown=shown,
        t=words().say,
        both=both,
        signs=SIGNS,
        verdicts=list(Verdict),
        counts={v: sum(r.verdict is v for r in document.requirements) for v in Verdict},
        areas=list(_areas(document)),
        failed=[r for v in (Verdict.FAIL, Verdict.ERROR) for r in document.requirements if r.verdict is v],
        attention=[r for v in (Verdict.WARN, Verdict.REVIEW) for r in document.requirements if r.verdict is v],
        blocked=_blocked(document),
        unseen=[r for r in document.requirements if r.verdict in _UNSEEN],
        checklist=_checklist(document),
        css=look().css,
        js=look().switch + Markup((_FOLDER / "page.js").read_text("utf-8")),
        rows=_table_rows,
        why=_why,
        seen=_seen,
        tells_look=_tells_look,
        sides=SIDES,
        amount_of=amount_of,
        titles=titles(document),
        name_of=name_of,
        sum_of=sum_of,
        anchor=_anchors(),
    )


def _anchors() -> Callable[[str], Markup]:
    """Names each scenario once, where it stands first, so that it can be linked to."""
    named: set[str] = set()

    def anchor(nodeid: str) -> Markup:
        if nodeid in named:
            return Markup("")
        named.add(nodeid)
        return Markup(' id="s-{}"').format(name_of(nodeid))

    return anchor


def _blocked(document: ConformanceDocument) -> Mapping[tuple[str, ...], list[RequirementFacts]]:
    """The requirements that only what failed kept from being shown, by what that is."""
    red = {r.id for r in document.requirements if r.verdict in (Verdict.FAIL, Verdict.WARN)}
    found: dict[tuple[str, ...], list[RequirementFacts]] = {}
    for requirement in document.requirements:
        unshown = [s for s in requirement.scenarios if s.outcome is Verdict.INCONCLUSIVE]
        causes = tuple(dict.fromkeys(id for scenario in unshown for id in scenario.blocked_by))
        if requirement.verdict is Verdict.INCONCLUSIVE and causes and red.issuperset(causes):
            found.setdefault(causes, []).append(requirement)
    return found


def _checklist(document: ConformanceDocument) -> list[Ticked]:
    scenarios = {scenario.title: scenario.outcome for r in document.requirements for scenario in r.scenarios}
    requirements = {r.id: shown(r.verdict, r.level) for r in document.requirements}
    goes_live = document.target == PRODUCTION
    return tick(words().checklist, {**scenarios, **requirements}, document.stage, production=goes_live)


def _by_need(document: ConformanceDocument) -> Iterator[ScenarioFacts]:
    """Every scenario once, the worst first, so that what a reader needs comes before the budget is spent."""
    seen: dict[str, ScenarioFacts] = {}
    for requirement in document.requirements:
        for scenario in requirement.scenarios:
            seen.setdefault(scenario.nodeid, scenario)
    yield from sorted(seen.values(), key=lambda scenario: scenario.outcome.severity)


def _shown(scenario: ScenarioFacts, kept: Evidence | None, folder: Path, budget: Budget) -> Shown:
    evidence = kept or Evidence(nodeid=scenario.nodeid)
    said_above = {"reason": ""} if scenario.cause else {}  # in both languages; the diagram's own is English
    drawn = Markup(diagram.sequence(evidence.model_copy(update=said_above), words().draw, alone=False))
    if scenario.outcome in (Verdict.PASS, Verdict.NOT_APPLICABLE):
        return Shown(scenario, evidence, drawn)
    picture = _picture(evidence, folder)
    return Shown(
        scenario,
        evidence,
        drawn,
        calls=budget.spend(curl.all_of(evidence.events, evidence.marked).strip()),
        picture=budget.spend(picture),
        folded=scenario.outcome not in (Verdict.FAIL, Verdict.ERROR, Verdict.WARN),
    )


def _picture(evidence: Evidence, folder: Path) -> str:
    """The last picture of the scenario as a data address; empty without one."""
    files = [folder / Path(name).name for name in evidence.pictures]
    there = [file for file in files if file.exists()]
    return f"data:image/jpeg;base64,{encoded(there[-1].read_bytes())}" if there else ""


def _areas(document: ConformanceDocument) -> Iterator[tuple[str, Any, list[RequirementFacts]]]:
    for name, area in document.areas.items():
        own = [requirement for requirement in document.requirements if requirement.area == name]
        if own:
            yield name, area, own


def _why(scenario: ScenarioFacts) -> Iterator[Markup]:
    """A scenario's reason in paragraphs: in both languages where the suite made it, else in the words of its step."""
    for cause in scenario.cause:
        english, korean = told([cause]), told([cause], "ko")
        yield both(english, korean if korean != english else "")
    if not scenario.cause:
        yield from map(both, scenario.reason.splitlines())


def _seen(requirement: RequirementFacts) -> list[Markup]:
    """The requirement's reason in paragraphs: those of the scenarios that led to its verdict, each once."""
    led = [one for one in requirement.scenarios if one.outcome is requirement.verdict and one.reason]
    found = dict.fromkeys(part for one in led for part in _why(one))
    return list(found) or list(map(both, requirement.reason.splitlines()))


def _tells_look(requirement: RequirementFacts) -> bool:
    """Whether its reason says what a person must look at."""
    return any(has(one.cause, Why.LOOK) for one in requirement.scenarios)


def _table_rows(evidence: Evidence) -> Iterator[tuple[int, str, str, str, str, str, bool]]:
    """The timeline's rows: number, both clocks, who to whom, what, answer, and whether the failure speaks of it."""
    start = evidence.events[0].began if evidence.events else 0.0
    for index, event in diagram.shown(evidence):
        status, _ = diagram.answer_of(event)
        since, clock = diagram.since(event, start), diagram.clock_of(event)
        ends = f"{event.source} → {event.target}"
        yield index + 1, since, clock, ends, diagram.words_of(event), status, index in evidence.marked


@dataclass(frozen=True)
class Look:
    """What another page needs to look the same: its styles, and the script that switches its language."""

    css: Markup
    switch: Markup


def look() -> Look:
    """The look of this page, for others."""
    css = (_FOLDER / "page.css").read_text("utf-8") + _diagram_style()
    return Look(Markup(css), Markup((_FOLDER / "language.js").read_text("utf-8")))


def _diagram_style() -> str:
    light, dark = colours.style(colours.LIGHT), colours.style(colours.DARK)
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}{colours.RULES}"
