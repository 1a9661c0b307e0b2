"""V2 for the person at the desk and for programs: lines, what is said at the start, the control plane in Python."""

import pytest

from emulator.__main__ import READY
from emulator.client import Control, ControlError
from emulator.journal import Entry
from emulator.lines import line_of
from emulator.server import Emulator
from emulator.starting import Start, pointing
from tests.emulator.v2.second import Second


def lines(second: Second, kind: str) -> list[str]:
    return [line_of(Entry(**entry)) for entry in second.account.entries(kind)]


def test_a_line_says_what_a_webhook_says_and_which_error_it_is(second: Second) -> None:
    second.pay()
    second.get("/payments/nobody")
    second.get("/payments/order-1?storeId=store-nobody")
    assert any(line.endswith("200, says Transaction.Paid") for line in lines(second, "webhook"))
    unknown, foreign = lines(second, "look-up")
    assert "404, PAYMENT_NOT_FOUND " in unknown
    assert "403: the store store-nobody is unknown, FORBIDDEN " in foreign


def test_who_starts_it_is_told_the_keys_of_v2() -> None:
    with Emulator(tls=False) as emulator:
        emulator.have_account(READY)
        said = pointing(emulator, Start())
    v2 = READY["v2"]
    for told in (
        f"V2 SDK        {emulator.url}/v2/browser-sdk.js",
        f"V2 storeId    {v2['store_id']}",
        f"V2 API secret {v2['api_secret']}",
        f"V2 webhooks   {v2['webhook']['test']['secrets'][0]}",
    ):
        assert f"  {told}\n" in said


def test_a_snapshot_from_before_v2_can_be_put_back(second: Second) -> None:
    second.account.pay()
    older = second.account.see("/snapshot")
    for settings in (older["settings"], older["created_with"]):
        del settings["v2"]
    del older["portone"]["logins"]
    for payment in older["payments"]:
        for name in ("version", "customer_id", "redirects", "pending", "refused", "disputes"):
            del payment[name]
    restored = second.account.act("/restore", **older)
    assert restored["v2"]["store_id"].startswith("store-")
    assert second.account.see("/snapshot")["created_with"]["v2"] == restored["v2"]
    (payment,) = second.account.see("/payments")["payments"]
    assert (payment["version"], payment["status"]) == ("V1", "paid")


def test_the_control_plane_in_python_pays_and_disputes(emulator: Emulator, second: Second) -> None:
    with Control(emulator.url, second.account.settings["imp_code"]) as control:
        payment = control.pay("order-1", 10.5, currency="USD", version="V2")
        assert (payment["version"], payment["merchant_uid"]) == ("V2", "order-1")
        control.dispute(payment["imp_uid"])
        assert [one["status"] for one in second.look_up()["disputes"]] == ["UNRESOLVED"]
        control.resolve_dispute(payment["imp_uid"])
        with pytest.raises(ControlError, match="There is no open dispute"):
            control.resolve_dispute(payment["imp_uid"])
        of_v1 = control.pay("order-2", 10.5, currency="USD")["imp_uid"]
        with pytest.raises(ControlError, match=r"V1 has no disputes\."):
            control.dispute(of_v1)
        assert control.call_test(version="V2")["status"] == 200
