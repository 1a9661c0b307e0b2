"""What Paymentwall tells the pingback URL, in which signature, and that it repeats itself until it is
heard.
"""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from emulator.paymentwall.charges import Charge
from emulator.paymentwall.parameters import Pingback, Reason, Type, parameters
from emulator.paymentwall.project import Project
from emulator.paymentwall.signatures import PINGBACK_V1, pingback_is_genuine
from tests.emulator.stage import KEY, NOW, SECRET, WITH_TEST, Stage, play

CHARGE = Charge("b1493096790", "minji@shop.example", "imp_1", Decimal("10.50"), "USD", "cc", "KR", NOW)


def project(**settings: object) -> Project:
    return Project.model_validate({"project_key": KEY, "secret_key": SECRET, **settings})


def test_a_payment_is_told_with_the_documented_parameters_and_the_methods_code() -> None:
    told = parameters(Pingback(CHARGE, Type.PAID), project())
    assert told.pop("sig")
    assert told == {
        "uid": "minji@shop.example",
        "goodsid": "imp_1",
        "slength": "",
        "speriod": "",
        "type": "0",
        "ref": "b1493096790",
        "ps": "cc",
        "sign_version": "3",
        "country_code": "KR",
    }


@pytest.mark.parametrize("version", [1, 2, 3])
def test_it_is_signed_in_the_version_the_console_names(version: int) -> None:
    told = parameters(Pingback(CHARGE, Type.PAID), project(pingback={"signature_version": version}))
    assert told.get("sign_version") == (None if version == 1 else str(version))
    assert len(told["sig"]) == (64 if version == 3 else 32)
    assert pingback_is_genuine(told, SECRET)
    assert all(not pingback_is_genuine({**told, name: "x"}, SECRET) for name in PINGBACK_V1)


def test_the_country_is_told_only_where_the_console_asks_for_it() -> None:
    assert "country_code" not in parameters(Pingback(CHARGE, Type.PAID), project(custom_pingback_parameters={}))
    renamed = project(custom_pingback_parameters={"land": "COUNTRY_CODE", "country_code": "COUNTRY"})
    told = parameters(Pingback(CHARGE, Type.PAID), renamed)
    assert (told["land"], told["country_code"]) == ("KR", "")


def test_a_refund_is_told_with_its_reason_and_a_part_with_its_amount() -> None:
    whole = parameters(Pingback(CHARGE, Type.REFUND, Reason.CANCELLED), project())
    assert (whole["type"], whole["reason"], whole.get("amount")) == ("2", "9", None)
    part = parameters(Pingback(CHARGE, Type.REFUND, Reason.PARTIAL_REVERSAL, Decimal("3.00")), project())
    assert (part["reason"], part["amount"], part["currency"]) == ("10", "3.00", "USD")


def test_only_the_test_method_is_marked_as_a_test() -> None:
    async def scene() -> None:
        stage = Stage(live=True, methods=WITH_TEST)
        real = await stage.charged("imp_1")
        _, answer = await stage.press_pay(stage.call(ag_external_id="imp_2", test_mode="1"), method="test")
        _, other = await stage.press_pay(stage.call(ag_external_id="imp_3", test_mode="1"), method="test")
        first, second, third = stage.receiver.received
        assert real.ref.startswith("b")
        assert len(real.ref) == 11
        assert "is_test" not in first
        assert second["is_test"] == third["is_test"] == "1"
        assert answer["ref"] == f"t{NOW:.0f}"
        assert other["ref"] == f"t{NOW + 1:.0f}"

    play(scene)


@pytest.mark.parametrize("bad", [(200, "ok"), (500, "OK"), (200, "<html>OK</html>"), (302, "")])
def test_what_is_not_answered_ok_is_told_again_every_30_minutes(bad: tuple[int, str]) -> None:
    async def scene() -> None:
        stage = Stage()
        stage.receiver.answers = [bad, bad, (200, "OK\n")]
        await stage.charged()
        assert len(stage.receiver.received) == 1
        await stage.clock.advance(1799)
        assert len(stage.receiver.received) == 1
        await stage.clock.advance(1)
        assert len(stage.receiver.received) == 2
        await stage.clock.advance(86_400)
        assert len(stage.receiver.received) == 3
        assert stage.receiver.received[0] == stage.receiver.received[2]

    play(scene)


def test_a_try_uses_the_settings_of_its_moment() -> None:
    async def scene() -> None:
        stage = Stage(pingback={"url": "http://127.0.0.1:9/nobody"})
        await stage.charged()
        assert stage.receiver.received == []
        assert [entry.error is not None for entry in stage.journal if entry.kind == "pingback"] == [True]
        stage.set(pingback={"signature_version": 2})
        await stage.clock.advance(1800)
        assert [one["sign_version"] for one in stage.receiver.received] == ["2"]
        await stage.wire.close()

    play(scene)


def test_a_project_whose_pingbacks_are_no_urls_tells_nobody() -> None:
    async def scene() -> None:
        stage = Stage(pingback={"type": "email"})
        await stage.charged()
        assert stage.clock.upcoming() == []
        assert [entry.kind for entry in stage.journal] == ["charge"]

    play(scene)


def test_the_journal_shows_the_pingback_without_its_signature() -> None:
    async def scene() -> None:
        stage = Stage()
        charge = await stage.charged()
        (entry,) = [entry for entry in stage.journal if entry.kind == "pingback"]
        assert (entry.source, entry.target, entry.status, entry.response) == (
            "paymentwall",
            "portone",
            200,
            "OK",
        )
        assert entry.imp_uid == "imp_1"
        assert entry.method == "GET"
        assert entry.request["body"]["ref"] == charge.ref
        assert entry.request["body"]["sig"] == "***"

    play(scene)


def test_pingbacks_come_from_the_documented_addresses() -> None:
    assert Stage().state.as_json()["pingbacks_come_from"] == [
        "174.36.92.186", "174.36.92.187", "174.36.92.192", "174.36.96.66", "174.37.14.28", "216.127.71.0/24",
    ]  # fmt: skip


@pytest.mark.parametrize("url", ["http://[::1", "nowhere", "ftp://portone.example/", "http://", "http://a:0x50/"])
def test_an_address_that_is_none_is_refused_in_the_console(url: str) -> None:
    with pytest.raises(ValidationError, match="it is no web address"):
        project(pingback={"url": url})


def test_one_that_is_too_long_for_an_address_is_given_up_in_the_end() -> None:
    async def scene() -> None:
        stage = Stage(custom_pingback_parameters=dict.fromkeys("abc", "USER_ID"), pingback={"retries": 1})
        assert (await stage.press_pay(stage.call(uid="x" * 20_000)))[0] == 200
        (telling,) = stage.state.pingbacks.tellings
        assert telling.error
        await stage.clock.advance(1800)
        assert (telling.state, telling.tries) == ("given_up", 2)

    play(scene)
