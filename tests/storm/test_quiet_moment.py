"""What a storm is compared with: some orders at a quiet moment, whichever storm was before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.portone.emulated import EmulatedProvider
from conformance.record.redaction import Redaction
from conformance.record.timeline import Timeline
from conformance.settings.conformance_toml import Settings
from conformance.storm.plan import LATE_EVERY, Shape
from conformance.storm.running import NoStorm, made_ready, quiet_moment
from conformance.storm.watching import Watch
from conformance.target.embedded import embedded
from conformance.target.options import RunOptions
from conformance.target.target import Target
from conformance.verdict.catalogue import Api


@pytest.fixture(params=[*Api])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    with embedded(Timeline(Redaction()), RunOptions(settings=Settings(api=request.param))) as running:
        yield running


def provider_of(target: Target) -> EmulatedProvider:
    assert isinstance(target.provider, EmulatedProvider)
    return target.provider


def test_no_webhook_of_it_is_held_back_however_many_there_were_before(target: Target) -> None:
    provider = provider_of(target)
    made_ready(target, provider, Shape())
    for _ in range(LATE_EVERY - 2):  # the numbers of webhooks go on from one storm to the next
        provider.pay(target.merchant.place_order())
    provider.idle()  # the last one is looked up, which would count
    made_ready(target, provider, Shape())
    with Watch(provider) as watch:
        quiet = quiet_moment(target, provider, watch)
    # V2 tells of each window that opens, and the shop looks that payment up, too.
    assert quiet.look_ups == (2.0 if target.api is Api.V2 else 1.0)
    assert quiet.seconds > 0


def test_a_merchant_that_does_not_learn_of_a_payment_then_gets_no_storm(target: Target) -> None:
    provider = provider_of(target)
    made_ready(target, provider, Shape())
    provider.configure({"webhook": {"test": {"url": f"{target.receiver.merchant_url}/elsewhere"}}})
    with Watch(provider) as watch, pytest.raises(NoStorm) as refused:
        quiet_moment(target, provider, watch)
    [order] = [payment.merchant_uid.rpartition("-")[0] for payment in provider.payments()]
    assert str(refused.value).startswith(
        f"No storm is made: at a quiet moment order {order} was paid, and the merchant calls it unpaid; "
        f"{target.receiver.merchant_url} answers a webhook with HTTP 404"
    )
