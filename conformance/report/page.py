"""`conformance.html`: the report that people read, print and sign; one file that loads nothing, in two languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from conformance.books.costs import SIDES, amount_of, sum_of
from conformance.books.shown import ShownBooks
from conformance.machine.places import COMMAND
from conformance.report import curl, diagram, gist, telling
from conformance.report import diagram_colours as colours
from conformance.report.checklist import Ticked, shown, tick
from conformance.report.document import ConformanceDocument, RequirementFacts, ScenarioFacts
from conformance.report.evidence import Evidence, Kind, name_of
from conformance.report.pictures import data_address_of
from conformance.report.words import LANGUAGES, both, said, spans, words
from conformance.verdict import korean
from conformance.verdict.algebra import Verdict
from conformance.verdict.reasons import Cause, Why, has, spoken, told
from conformance.verdict.terms import page_in_words_of

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


@cache
def template(name: str, folder: Path = _FOLDER) -> Template:
    """A page's template, filled in as every page's is: nothing is forgotten in silence, and all text is escaped."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def render(document: ConformanceDocument, evidence: Mapping[str, Evidence], folder: Path) -> str:
    """The page of a run. `folder` is where the pictures that the evidence names lie."""
    budget, draw = Budget(BUDGET), drawing(document.provider.kind)
    shown = {
        scenario.nodeid: _shown(scenario, evidence.get(scenario.nodeid), folder, budget, draw)
        for scenario in _by_need(document)
    }
    whole = template("page.html.jinja").render(
        document=document,
        shown=shown,
        t=words().say,
        both=both,
        broken=telling.broken(document),
        signs=SIGNS,
        verdicts=list(Verdict),
        counts={v: sum(r.verdict is v for r in document.requirements) for v in Verdict},
        areas=list(_areas(document)),
        failed=gist.to_fix(document),
        attention=[r for v in (Verdict.WARN, Verdict.REVIEW) for r in document.requirements if r.verdict is v],
        review=[r for r in document.requirements if r.verdict is Verdict.REVIEW],
        unchecked=gist.unchecked(document),
        checklist=_checklist(document),
        css=look().css,
        js=look().switch + Markup((_FOLDER / "page.js").read_text("utf-8")),
        rows=_table_rows,
        why=_why,
        seen=seen,
        reasons=gist.reasons,
        of_a_storm=gist.of_a_storm,
        told_in=_told_in,
        in_short=_in_short,
        of_books=lambda reason: has(reason.causes, Why.LEFT_WRONG),
        tells_look=_tells_look,
        story=_story,
        spoken_sentence=_sentence,
        obstacle=_obstacle,
        term=_term,
        disagreements=_disagreements,
        alone=lambda nodeid: telling.alone(document, nodeid),
        command=COMMAND,
        money_key=telling.money_key(document),
        sides=SIDES,
        amount_of=amount_of,
        titles=telling.titles(document),
        name_of=name_of,
        sum_of=sum_of,
        anchor=_anchors(),
    )
    return page_in_words_of(document.api, whole)


def _anchors() -> Callable[[str], Markup]:
    """Names each scenario once, where it stands first, so that it can be linked to."""
    named: set[str] = set()

    def anchor(nodeid: str) -> Markup:
        if nodeid in named:
            return Markup("")
        named.add(nodeid)
        return Markup(' id="s-{}"').format(name_of(nodeid))

    return anchor


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


def _shown(scenario: ScenarioFacts, kept: Evidence | None, folder: Path, budget: Budget, draw: diagram.Say) -> Shown:
    evidence = kept or Evidence(nodeid=scenario.nodeid)
    said_above = {"reason": ""}  # in both languages; the diagram's own is English
    drawn = Markup(diagram.sequence(evidence.model_copy(update=said_above), draw, alone=False))
    if scenario.outcome in (Verdict.PASS, Verdict.NOT_APPLICABLE):
        return Shown(scenario, evidence, drawn)
    picture = data_address_of(folder / Path(name).name for name in evidence.pictures)
    return Shown(
        scenario,
        evidence,
        drawn,
        calls=budget.spend(curl.all_of(evidence.events, evidence.marked).strip()),
        picture=budget.spend(picture),
        folded=scenario.outcome not in (Verdict.FAIL, Verdict.ERROR, Verdict.WARN),
    )


