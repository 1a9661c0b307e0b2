"""explore finds each defect that is about the order of events, blind and soon, and finds nothing in what is right."""

from __future__ import annotations

import pytest

from shop.defects import DEFECTS
from shop.variants import VARIANTS
from tests.proof import exploring
from tests.proof.exploring import INTERLEAVING, LONGEST_MEDIAN, SECONDS, THE_SHOP
from tests.proof.table import explored

FOUND, STOOD = exploring.measured()


def test_each_defect_of_the_list_is_one_of_the_shops_with_what_makes_it_show() -> None:
    assert not INTERLEAVING.keys() - DEFECTS.keys()
    assert all(INTERLEAVING.values())


def test_each_was_found_in_time_by_a_short_story() -> None:
    assert [one.defect for one in FOUND] == list(INTERLEAVING)
    assert max(one.seconds for one in FOUND) <= SECONDS
    assert exploring.median_length(FOUND) <= LONGEST_MEDIAN


def test_what_is_right_stood_without_an_alarm() -> None:
    assert STOOD[0].merchant == THE_SHOP
    assert [one.alarm for one in STOOD if one.alarm] == []
    assert {one.merchant for one in STOOD} <= {THE_SHOP, *VARIANTS}


def test_the_page_has_a_row_for_each_with_its_figures() -> None:
    page = explored()
    for one in FOUND:
        assert f"| [{one.defect}](#{one.defect}) | {INTERLEAVING[one.defect]} | {one.requirement} | " in page
    for other in STOOD:
        assert f"| {other.merchant} | {other.steps:,} | {other.states} |" in page
    assert f"the median story has {exploring.median_length(FOUND):g} sentences" in page


@pytest.mark.proof
@pytest.mark.parametrize("defect", INTERLEAVING)
def test_a_defect_is_found_blind(defect: str) -> None:
    found = exploring.find(defect)
    assert found is not None, f"explore found nothing within {SECONDS:g} s"


@pytest.mark.proof
@pytest.mark.parametrize("merchant", [THE_SHOP, *VARIANTS])
def test_what_is_right_stands(merchant: str) -> None:
    assert exploring.stand(merchant).alarm == ""
