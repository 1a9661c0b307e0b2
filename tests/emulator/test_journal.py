"""The journal: numbers, bounds, and that no secret is kept."""

from typing import Any

import pytest

from emulator.journal import LONGEST_TEXT, Entry, Journal, Later, masked
from emulator.secret_names import MASK


def record(journal: Journal, **more: Any) -> Entry:
    usual: dict[str, Any] = {
        "kind": "other", "source": "merchant", "target": "portone", "began": 1.0, "ended": 2.0, "clock": 3.0,
        "method": "GET", "url": "/",
    }  # fmt: skip
    journal.record(**{**usual, **more})
    return journal.entries()[-1]


def test_numbers_start_at_one_and_a_reader_gets_what_is_new() -> None:
    journal = Journal()
    for _ in range(3):
        record(journal)
    assert [entry.seq for entry in journal.entries()] == [1, 2, 3]
    assert [entry.seq for entry in journal.entries(after=2)] == [3]
    assert journal.entries(after=3) == []


def test_it_is_bounded_and_says_how_much_a_reader_missed() -> None:
    journal = Journal(limit=2)
    for _ in range(5):
        record(journal)
    assert [entry.seq for entry in journal.entries()] == [4, 5]
    assert (journal.dropped(), journal.dropped(after=2), journal.dropped(after=3)) == (3, 1, 0)
    assert [entry.seq for entry in journal.entries(after=4)] == [5]


def test_clearing_forgets_entries_but_numbers_go_on() -> None:
    journal = Journal()
    record(journal)
    journal.clear()
    assert journal.entries() == []
    assert journal.dropped() == 0
    assert record(journal).seq == 2


@pytest.mark.parametrize(
    "body",
    [
        {"imp_key": "1", "imp_secret": "TOPSECRET"},
        {"response": [{"access_token": "TOPSECRET"}]},
        {"card": {"number": "TOPSECRET", "cvv": "TOPSECRET"}},
        {"Sign": "TOPSECRET"},
        '{"imp_secret": "TOPSECRET", broken',
        "imp_key=1&imp_secret=TOPSECRET&x=1",
        "see https://pay.example/?uid=1&sign=TOPSECRET",
    ],
)
def test_secrets_in_bodies_are_masked_on_the_way_in(body: Any) -> None:
    kept = record(Journal(), body=body, response=body)
    assert "TOPSECRET" not in repr(kept)
    assert repr(kept).count(MASK) >= 2


@pytest.mark.parametrize(
    "url",
    [
        "/paymentwall/webhook?uid=1&sig=TOPSECRET",
        "/x?SIG=TOPSECRET",
        "https://api.example/x?name=%ED%95%9C&sign=TOPSECRET",
        "/x?card%5Bnumber%5D=TOPSECRET",
    ],
)
def test_secrets_in_addresses_are_masked(url: str) -> None:
    kept = record(Journal(), url=url)
    assert "TOPSECRET" not in kept.url
    assert kept.url.endswith(MASK)


def test_addresses_are_reduced_to_path_and_query() -> None:
    assert record(Journal(), url="https://shop.example?wc-api=x").url == "/?wc-api=x"
    assert record(Journal(), url="https://shop.example/hook").url == "/hook"


def test_of_the_headers_only_the_relevant_are_kept_and_the_token_is_not() -> None:
    headers = {"Authorization": "Bearer TOPSECRET", "Content-Type": "application/json", "Cookie": "TOPSECRET"}
    kept = record(Journal(), headers=headers).request["headers"]
    assert kept == {"authorization": MASK, "content-type": "application/json"}


def test_masking_leaves_the_original_and_everything_else_alone() -> None:
    body = {"imp_secret": "s", "amount": 10.5, "name": "a token of love", "empty": None}
    assert masked(body) == {**body, "imp_secret": MASK}
    assert body["imp_secret"] == "s"


def test_long_texts_are_shortened() -> None:
    assert len(record(Journal(), response="x" * 10 * LONGEST_TEXT).response) == LONGEST_TEXT + 1


def test_what_comes_later_is_made_when_the_entry_is_first_read_and_masked() -> None:
    made: list[dict[str, str]] = []

    def make() -> dict[str, str]:
        made.append({"imp_uid": "imp_1", "imp_secret": "TOPSECRET"})
        return made[-1]

    journal = Journal()
    journal.record(
        kind="look-up", source="merchant", target="portone", began=1.0, ended=2.0, clock=3.0, method="GET",
        url="/payments/imp_1", response=Later(make),
    )  # fmt: skip
    assert made == []
    assert [journal.entries()[0].response for _ in range(2)] == [{"imp_uid": "imp_1", "imp_secret": MASK}] * 2
    assert len(made) == 1


def test_what_comes_later_is_there_for_who_copies_the_journal() -> None:
    journal, copied = Journal(), list[Entry]()
    journal.copied_to = copied.append
    record(journal, response=Later(lambda: {"sign": "TOPSECRET", "amount": 1}))
    assert [entry.response for entry in copied] == [{"sign": MASK, "amount": 1}]


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("a=1&b=x/y", "a=1&b=x/y"),
        ("a=%2F+b&c=%ED%95%9C", "a=/%20b&c=%ED%95%9C"),
        ("imp_uid%5B%5D=1&imp_uid[]=2", "imp_uid[]=1&imp_uid[]=2"),
        ("a&&b=", "a=&b="),
        ("n ame=1", "n%20ame=1"),
        ("_token=abc&%5Ftoken=def", f"_token={MASK}&%5Ftoken={MASK}".replace("%5F", "_")),
    ],
)
def test_a_query_is_written_as_everybody_would_write_it_and_without_secrets(query: str, kept: str) -> None:
    assert record(Journal(), url=f"http://shop.example/p?{query}").url == f"/p?{kept}"