def _areas(document: ConformanceDocument) -> Iterator[tuple[str, Any, list[RequirementFacts]]]:
    for name, area in document.areas.items():
        own = [requirement for requirement in document.requirements if requirement.area == name]
        if own:
            yield name, area, own


def _of_causes(causes: tuple[Cause, ...] | list[Cause]) -> Iterator[Markup]:
    """Each cause in a paragraph, in both languages."""
    for cause in causes:
        english, korean = told([cause]), told([cause], "ko")
        text = both(english, korean if korean != english or cause.kind is not Why.SAID else "")
        yield Markup("{} ").format(text) + _links(cause) if cause.kind is Why.LEFT_WRONG else text


def _links(cause: Cause) -> Markup:
    """Where the evidence of each scenario stands that a cause is about."""
    link = Markup('<a href="#s-{}">{}</a>')
    return Markup(", ").join(link.format(name_of(one), words().say("open_evidence")) for one in cause.about)


def _why(scenario: ScenarioFacts) -> Iterator[Markup]:
    """A scenario's reason in paragraphs: in both languages where the suite made it, else in the words of its step."""
    yield from _of_causes(scenario.cause) if scenario.cause else map(both, scenario.reason.splitlines())


def _told_in(reason: gist.Reason) -> list[Markup]:
    """A reason in paragraphs."""
    return list(_of_causes(reason.causes) if reason.causes else map(both, reason.text.splitlines()))


def _in_short(reason: gist.Reason) -> Markup:
    """A reason in one line: its first cause says what was expected and seen, the others what led there."""
    return Markup(" ").join(_of_causes(reason.causes[:1]) if reason.causes else map(both, reason.text.splitlines()[:1]))


def seen(requirement: RequirementFacts) -> list[Markup]:
    """The requirement's reason in paragraphs: those of the scenarios that led to its verdict, each once."""
    return list(dict.fromkeys(part for reason in gist.reasons(requirement) for part in _told_in(reason)))


def _story(english: str) -> Markup:
    """A scenario's title."""
    return both(english, korean.of_title(english))


def _sentence(english: str) -> Markup:
    """A scenario's sentence with its keyword."""
    return both(english, korean.of_sentence(english))


def _obstacle(scenario: ScenarioFacts) -> Markup:
    """What the merchant could not do, where the scenario was blocked."""
    return Markup(" ").join(_of_causes(scenario.obstacle_cause)) or both(scenario.obstacle)


def _term(text: str, in_korean: str = "") -> Markup:
    """A state, an amount or a name in a table."""
    return both(text, in_korean or spoken(text))


def _disagreements(account: ShownBooks) -> Iterator[Markup]:
    """What the books of an order do not agree about, each with its requirement."""
    known = account.wrong_ko if len(account.wrong_ko) == len(account.wrong) else [""] * len(account.wrong)
    yield from map(both, account.wrong, known)


def drawing(provider: Kind) -> diagram.Say:
    """What draws a word, a sentence or an event of the diagram; a provider that was played by another is called so."""

    def draw(word: str, in_korean: str) -> str:
        known = words().diagram.get(word)
        if known is None:
            return spans(word, in_korean or korean.of_sentence(word) or word)
        played = dict.fromkeys(LANGUAGES, "")
        if word in ("portone", "paymentwall") and provider != "portone":
            played = {language: f" ({said(f'played {provider}', language)})" for language in LANGUAGES}
        return spans(known["en"] + played["en"], known["ko"] + played["ko"])

    return draw


def _tells_look(requirement: RequirementFacts) -> bool:
    """Whether its reason says what a person must look at."""
    return any(has(one.cause, Why.LOOK) for one in requirement.scenarios)


def _table_rows(evidence: Evidence) -> Iterator[tuple[int, str, str, Markup, Markup, str, bool]]:
    """The timeline's rows: number, both clocks, who to whom, what, answer, and whether the failure speaks of it."""
    start = evidence.events[0].began if evidence.events else 0.0
    for index, event in diagram.shown(evidence):
        status, _ = diagram.answer_of(event)
        since, clock = diagram.since(event, start), diagram.clock_of(event)
        ends = Markup("{} → {}").format(*map(_draw_name, (event.source, event.target)))
        what = both(diagram.words_of(event), diagram.korean_of(event) or diagram.words_of(event))
        yield index + 1, since, clock, ends, what, status, index in evidence.marked


def _draw_name(actor: str) -> Markup:
    known = words().diagram.get(actor)
    return both(actor, known["ko"]) if known else Markup("{}").format(actor)


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
