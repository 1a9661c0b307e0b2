"""One list says what is a secret, for the emulator's journal, the suite's reports and the merchant's own file."""

import json
from typing import Any

import pytest

from conformance.record.redaction import Redaction
from emulator.journal import masked
from emulator.secret_names import MASK, is_secret, is_secret_variable, masked_text, may_be_secret

NAMES = [
    "imp_secret", " imp_secret", "imp_secret ", "IMP_SECRET", "secret", "client_secret", "webhook-secret", "secret_key",
    "secret-key", "private_key", "api_key", "X-ApiKey", "X-Api-Key", "access_token", "refresh_token", "token", "_token",
    "csrf_token", "X-CSRFToken", "authorization", "Proxy-Authorization", "X-ImpTokenHeader", "Cookie", "Set-Cookie",
    "password", "passwd", "new_password", "sign", "sig", "card", "card_number", "cardNumber", "card[number]",
    "card[cvv]", "card[exp_month]", "auth[imp_secret]", "cvv", "CVC", "card_cvv", "cvv_code", "pwd_2digit", "expiry",
    "birth", "cookies",
]  # fmt: skip
NO_SECRETS = [
    "imp_key", "merchant_uid", "imp_uid", "amount", "status", "signature_version", "sign_version", "order_number",
    "design", "tokens", "card_name", "card_quota", "customer_uid", "channel_key", "pay_method", "notice_url[]",
    "pg_provider", "birthday_cake", "key", "keyboard", "",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_both_keep_the_same_names_secret(name: str) -> None:
    assert is_secret(name)
    assert Redaction()({name: "hush"}) == {name: MASK}
    assert masked({name: "hush"}) == {name: MASK}


@pytest.mark.parametrize("name", NO_SECRETS)
def test_both_leave_the_same_names_alone(name: str) -> None:
    assert not is_secret(name)
    assert Redaction()({name: "plain"}) == masked({name: "plain"}) == {name: "plain"}


def test_a_name_of_a_megabyte_is_judged_and_not_remembered() -> None:
    assert not is_secret("x" * (1 << 20))
    assert is_secret(" " * (1 << 20) + "token")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("imp_key=K& imp_secret=S", f"imp_key=K& imp_secret={MASK}"),
        ("imp_key=K&+imp_secret=S&x=1", f"imp_key=K&+imp_secret={MASK}&x=1"),
        ("imp_key=K&%20imp_secret=S", f"imp_key=K&%20imp_secret={MASK}"),
        ("number=4242424242424242&expiry=2030-12", f"number={MASK}&expiry={MASK}"),
        ("number=9490-9400-1111-1114&birth=880101", f"number={MASK}&birth={MASK}"),
        ("card%5Bnumber%5D=4242&card[cvv]=123", f"card%5Bnumber%5D={MASK}&card[cvv]={MASK}"),
        ('{"pwd_2digit": "12", "cvc": 123}', f'{{"pwd_2digit": "{MASK}", "cvc": {MASK}}}'),
        ('{"token": "a b", "amount": 3}', f'{{"token": "{MASK}", "amount": 3}}'),
        ('{\\"secret_key\\": \\"abc\\"}', f'{{\\"secret_key\\": \\"{MASK}\\"}}'),
        ('{"number": 4242424242424242, "n": 1}', f'{{"number": {MASK}, "n": 1}}'),
        ('{"card": {"number": "9490940011111114"}}', f'{{"card": {{"number": "{MASK}"}}}}'),
        ("x-apikey: abc", f"x-apikey: {MASK}"),
        ("/x?a=1&sign=abc", f"/x?a=1&sign={MASK}"),
    ],
)
def test_both_mask_texts_alike(text: str, left: str) -> None:
    assert masked_text(text) == masked(text) == Redaction().text(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "The order number: 17. A sign: it is paid. The card: Visa. No token: 401.",
        "/payments?status=paid&page=2&card_name=Visa",
        '{"number": 4242, "total": 3}',
        '{"number": "20261130174319", "order": {"number": "A-17"}}',
        "/orders?number=1009&page=2",
        '{"order_number": 17, "sign_version": 2, "card": {"name": "A"}, "token": null}',
    ],
)
def test_both_leave_other_texts_alone(text: str) -> None:
    assert masked_text(text) == masked(text) == Redaction().text(text) == text


@pytest.mark.parametrize("value", [{"Sign": "s"}, [{"x": [{"TOKEN": "s"}]}], {"a": {"card": {"number": "s"}}}])
def test_both_look_at_any_depth(value: Any) -> None:
    assert masked(value) == Redaction()(value) != value


@pytest.mark.parametrize("name", ["Authorization", "Cookie", "X-Api-Key", "X-Shop-Key", "X-Shop-Token-2", "X-Secrets"])
def test_a_header_that_may_be_a_credential_is_asked_about(name: str) -> None:
    assert may_be_secret(name)


@pytest.mark.parametrize("name", ["Accept", "Content-Type", "X-Requested-With", "User-Agent"])
def test_another_header_is_not(name: str) -> None:
    assert not may_be_secret(name)


@pytest.mark.parametrize(("name", "is_one"), [("SHOP_SECRET", True), ("GITHUB_TOKEN", True), ("HOME", False)])
def test_what_the_environment_calls_a_secret_is_one(name: str, is_one: bool) -> None:
    assert is_secret_variable(name) is is_one


# Each hint that a text may hold a secret, by a name that goes by no other hint.
ALONE = [
    "secret", "x-apikey", "token", "passwd", "pwd", "authorization", "cookie", "csrf", "cvv", "cvc", "sig", "card",
    "expiry", "birth",
]  # fmt: skip


@pytest.mark.parametrize("name", ALONE)
def test_a_text_with_one_name_of_a_secret_alone_is_masked(name: str) -> None:
    assert masked_text(f'{{"{name}": "hush", "amount": 3}}') == f'{{"{name}": "***", "amount": 3}}'


def test_a_text_with_all_names_of_secrets_is_masked_throughout() -> None:
    text = masked_text(json.dumps(dict.fromkeys(ALONE, "hush")))
    assert json.loads(text) == dict.fromkeys(ALONE, "***")


@pytest.mark.parametrize("held", ["4242 4242 4242 4242", 4242424242424242, "9490940011111114"])
def test_a_number_that_holds_a_card_s_is_masked(held: object) -> None:
    assert masked({"number": held}) == Redaction()({"number": held}) == {"number": MASK}


@pytest.mark.parametrize("held", ["FQMAS6", "A-17", 1009, "20261130174319", "", None, ["1", "2"], {"of": "orders"}])
def test_a_number_that_is_an_order_s_stays_in_the_evidence(held: object) -> None:
    assert masked({"number": held}) == Redaction()({"number": held}) == {"number": held}
