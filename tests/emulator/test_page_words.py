"""Every word of the emulator's pages has its Korean, and nothing is kept that no page says."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
from bs4 import BeautifulSoup

from emulator.faults import CALLS, Fault
from emulator.page import STATIC

SCRIPTS = sorted(STATIC.glob("*.js"))
PAGES = sorted(STATIC.glob("*.html"))
KOREAN: dict[str, str] = json.loads((STATIC / "korean.json").read_text("utf-8"))
NAMES = re.compile(r"\{(\w+)\}")


def said() -> set[str]:
    """What scripts say with `t` and `w`, and pages with `data-t`."""
    scripts = {text for file in SCRIPTS for text in re.findall(r'\b[tw]\("([^"]*)"', file.read_text("utf-8"))}
    elements = [one for file in PAGES for one in BeautifulSoup(file.read_text("utf-8"), "html.parser").find_all(True)]
    marked = {str(one[name]) for one in elements for name in ("data-t", "data-t-label") if one.has_attr(name)}
    assert len(scripts) > 150
    assert len(marked) > 15
    return scripts | marked


def test_no_sentence_lacks_its_korean_and_none_is_stale() -> None:
    assert said() - KOREAN.keys() == set()
    assert KOREAN.keys() - said() == set()


def test_both_languages_have_the_same_facts_and_korean_is_korean() -> None:
    for english, korean in KOREAN.items():
        assert Counter(NAMES.findall(korean)) == Counter(NAMES.findall(english)), english
        assert korean == english or re.search(r"[가-힣]", korean), english
    same = {english for english, korean in KOREAN.items() if english == korean}
    assert same == {"Endpoint URL", "{done}.", "{done}: {happened}."}


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_what_a_page_shows_by_itself_is_what_it_is_marked_with(file: Path) -> None:
    for one in BeautifulSoup(file.read_text("utf-8"), "html.parser").find_all(True):
        if one.has_attr("data-t"):
            assert one.get_text() == one["data-t"]
        if one.has_attr("data-t-label"):
            assert one["aria-label"] == one["data-t-label"]


def test_the_faults_of_the_page_are_those_of_the_emulator() -> None:
    script = (STATIC / "faults.js").read_text("utf-8")
    what, calls = (
        re.search(r"WHAT = \{(.*?)\};", script, re.DOTALL),
        re.search(r"CALLS = \[(.*?)\];", script, re.DOTALL),
    )
    assert what is not None
    assert calls is not None
    assert re.findall(r"(\w+): w\(", what[1]) == list(get_args(Fault.model_fields["what"].annotation))
    assert re.findall(r'"([\w-]+)"', calls[1]) == list(CALLS)
