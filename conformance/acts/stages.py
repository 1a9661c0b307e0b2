"""What tells the stages apart: the channel that a checkout names, and payments that a browser led to another one."""

from __future__ import annotations

from dataclasses import replace

from conformance.acts import checkouts
from conformance.acts.purchases import Purchase
from conformance.browser.journey import Journey
from conformance.browser.visits import Visit
from conformance.portone import request_pay
from conformance.portone.api import Channel
from conformance.portone.consoles import ChannelKeys
from conformance.portone.provider import Choice
from conformance.target.target import Target
from conformance.verdict.catalogue import Stage
from conformance.verdict.endings import NotApplicable, SuiteError, blocked
from conformance.verdict.observation import failing_as, stands_on
from conformance.verdict.reasons import Cause, Why, term


def channel_of(target: Target, visit: Visit) -> Channel:
    """The channel that the page's request names; what else is registered does not matter.

    Where it says no more than pg "paymentwall", this stage's channel is meant (inferred: with several channels
    PortOne wants the MID behind it). Raises Blocked by CHECKOUT-02 when none of the account's is named.
    """
    named = request_pay.channels_named(visit.request, checkouts.paymentwall_channels(target))
    with stands_on("CHECKOUT-02"), failing_as(Why.NO_CHANNEL_NAMED):
        assert named
    of_stage = [channel for channel in named if channel.sandbox is (target.stage is Stage.TEST)]
    return (of_stage or named)[0]


def keys_of(target: Target, channel: Channel) -> ChannelKeys:
    """The keys that were entered for a channel. Raises SuiteError when the console does not show it."""
    for keys in target.provider.console().channels:
        if keys.channel_key == channel.channel_key:
            return keys
    raise SuiteError(f"PortOne lists the channel {channel.channel_key}, and its console does not show it")


def own_channel(target: Target) -> Channel:
    """The account's Paymentwall channel of this stage. Raises Blocked by what speaks of it when there is none."""
    channels = checkouts.paymentwall_channels(target)
    own = [channel for channel in channels if channel.sandbox is (target.stage is Stage.TEST)]
    with stands_on("SETUP-03", "SETUP-04"), failing_as(Why.NO_CHANNEL, **term("stage", target.stage)):
        assert own
    return own[0]


def channel_for_tests(target: Target) -> Channel:
    """A test channel of the account that a browser could choose. Raises NotApplicable when there is none."""
    for channel in checkouts.paymentwall_channels(target):
        if channel.sandbox:
            return channel
    raise NotApplicable(Cause(Why.NO_TEST_CHANNEL))


def diverted(target: Target, purchase: Purchase, journey: Journey) -> Purchase:
    """The purchase after a journey that diverts took it through the test channel, to the shop's page and back.

    PortOne's webhook about it is kept back, so that only the browser tells. Raises Blocked when the browser was
    stopped.
    """
    with target.receiver.withholding():
        visit = checkouts.paid(target, purchase, journey)
        target.withheld_by_now()
    if visit.obstacle:
        raise blocked(visit.obstacle, "CHECKOUT-06", "CHECKOUT-09")
    payment = target.provider.api.payment(_imp_uid(visit))
    if not (payment.sandbox and payment.status == "paid"):
        raise SuiteError(f"payment {payment.imp_uid} is {payment.status} and was to be paid through the test channel")
    return replace(purchase, payment=payment)


def paid_through_test_channel(target: Target, purchase: Purchase) -> Purchase:
    """The purchase after a buyer without a browser paid it through the test channel; nobody is told."""
    with target.receiver.withholding():
        payment = target.provider.pay(purchase.order, Choice(channel_key=channel_for_tests(target).channel_key))
        target.provider.idle()
    return replace(purchase, payment=payment)


def _imp_uid(visit: Visit) -> str:
    """What the page was told in its callback, or at its m_redirect_url."""
    told = [result.get("imp_uid") for result in visit.results]
    told += [visit.in_address(address).get("imp_uid") for address in visit.addresses]
    told = [one for one in told if one]
    if not told:
        raise SuiteError("the browser came back without saying which payment it made")
    return str(told[-1])
