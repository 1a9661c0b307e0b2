"""Faults in the accounts at PortOne and Paymentwall, as settings of the emulator that are changed after the set-up.

Faults of the registered address itself, as its certificate, are made when the target is started.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.network.certificates import Flaw
from conformance.verdict.catalogue import Stage

Settings = Callable[[Mapping[str, Any]], Mapping[str, object]]


@dataclass(frozen=True)
class AccountDefect:
    """A fault: what it is in one sentence, the requirements that it breaks, and how to set it wrong.

    `why` says why it breaks more than one. `stage` is the one that it is about, `address` what is wrong with the
    webhook address (of the live stage). `only_v1` says why a merchant on V2 cannot have it.
    """

    sentence: str
    turns_red: tuple[str, ...]
    settings: Settings = lambda _right: {}
    stage: Stage = Stage.TEST
    address: Flaw = "none"
    why: str = ""
    only_v1: str = ""


def _channel(**wrong: object) -> Settings:
    """The channel that the shop names is wrong; the account's other one stays as it is."""
    return lambda right: {"channels": [{**right["channels"][0], **wrong}, *right["channels"][1:]]}


def _every_channel(**wrong: object) -> Settings:
    return lambda right: {"channels": [{**channel, **wrong} for channel in right["channels"]]}


def _test_project(right: Mapping[str, Any]) -> Mapping[str, object]:
    key = f"t_{right['paymentwall']['project_key']}"
    return {**_channel(pg_id=key)(right), "paymentwall": {"project_key": key}}


def _secret_with_a_space(right: Mapping[str, Any]) -> Mapping[str, object]:
    return _channel(secret_key=f"{right['channels'][0]['secret_key']} ")(right)


def _project(**wrong: object) -> Settings:
    return lambda _right: {"paymentwall": wrong}


def _set(wrong: Mapping[str, object]) -> Settings:
    return lambda _right: wrong


