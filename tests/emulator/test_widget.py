"""The payment window opens for genuine calls only, charges once, and takes nothing but test cards."""

from typing import Any

import pytest

from emulator.paymentwall.signatures import Version
from tests.emulator.stage import WITH_TEST, Stage, play

PAY = "Pay 10.50 USD"
NOT_AUTHORISED = "It looks like you're not authorized to view this content."


def test_a_genuine_call_shows_the_order_the_amount_and_the_methods() -> None:
    async def scene() -> None:
        stage = Stage(name="Cotton & Clay [import]")
        page = await stage.open(stage.call())
        assert page.status == 200
        for shown in ("Pay 10.50 USD", "$10.50", "Mug", "Cotton &amp; Clay<", "Credit card", "PayPal"):
            assert shown in page.text
        assert "Test Payment" not in page.text
        assert page.headers["cache-control"] == "no-store"

    play(scene)


def test_what_the_caller_says_is_text_and_never_code() -> None:
    async def scene() -> None:
        stage = Stage()
        page = await stage.open(stage.call(ag_name="<script>alert(1)</script>", email='"><img src=x>'))
        assert "<script>alert" not in page.text
        assert "<img" not in page.text

    play(scene)


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"secret": "wrong"}, 403, NOT_AUTHORISED),
        ({"key": "unknown"}, 403, NOT_AUTHORISED),
        ({"sign_version": "9"}, 403, NOT_AUTHORISED),
        ({"widget": "p1_1"}, 404, "There is no widget p1_1 in this project."),
        ({"ag_external_id": None}, 400, "The parameter ag_external_id is missing."),
        ({"amount": "-1"}, 400, "-1 is not an amount of this currency."),
        ({"amount": "10.505"}, 400, "10.505 is not an amount of this currency."),
        ({"amount": "10.5", "currencyCode": "KRW"}, 400, "10.5 is not an amount of this currency."),
        ({"currencyCode": "ZZZ"}, 400, "The currency ZZZ is not supported."),
        ({"ps": "nothing"}, 400, "No payment method is available."),
        ({"ps": "kakaopaykr", "country_code": "US"}, 400, "No payment method is available."),
    ],
)
def test_a_call_that_cannot_be_served_shows_why_and_charges_nothing(
    changes: dict[str, str | None], status: int, message: str
) -> None:
    async def scene() -> None:
        stage = Stage()
        query = stage.call(**changes)  # type: ignore[arg-type]  # `secret` is among them
        page = await stage.open(query)
        assert (page.status, f'<p role="alert">{message}</p>' in page.text) == (200, True)
        assert (await stage.press_pay(query))[0] == status
        assert stage.state.charges == {}
        unknown = "key" in changes
        assert [entry.error for entry in stage.journal.entries() if entry.kind == "widget"] == [message] * (not unknown)

    play(scene)


def test_a_changed_call_is_not_genuine() -> None:
    async def scene() -> None:
        stage = Stage()
        cheaper = stage.call().replace("10.50", "1.50")
        assert NOT_AUTHORISED in (await stage.open(cheaper)).text
        assert (await stage.press_pay(cheaper))[0] == 403
        assert stage.state.charges == {}

    play(scene)


@pytest.mark.parametrize("version", ["1.1", "1.3", None])
def test_pw_1_works_in_version_1_2_only(version: str | None) -> None:
    async def scene() -> None:
        stage = Stage()
        assert PAY in (await stage.open(stage.call())).text
        stage.set(widgets={"pw_1": {"version": version}, "t3_1": {}})
        refused = await stage.open(stage.call())
        assert f"This widget cannot be shown in version {version or ''}." in refused.text
        assert (await stage.press_pay(stage.call()))[0] == 409
        assert PAY in (await stage.open(stage.call(widget="t3_1"))).text

    play(scene)


def test_the_two_widgets_carry_their_own_brands() -> None:
    async def scene() -> None:
        stage = Stage()
        plain, terminal = await stage.open(stage.call()), await stage.open(stage.call(widget="t3_1"))
        assert ("Terminal3</span>" in plain.text, "Terminal3</span>" in terminal.text) == (False, True)
        assert '<body class="t3_1">' in terminal.text

    play(scene)


def test_a_method_is_offered_only_in_its_countries() -> None:
    async def scene() -> None:
        stage = Stage(
            methods={
                "cc": {"name_en": "Credit card", "name_ko": "신용카드"},
                "ideal": {"name_en": "iDEAL", "name_ko": "iDEAL", "countries": ["NL"]},
            }
        )
        assert "iDEAL" not in (await stage.open(stage.call(country_code="KR"))).text
        assert "iDEAL" in (await stage.open(stage.call(country_code="NL"))).text
        assert (await stage.press_pay(stage.call(), method="ideal", country="KR"))[0] == 422
        assert (await stage.press_pay(stage.call(), method="ideal", country="NL"))[0] == 200

    play(scene)


def test_the_callers_country_counts_where_it_is_one() -> None:
    async def scene() -> None:
        stage = Stage()
        await stage.press_pay(stage.call(country_code="JP"), country="FR")
        await stage.press_pay(stage.call(country_code="KOR", ag_external_id="imp_2"), country="FR")
        await stage.press_pay(stage.call(ag_external_id="imp_3"), country="nowhere")
        assert [one["country_code"] for one in stage.receiver.received] == ["JP", "FR", "KR"]

    play(scene)


