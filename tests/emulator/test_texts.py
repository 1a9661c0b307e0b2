"""The payment window speaks Korean and English, and writes amounts and countries as people there do."""

from decimal import Decimal

import pytest

from emulator.paymentwall.texts import TEXTS, countries, language, with_code, with_symbol
from tests.emulator.stage import Stage, play


@pytest.mark.parametrize(
    ("wanted", "accepted", "spoken"),
    [
        ("ko", "en-US", "ko"),
        ("en", "ko-KR", "en"),
        (None, "ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        (None, "fr-FR,en;q=0.8,ko;q=0.7", "en"),
        ("fr", "", "en"),
    ],
)
def test_it_speaks_korean_and_english(wanted: str | None, accepted: str, spoken: str) -> None:
    async def scene() -> None:
        stage = Stage()
        page = await stage.open(stage.call(lang=wanted), language=accepted)
        assert f'<html lang="{spoken}">' in page.text
        assert ("10.50 USD 결제하기" in page.text) is (spoken == "ko")
        assert language(wanted, accepted) == spoken

    play(scene)


def test_every_text_exists_in_both_languages_with_the_same_places_to_fill() -> None:
    assert len(TEXTS) > 40
    for key, said in TEXTS.items():
        assert said.keys() == {"en", "ko"}, key
        assert said["en"].count("{}") == said["ko"].count("{}"), key


def test_amounts_have_the_decimals_of_their_currency() -> None:
    assert with_code(Decimal("10.5"), "USD") == "10.50 USD"
    assert with_code(Decimal(12000), "KRW") == "12,000 KRW"
    assert with_symbol(Decimal(12000), "KRW", "ko") == "₩12,000"


def test_countries_are_sorted_by_the_names_shown() -> None:
    assert len(countries("en")) > 240
    assert {"KR", "XK", "FR"} <= countries("en").keys()
    assert list(countries("ko").values()) == sorted(countries("ko").values())
    assert not {"EU", "ZZ"} & countries("en").keys()
