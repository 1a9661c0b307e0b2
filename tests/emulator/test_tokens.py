"""An access token lives 30 minutes, is the same one meanwhile, and is prolonged when asked for in its last minute."""

import pytest

from emulator.portone.tokens import Token, Tokens

NOW = 1_750_000_000.0
HALF_AN_HOUR, FIVE_MINUTES = 1800, 300


def test_a_token_lives_for_30_minutes() -> None:
    token = Tokens().issue("imp1", NOW)
    assert (token.imp_code, token.expires_at) == ("imp1", NOW + HALF_AN_HOUR)
    assert len(token.access_token) == 40


@pytest.mark.parametrize("later", [0, 1, HALF_AN_HOUR - 61, HALF_AN_HOUR - 60.001])
def test_until_its_last_minute_the_same_token_is_given_as_it_is(later: float) -> None:
    tokens = Tokens()
    first = tokens.issue("imp1", NOW)
    assert tokens.issue("imp1", NOW + later) == first


@pytest.mark.parametrize("later", [HALF_AN_HOUR - 60, HALF_AN_HOUR - 30, HALF_AN_HOUR - 0.001])
def test_in_its_last_minute_it_is_prolonged_by_five_minutes(later: float) -> None:
    tokens = Tokens()
    first = tokens.issue("imp1", NOW)
    again = tokens.issue("imp1", NOW + later)
    assert again == Token(first.access_token, "imp1", NOW + HALF_AN_HOUR + FIVE_MINUTES)
    assert tokens.find(first.access_token) == tokens.newest("imp1") == again


@pytest.mark.parametrize("later", [HALF_AN_HOUR, HALF_AN_HOUR + 1, 86_400])
def test_when_it_has_expired_there_is_a_new_one_and_the_old_is_unknown(later: float) -> None:
    tokens = Tokens()
    first = tokens.issue("imp1", NOW)
    second = tokens.issue("imp1", NOW + later)
    assert second.access_token != first.access_token
    assert second.expires_at == NOW + later + HALF_AN_HOUR
    assert tokens.find(first.access_token) is None
    assert tokens.find(second.access_token) == tokens.newest("imp1") == second


def test_an_expired_token_is_still_found_until_there_is_a_newer_one() -> None:
    tokens = Tokens()
    first = tokens.issue("imp1", NOW)
    assert tokens.find(first.access_token) == first
    assert first.expires_at < NOW + 86_400


def test_each_account_has_its_own() -> None:
    tokens = Tokens()
    one, other = tokens.issue("imp1", NOW), tokens.issue("imp2", NOW)
    assert one.access_token != other.access_token
    assert (tokens.newest("imp1"), tokens.newest("imp2"), tokens.newest("imp3")) == (one, other, None)
    assert tokens.find("another text") is None


def test_one_that_was_kept_is_the_newest_again() -> None:
    tokens = Tokens()
    kept = Token("abc", "imp1", NOW + 100)
    tokens.put(kept)
    assert tokens.find("abc") == tokens.newest("imp1") == tokens.issue("imp1", NOW) == kept


def test_one_that_is_taken_back_is_unknown_and_the_next_is_another() -> None:
    tokens = Tokens()
    first = tokens.issue("imp1", NOW)
    tokens.revoke(first.access_token)
    assert (tokens.find(first.access_token), tokens.newest("imp1")) == (None, None)
    assert tokens.issue("imp1", NOW).access_token != first.access_token


def test_to_take_back_what_was_never_issued_changes_nothing() -> None:
    tokens = Tokens()
    kept = tokens.issue("imp1", NOW)
    tokens.revoke("another text")
    assert (tokens.newest("imp1"), tokens.was_issued("another text")) == (kept, None)


def test_whose_a_token_was_is_known_while_it_lives_and_afterwards() -> None:
    tokens = Tokens()
    old, other = tokens.issue("imp1", NOW), tokens.issue("imp2", NOW)
    tokens.revoke(old.access_token)
    asked = (old.access_token, other.access_token, "another text")
    assert [tokens.was_issued(each) for each in asked] == ["imp1", "imp2", None]


def test_of_former_tokens_the_last_ten_thousand_are_remembered() -> None:
    tokens = Tokens()
    former = []
    for _ in range(10_001):
        former.append(tokens.issue("imp1", NOW).access_token)
        tokens.revoke(former[-1])
    assert tokens.was_issued(former[0]) is None
    assert {tokens.was_issued(each) for each in former[1:]} == {"imp1"}


def test_all_of_an_account_are_taken_back_and_given_back_once() -> None:
    tokens = Tokens()
    mine, others = tokens.issue("imp1", NOW), tokens.issue("imp2", NOW)
    tokens.revoke_all("imp1")
    assert (tokens.find(mine.access_token), tokens.find(others.access_token)) == (None, others)
    tokens.restore("imp2")
    assert tokens.find(mine.access_token) is None
    tokens.restore("imp1")
    assert tokens.find(mine.access_token) == tokens.newest("imp1") == mine
    tokens.revoke(mine.access_token)
    tokens.restore("imp1")
    assert tokens.find(mine.access_token) is None


def test_one_that_was_issued_meanwhile_lives_beside_those_given_back() -> None:
    tokens = Tokens()
    old = tokens.issue("imp1", NOW)
    tokens.revoke_all("imp1")
    new = tokens.issue("imp1", NOW)
    tokens.restore("imp1")
    assert [tokens.find(each.access_token) for each in (old, new)] == [old, new]
    tokens.revoke(new.access_token)
    assert tokens.newest("imp1") == old
