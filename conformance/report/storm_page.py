"""`storm.html`: a storm's report for people, in the look of `conformance.html`; one file that loads nothing.

Its plot is an SVG, second by second: what arrived, and how long the slowest answer took.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path

from markupsafe import Markup

from conformance.report.page import SIGNS, seen, template
from conformance.report.storm_document import SecondFacts, StormDocument
from conformance.report.words import LANGUAGES, both

_FOLDER = Path(__file__).resolve().parent / "page"
WIDTH, LEFT, RIGHT, PANEL, GAP, TOP = 860, 56, 20, 150, 56, 26
HEIGHT = TOP + 2 * PANEL + GAP + 34
STYLE = (
    ".plot text{font:12px system-ui,sans-serif;fill:var(--dim)}.plot .axis{stroke:var(--rule)}"
    ".plot .head{font-weight:600;fill:var(--ink)}.plot .placed{fill:var(--link)}.plot .webhooks{fill:none;"
    "stroke:var(--pass);stroke-width:2}.plot .slow{fill:var(--review)}.plot .lost{fill:var(--fail)}"
    ".plot .key-w{fill:var(--pass)}"
)
"""Its colours are the page's."""
_STEPS = (1, 2, 4, 8)
_TICKS = 4
_LABELS = 12


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """The words of this page by key, in each language."""
    told: Mapping[str, Mapping[str, str]] = tomllib.loads((_FOLDER / "storm.toml").read_text("utf-8"))
    return told


def _say(key: str, **filled: object) -> Markup:
    return both(*(words()[key][language].format(**filled) for language in LANGUAGES))


def _draw(key: str) -> str:
    """The words of a key as content of an SVG text."""
    told = words()[key]
    return "".join(f'<tspan class="l" lang="{lang}">{escape(told[lang])}</tspan>' for lang in LANGUAGES)


def render(document: StormDocument) -> str:
    """The page of a storm."""
    return template("storm.html.jinja").render(
        document=document,
        t=_say,
        both=both,
        signs=SIGNS,
        seen=seen,
        plot=Markup(plot(document.by_second, _draw)),
        css=Markup((_FOLDER / "page.css").read_text("utf-8") + STYLE),
    )


def plot(seconds: Sequence[SecondFacts], say: Callable[[str], str]) -> str:
    """The SVG; `say` gives the words of a key as content of a text. Empty where nothing happened."""
    if not seconds:
        return ""
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" xmlns="http://www.w3.org/2000/svg"'
    parts = [
        f'<svg class="plot" role="img" aria-labelledby="plot-title" {box}>',
        f'<title id="plot-title">{say("plot_title")}</title>',
        *_arrivals(seconds, say),
        *_answers(seconds, say),
        *_clock(seconds, say),
        "</svg>",
    ]
    return "\n".join(parts)


def _arrivals(seconds: Sequence[SecondFacts], say: Callable[[str], str]) -> Iterator[str]:
    most = nice(max(max(one.placed, one.webhooks) for one in seconds))
    bottom = TOP + PANEL
    yield from _frame(TOP, most, "", say("plot_arrivals"))
    yield _key(0, "placed", say("plot_placed"))
    yield _key(1, "key-w", say("plot_webhooks"))
    step = _step(seconds)
    for index, one in enumerate(seconds):
        height = PANEL * one.placed / most
        if one.placed:
            yield _bar("placed", index, step, bottom, height)
    points = " ".join(
        f"{LEFT + (index + 0.5) * step:.1f},{bottom - PANEL * one.webhooks / most:.1f}"
        for index, one in enumerate(seconds)
    )
    yield f'<polyline class="webhooks" points="{points}"/>'


def _answers(seconds: Sequence[SecondFacts], say: Callable[[str], str]) -> Iterator[str]:
    top = TOP + PANEL + GAP
    bottom, step = top + PANEL, _step(seconds)
    most = nice(max(one.slowest for one in seconds))
    yield from _frame(top, most, " s", say("plot_slowest"))
    yield _key(1, "lost", say("plot_unanswered"), top)
    for index, one in enumerate(seconds):
        if one.webhooks:
            yield _bar("lost" if one.unanswered else "slow", index, step, bottom, max(1.0, PANEL * one.slowest / most))


def _clock(seconds: Sequence[SecondFacts], say: Callable[[str], str]) -> Iterator[str]:
    step, every = _step(seconds), max(1, math.ceil(len(seconds) / _LABELS))
    for index in range(0, len(seconds), every):
        yield f'<text x="{LEFT + index * step:.1f}" y="{HEIGHT - 18}" text-anchor="middle">{index}</text>'
    yield f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 3}" text-anchor="end">{say("plot_seconds")}</text>'


def _frame(top: float, most: float, unit: str, head: str) -> Iterator[str]:
    yield f'<text class="head" x="{LEFT}" y="{top - 10:.0f}">{head}</text>'
    for tick in range(_TICKS + 1):
        y = top + PANEL - PANEL * tick / _TICKS
        yield f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{most * tick / _TICKS:g}{unit}</text>'


def _key(place: int, kind: str, words: str, top: float = TOP) -> str:
    x = WIDTH - RIGHT - 250 + 130 * place
    square = f'<rect class="{kind}" x="{x}" y="{top - 20:.0f}" width="11" height="11" rx="2"/>'
    return f'{square}<text x="{x + 16}" y="{top - 10:.0f}">{words}</text>'


def _bar(kind: str, index: int, step: float, bottom: float, height: float) -> str:
    x, width = LEFT + index * step + step * 0.15, step * 0.7
    return f'<rect class="{kind}" x="{x:.1f}" y="{bottom - height:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _step(seconds: Sequence[SecondFacts]) -> float:
    return (WIDTH - LEFT - RIGHT) / len(seconds)


def nice(most: float) -> float:
    """The next of 1, 2, 4, 8, 10, 20 … (or 0.1, 0.2 …) that is not below, so that a quarter is round; 1 for nothing."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next((step * power for step in _STEPS if step * power >= most * (1 - 1e-9)), 10 * power)
