"""`storm.html`: a storm's report for people, in the look of `conformance.html`; one file that loads nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path

from markupsafe import Markup

from conformance.report import storm_plot
from conformance.report.page import SIGNS, seen, template
from conformance.report.storm_document import StormDocument
from conformance.report.words import LANGUAGES, both

_FOLDER = Path(__file__).resolve().parent / "page"


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
        plot=Markup(storm_plot.plot(document.by_second, _draw)),
        css=Markup((_FOLDER / "page.css").read_text("utf-8") + storm_plot.STYLE),
    )