@pytest.mark.parametrize(
    ("settings", "parameters", "offered"),
    [
        ({}, {}, False),
        ({}, {"evaluation": "1"}, False),
        ({}, {"ps": "test"}, False),
        ({}, {"evaluation": "1", "ps": "test"}, True),
        ({}, {"test_mode": "1", "ps": "test"}, False),
        ({"evaluation": True}, {}, False),
        ({"evaluation": True}, {"ps": "test"}, True),
        ({"live": True}, {"ps": "test"}, False),
        ({"live": True, "evaluation": True}, {"evaluation": "1", "ps": "test"}, False),
        ({"live": True}, {"test_mode": "1"}, True),
    ],
)
def test_test_payment_is_offered_only_where_it_is_asked_for(
    settings: dict[str, bool], parameters: dict[str, Any], offered: bool
) -> None:
    async def scene() -> None:
        stage = Stage(methods=WITH_TEST, **settings)
        status, _ = await stage.press_pay(stage.call(**parameters), method="test")
        assert (status == 200) is offered

    play(scene)


def test_test_payment_is_switched_off_in_a_new_project() -> None:
    async def scene() -> None:
        stage = Stage()
        assert (await stage.press_pay(stage.call(evaluation="1", ps="test"), method="test"))[0] == 400

    play(scene)


def test_test_payment_needs_a_signature_that_protects_the_request_for_it() -> None:
    async def scene() -> None:
        stage = Stage(live=True, methods=WITH_TEST)
        assert (await stage.press_pay(stage.call(version=1, test_mode="1"), method="test"))[0] == 422
        assert (await stage.press_pay(stage.call(version=2, test_mode="1"), method="test"))[0] == 200

    play(scene)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_call_is_taken_in_the_signature_versions_of_the_project(version: Version) -> None:
    async def scene() -> None:
        stage = Stage()
        assert PAY in (await stage.open(stage.call(version=version))).text
        stage.set(widget_signature_versions=[other for other in (1, 2, 3) if other != version])
        refused = await stage.open(stage.call(version=version))
        assert (refused.status, NOT_AUTHORISED in refused.text) == (200, True)
        assert (await stage.press_pay(stage.call(version=version)))[0] == 403

    play(scene)


def test_the_seller_is_the_project_or_who_the_caller_says() -> None:
    async def scene() -> None:
        stage = Stage(name="Cotton & Clay [import]")
        assert "<dd>Cotton &amp; Clay</dd>" in (await stage.open(stage.call())).text
        assert "<dd>Clay only</dd>" in (await stage.open(stage.call(project_name="Clay only"))).text

    play(scene)


def test_the_reference_takes_its_place_in_the_way_back() -> None:
    async def scene() -> None:
        stage = Stage()
        _, answer = await stage.press_pay(stage.call(success_url="https://shop.example/thanks?ref=$ref"))
        assert answer["location"] == f"https://shop.example/thanks?ref={answer['ref']}"

    play(scene)


def test_the_way_back_is_a_web_address_or_none() -> None:
    async def scene() -> None:
        stage = Stage()
        _, answer = await stage.press_pay(stage.call(success_url="javascript:alert(1)"))
        assert answer["location"] == ""
        assert "javascript:" not in (await stage.open(stage.call(failure_url="javascript:alert(1)"))).text

    play(scene)


def test_the_journal_keeps_what_was_asked_but_no_card() -> None:
    async def scene() -> None:
        stage = Stage()
        await stage.open(stage.call())
        await stage.press_pay(stage.call())
        kinds = [entry.kind for entry in stage.journal]
        assert kinds == ["widget", "pingback", "charge"]
        told = repr(stage.journal.entries())
        assert "imp_1" in told
        assert "4242" not in told
        assert "Minji" not in told

    play(scene)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("ps/", "Virtual-currency widgets are not emulated: PortOne opens the widgets for digital goods only."),
        ("ps", "Virtual-currency widgets are not emulated: PortOne opens the widgets for digital goods only."),
        ("", "Virtual-currency widgets are not emulated: PortOne opens the widgets for digital goods only."),
        ("cart/", "Cart widgets are not emulated: PortOne opens the widgets for digital goods only."),
        ("cart", "Cart widgets are not emulated: PortOne opens the widgets for digital goods only."),
    ],
)
@pytest.mark.parametrize("version", [1, 2, 3])
def test_widgets_for_other_things_refuse_in_a_sentence(path: str, sentence: str, version: Version) -> None:
    async def scene() -> None:
        stage = Stage()
        asked = stage.call(version=version, widget="p10_1", **{"external_ids[0]": "7"})
        address = f"https://api.paymentwall.com/api/{path}?{asked}"
        page = await stage.wire.send("GET", address)
        assert (page.status, f'<p role="alert">{sentence}</p>' in page.text) == (200, True)
        forged = await stage.wire.send("GET", address.replace("minji", "somebody"))
        assert (forged.status, NOT_AUTHORISED in forged.text) == (200, True)
        assert [entry.error for entry in stage.journal.entries()] == [sentence, NOT_AUTHORISED]

    play(scene)


def test_what_the_caller_says_in_a_refusal_is_text_and_never_code() -> None:
    async def scene() -> None:
        page = await Stage().open(Stage().call(amount="'<script>alert(\"1\")</script>&'"))
        assert "'&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;&amp;' is not an amount" in page.text

    play(scene)
