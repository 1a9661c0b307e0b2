"""The preflight of a run at a real account: keys, channel, the webhook address, the merchant, before anybody pays."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
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
from conformance.target.legs import Broken, Stands, go_through
from conformance.target.target import Target
from conformance.verdict.catalogue import Stage
from conformance.verdict.endings import Blocked, SuiteError

REAL_LEGS = ("keys", "channel", "address", "merchant")
_LIMIT_SECONDS = 15.0
_TEST_MID = "t_"
"""What the MIDs begin with that PortOne's console generates for tests [inferred from the guide's own]."""


@dataclass
class RealPreflight:
    """Goes through the legs; nothing is charged, and one order is placed that nobody pays."""

    target: Target

    def legs(self) -> Iterator[Stands]:
        """Each leg as it was found to stand, one after the other. Raises Broken at the first that does not."""
        checks: tuple[Callable[[], str], ...] = (self._keys, self._channel, self._address, self._merchant)
        breaking = (PortOneRefused, Blocked, MerchantUnreachable, SuiteError)
        yield from go_through(
            {leg: partial(self._with_an_answer, leg, check) for leg, check in zip(REAL_LEGS, checks, strict=True)},
            breaking,
        )

    def _with_an_answer(self, leg: str, check: Callable[[], str]) -> str:
        try:
            return check()
        except httpx.TransportError as error:
            address = self._portone.api_url
            raise Broken(leg, f"{address} does not answer ({in_words(error)}): correct portone.api_url") from error

    @property
    def settings(self) -> Settings:
        """Those of the run."""
        return self.target.options.settings

    @property
    def _portone(self) -> PortOneSettings:
        assert self.settings.portone is not None  # the target was started with it
        return self.settings.portone

    def _keys(self) -> str:
        try:
            self.target.provider.api.token()
        except PortOneRefused as refusal:
            raise Broken(
                "keys",
                f"{str(refusal).rstrip('.')}. Take key and secret of the REST API V1 from PortOne's console, and check "
                "what portone.imp_key and portone.imp_secret name",
            ) from refusal
        return f"{self._portone.api_url} accepts the REST API key and secret"

    def _channel(self) -> str:
        channels = [channel for channel in self.target.provider.api.channels() if channel.takes_paymentwall]
        wanted = self._portone.channel_key
        known = ", ".join(channel.channel_key for channel in channels) or "none"
        own = next((channel for channel in channels if channel.channel_key == wanted), None)
        if own is None:
            told = f"the account has no Paymentwall channel {wanted}; it has {known}: correct portone.channel_key"
            raise Broken("channel", told)
        if objection := self._objection(own):
            raise Broken("channel", objection)
        return f"channel {own.channel_key} with MID {own.pg_id} takes {'test' if own.sandbox else 'live'} payments"

    def _objection(self, channel: Channel) -> str | None:
        mid = channel.pg_id
        if self.target.stage is Stage.LIVE and (channel.sandbox or mid.startswith(_TEST_MID)):
            return f"MID {mid} is a test MID, and this is the live stage: name the live channel in portone.channel_key"
        if self.target.stage is Stage.TEST and not channel.sandbox:
            return f"MID {mid} is a live channel's, and this is the test stage: name a test channel, or --stage live"
        if self._portone.mid not in (None, mid):
            return f"the channel has MID {mid}, and portone.mid says {self._portone.mid}: correct whichever is wrong"
        return None

    def _address(self) -> str:
        receiver = self.target.receiver
        if not receiver.capabilities:
            return f"webhooks go to {receiver.url}, the merchant's own; nothing is replaced there"
        nonce = secrets.token_urlsafe(12)
        answer = self._answer_of(receiver.url, nonce)
        if answer != receiver.answer_to(nonce):
            here = f"{self.settings.receiver.host}:{self.settings.receiver.port}"
            raise Broken(
                "address",
                f"{receiver.url} does not lead to this receiver (a nonce sent there did not come back): have the "
                f"tunnel or proxy lead to {here}, or correct receiver.public_url",
            )
        return f"{receiver.url} leads here; PortOne's console must have it as this stage's endpoint, which no API shows"

    def _answer_of(self, url: str, nonce: str) -> str:
        try:
            with httpx.Client(timeout=_LIMIT_SECONDS, follow_redirects=False, trust_env=not is_here(url)) as client:
                return client.get(url, params={NONCE: nonce}).text
        except httpx.HTTPError as error:
            return f"{type(error).__name__}"

    def _merchant(self) -> str:
        merchant = self.target.merchant
        order = merchant.place_order()
        placed = f"order {order.reference} over {order.amount} {order.currency} was placed"
        view = merchant.read_order(order)
        if view.state is not OrderState.UNPAID:
            raise Broken(
                "merchant", f"{placed}, and its state is {view} before anybody paid: correct read_order.states"
            )
        return f"{placed}and will not be paid; its state is unpaid"