DEFECTS: Mapping[str, AccountDefect] = {
    "another-secret": AccountDefect(
        "The secret was renewed at PortOne, and the shop still has the old one.",
        ("SETUP-01", "WEBHOOK-01", "WEBHOOK-17", "CHECKOUT-06", "CHECKOUT-15"),
        _set({"imp_secret": "renewed-since-then", "v2": {"api_secret": "renewed-since-then"}}),
        why="without a token nothing is looked up and nothing is registered, so that nothing is ever paid",
    ),
    "no-paymentwall-channel": AccountDefect(
        "The account has a channel, but none to Paymentwall.",
        ("SETUP-02", "CHECKOUT-06"),
        _every_channel(pg_provider="tosspayments"),
        why="the widget is Paymentwall's, and no channel leads there",
    ),
    "live-channel": AccountDefect(
        "The channel of the test stage takes live payments.", ("SETUP-03",), _channel(sandbox=False)
    ),
    "another-mid": AccountDefect(
        "The channel has a MID that the console did not generate.",
        ("SETUP-03", "SETUP-15", "CHECKOUT-06"),
        _channel(pg_id="t_elsewhere"),
        why="Paymentwall knows no project of that name: it opens no widget, and charges no card",
    ),
    "pw_1-version-1.1": AccountDefect(
        "Version 1.1 is selected for the widget pw_1.",
        ("SETUP-10", "CHECKOUT-06"),
        _set({"paymentwall": {"widgets": {"pw_1": {"version": "1.1"}}}}),
        why="the widget of that version does not work with PortOne",
    ),
    "country-parameter-with-another-value": AccountDefect(
        "The custom pingback parameter country_code has a value that Paymentwall does not know.",
        ("SETUP-11", "COUNTRY-01"),
        _set({"paymentwall": {"custom_pingback_parameters": {"country_code": "COUNTRY"}}}),
        why="a country that Paymentwall does not send no look-up can give",
    ),
    "webhook-elsewhere": AccountDefect(
        "The endpoint of this stage is another shop's.",
        ("SETUP-12",),
        _set({"webhook": {"test": {"url": "http://127.0.0.1:9/another-shop"}}}),
    ),
    "no-webhook": AccountDefect(
        "No endpoint is registered for this stage.", ("SETUP-12",), _set({"webhook": {"test": {"url": None}}})
    ),
    "test-mode-left-on": AccountDefect(
        "The channel of the live stage was added in test mode.",
        ("SETUP-04", "CHECKOUT-06"),
        _channel(sandbox=True),
        Stage.LIVE,
        why="a payment through a test channel pays no order of a live shop",
    ),
    "mid-of-another-project": AccountDefect(
        "The live channel has a MID that is not the issued Project Key.",
        ("SETUP-04", "SETUP-15", "CHECKOUT-06"),
        _channel(pg_id="ffffffffffffffffffffffffffffffff"),
        Stage.LIVE,
        why="Paymentwall knows no project of that name: it opens no widget, and charges no card",
    ),
    "test-keys-in-the-live-channel": AccountDefect(
        "The live channel has the key of a project for tests.",
        ("SETUP-05",),
        _test_project,
        Stage.LIVE,
    ),
    "secret-key-with-a-space": AccountDefect(
        "The live channel's Secret Key was copied with a space behind it.",
        ("SETUP-05", "SETUP-15", "CHECKOUT-06"),
        _secret_with_a_space,
        Stage.LIVE,
        why="Paymentwall rejects a signature made with another key: it opens no widget, and charges no card",
    ),
    "project-opened-elsewhere": AccountDefect(
        "The Paymentwall project was not opened through PortOne's sign-up page.",
        ("SETUP-06",),
        _project(name="My shop"),
    ),
    "pingbacks-to-the-shop": AccountDefect(
        "Paymentwall sends its pingbacks to the shop.",
        ("SETUP-07", "CHECKOUT-06"),
        _project(pingback={"url": "http://127.0.0.1:9/paymentwall"}),
        why="PortOne receives no payment result, so the buyer is never told that the payment succeeded",
    ),
    "pingbacks-by-mail": AccountDefect(
        "Paymentwall's pingbacks are of the type Email.",
        ("SETUP-07", "CHECKOUT-06"),
        _project(pingback={"type": "email"}),
        why="PortOne receives no payment result, so the buyer is never told that the payment succeeded",
    ),
    "pingbacks-signed-in-version-2": AccountDefect(
        "Paymentwall signs its pingbacks with version 2, which PortOne does not take.",
        ("SETUP-08", "CHECKOUT-06"),
        _project(pingback={"signature_version": 2}),
        why="PortOne receives no payment result, so the buyer is never told that the payment succeeded",
    ),
    "plain-http": AccountDefect(
        "The live stage's webhooks go to an address without TLS.", ("SETUP-14",), stage=Stage.LIVE, address="plain"
    ),
    "expired-certificate": AccountDefect(
        "The certificate of the webhook address has expired.", ("SETUP-14",), stage=Stage.LIVE, address="expired"
    ),
    "certificate-of-nobody-known": AccountDefect(
        "The certificate of the webhook address was signed by an unknown authority.",
        ("SETUP-14",),
        stage=Stage.LIVE,
        address="untrusted",
    ),
    "certificate-of-another-host": AccountDefect(
        "The certificate of the webhook address was issued for another host name.",
        ("SETUP-14",),
        stage=Stage.LIVE,
        address="of another host",
    ),
    "no-keyed-in-payments": AccountDefect(
        "The contract has no payments by keyed-in card, as the guide lets expect.",
        ("SETUP-15",),
        _set({"api_payments": False}),
        only_v1="Paymentwall takes no keyed-in card through V2",
    ),
    "redelivery-never-asked-for": AccountDefect(
        "PortOne was not asked to deliver webhooks again.", ("SETUP-17",), _set({"redelivery": False})
    ),
    "open-to-every-address": AccountDefect(
        "The REST API may be called from everywhere.", ("SETUP-17",), _set({"allowed_addresses": []})
    ),
}
