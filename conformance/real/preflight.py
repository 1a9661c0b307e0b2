"""The preflight of a run at a real account: keys, channel, the webhook address, the merchant, before anybody pays."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import httpx

from conformance.merchant.protocol import MerchantUnreachable
from conformance.merchant.surroundings import is_here
from conformance.network.connections import in_words
from conformance.network.receiver import NONCE
from conformance.portone.api import Channel, PortOneRefused
from conformance.record.orders import OrderState
from conformance.settings.conformance_toml import Settings
from conformance.settings.real import PortOneSettings
from conformance.target.legs import Broken, NotTried, Stands, go_through
from conformance.target.preflight import not_unpaid, placed_as
from conformance.target.target import Target
from conformance.verdict.catalogue import Api, Stage
from conformance.verdict.endings import Blocked, NotObservable, SuiteError, causes_of
from conformance.verdict.reasons import Cause, Causes, Why, term, within

REAL_LEGS = ("keys", "channel", "address", "merchant")
KEYS: Mapping[Api, str] = {
    Api.V1: "portone.imp_key, portone.imp_secret",
    Api.V2: "portone.store_id, portone.api_secret",
}
"""What opens the account, as the settings call it."""
_LIMIT_SECONDS = 15.0
_TEST_MID = "t_"
"""What the MIDs begin with that PortOne's console generates for tests [inferred from the guide's own]."""


@dataclass
class RealPreflight:
    """Goes through the legs; nothing is charged, and one order is placed that nobody pays."""

    target: Target

    def legs(self) -> Iterator[Stands]:
        """Each leg as it was found to stand, one after the other. Raises Broken at the first that does not."""
        checks: tuple[Callable[[], Causes], ...] = (self._keys, self._channel, self._address, self._merchant)
        breaking = (PortOneRefused, Blocked, MerchantUnreachable, SuiteError)
        yield from go_through(
            {leg: partial(self._with_an_answer, leg, check) for leg, check in zip(REAL_LEGS, checks, strict=True)},
            breaking,
        )

    def _with_an_answer(self, leg: str, check: Callable[[], Causes]) -> Causes:
        try:
            return check()
        except httpx.TransportError as error:
            silent = {"url": self._portone.api_url, **term("why", in_words(error))}
            raise Broken(leg, Cause(Why.CHECK_API_SILENT, facts=silent)) from error

    @property
    def settings(self) -> Settings:
        """Those of the run."""
        return self.target.options.settings

    @property
    def _portone(self) -> PortOneSettings:
        assert self.settings.portone is not None  # the target was started with it
        return self.settings.portone

    def _keys(self) -> Causes:
        keys = {"keys": KEYS[self.target.api]}
        try:
            self.target.provider.api.check_keys()
        except PortOneRefused as refusal:
            refused = Cause(Why.CHECK_KEYS_REFUSED, facts={**within(causes_of(refusal)), **keys})
            raise Broken("keys", refused) from refusal
        return (Cause(Why.CHECK_KEYS_ACCEPTED, facts={"url": self._portone.api_url, **keys}),)

    def _channel(self) -> Causes:
        try:
            channels = [channel for channel in self.target.provider.api.channels() if channel.takes_paymentwall]
        except NotObservable as reason:
            raise NotTried(*causes_of(reason)) from reason
        wanted = self._portone.channel_key
        own = next((channel for channel in channels if channel.channel_key == wanted), None)
        if own is None:
            known = term("known", *([channel.channel_key for channel in channels] or ["none"]))
            raise Broken("channel", Cause(Why.CHECK_NO_CHANNEL, facts={"channel": wanted, **known}))
        if objection := self._objection(own):
            raise Broken("channel", objection)
        facts = {"channel": own.channel_key, "mid": own.pg_id, **term("stage", "test" if own.sandbox else "live")}
        return (Cause(Why.CHECK_CHANNEL, facts=facts),)

    def _objection(self, channel: Channel) -> Cause | None:
        mid = channel.pg_id
        if self.target.stage is Stage.LIVE and (channel.sandbox or mid.startswith(_TEST_MID)):
            return Cause(Why.CHECK_TEST_MID, facts={"mid": mid})
        if self.target.stage is Stage.TEST and not channel.sandbox:
            return Cause(Why.CHECK_LIVE_MID, facts={"mid": mid})
        if self._portone.mid not in (None, mid):
            return Cause(Why.CHECK_OTHER_MID, facts={"mid": mid, "said": str(self._portone.mid)})
        return None

    def _address(self) -> Causes:
        receiver = self.target.receiver
        where = {"url": receiver.url}
        if not receiver.capabilities:
            return (Cause(Why.CHECK_OWN_ADDRESS, facts=where),)
        nonce = secrets.token_urlsafe(12)
        answer = self._answer_of(receiver.url, nonce)
        if answer != receiver.answer_to(nonce):
            here = f"{self.settings.receiver.host}:{self.settings.receiver.port}"
            raise Broken("address", Cause(Why.CHECK_LED_ELSEWHERE, facts={**where, "here": here}))
        return (Cause(Why.CHECK_LEADS_HERE, facts=where),)

    def _answer_of(self, url: str, nonce: str) -> str:
        try:
            with httpx.Client(timeout=_LIMIT_SECONDS, follow_redirects=False, trust_env=not is_here(url)) as client:
                return client.get(url, params={NONCE: nonce}).text
        except httpx.HTTPError as error:
            return f"{type(error).__name__}"

    def _merchant(self) -> Causes:
        merchant = self.target.merchant
        order = merchant.place_order()
        view = merchant.read_order(order)
        if view.state is not OrderState.UNPAID:
            raise Broken("merchant", not_unpaid(order, view))
        return (Cause(Why.CHECK_NOT_TO_PAY, facts=placed_as(order)),)
