"""On the Korean page of a red run only identifiers, commands and what machines said are left in English."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from conformance.target.rows import LIMITS
from tests import forks


def left_in_english(page: BeautifulSoup) -> list[str]:
    """The texts that stand in one language only, which is English; commands and answers of machines stand in `pre`."""
    marked = page.select('[lang="en"]')
    alone = [one for one in marked if one.name not in ("html", "button", "pre") and "l" not in (one.get("class") or [])]
    return [" ".join(one.get_text().split()) for one in alone]


STOPPED_BY = "결제했으나 결과를 받지 못했습니다"
TOO_LATE = "취소되었거나 취소 중이며"
KEEPS, TWICE = "keeps-messages-from-the-sdk", "asks-twice"
EACH = ("--requirement=CHECKOUT-06", "--requirement=CHECKOUT-07")


@pytest.mark.parametrize(
    ("defect", "chosen", "stopped_by"),
    [
        (KEEPS, ("-k", "by_method and PayPal"), STOPPED_BY),
        pytest.param(KEEPS, EACH, STOPPED_BY, marks=pytest.mark.proof),
        (TWICE, ("--requirement=MONEY-04",), TOO_LATE),
    ],
    ids=["one", "each", "twice"],
)
def test_nothing_of_a_buyer_who_was_stopped(
    defect: str, chosen: tuple[str, ...], stopped_by: str, tmp_path: Path
) -> None:
    out = tmp_path / "reports"
    reports = (f"--alluredir={out / 'allure-results'}", f"--junit-xml={out / 'junit.xml'}")
    ended = forks.run("pytest", "-q", "--lang=ko", f"--shop-defect={defect}", *LIMITS, *chosen, *reports)
    assert ended.returncode == 1, ended.stdout
    page = BeautifulSoup((out / "conformance.html").read_text("utf-8"), "html.parser")
    assert stopped_by in page.get_text()
    assert left_in_english(page) == []
