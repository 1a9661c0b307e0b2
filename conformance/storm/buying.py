"""What one buyer of a storm does: places an order and pays it; some ask for the money back, some webhooks come thrice.

It runs in Locust's processes, and knows nothing of Locust.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import httpx

from conformance.machine.settling import pause
from conformance.merchant.drivers import driver_of
from conformance.merchant.protocol import Merchant, MerchantUnreachable, Order
from conformance.merchant.surroundings import OPEN, gate_of
from conformance.network.connections import client_of
from conformance.network.spoken import SignedWebhooks, Spoken, UnsignedWebhooks
from conformance.record.redaction import Redaction
from conformance.record.timeline import Event, Timeline
from conformance.settings.conformance_toml import CONFIG_VARIABLE, settings_of
from conformance.storm.happenings import Doing, Happening
from conformance.storm.plan import PAIR_EVERY, REFUND_EVERY, LoadPlan
from conformance.target.deployment import permitted, surroundings_of
from conformance.target.own_shop import Driven
from emulator.client import Control, ControlError

_REFUND_TRIES, _REFUND_PAUSE_SECONDS = 10, 0.5
"""The webhook that makes an order paid may come late: the operator tries again."""
_SHORT = 300
_WRONG = (MerchantUnreachable, httpx.HTTPError)


class _Unkept(Timeline):
    """A timeline of which nothing is read."""

    def record(self, event: Event) -> None:
        """Keep nothing: a storm would fill the memory."""


@dataclass
class Buyers:
    """All buyers of one process: what they share. `tell` gets every act."""

    plan: LoadPlan
    merchant: Merchant
    control: Control
    sender: httpx.Client
    tell: Callable[[Happening], None]
    paid: dict[str, str] = field(default_factory=dict)
    webhooks: Spoken = field(default_factory=UnsignedWebhooks)

    def buy(self, number: int, late_seconds: float = 0.0) -> None:
        """The order of this number, from its placing on."""
        order = self._placed(number, late_seconds)
        imp_uid = self._pays(number, order) if order else None
        if order is None or imp_uid is None:
            return
        if number % PAIR_EVERY == 0:
            self._come_at_once(number, order, imp_uid)
        if self.plan.refunds and number % REFUND_EVERY == REFUND_EVERY - 1:
            self._asks_back(number, order)
        else:
            self._looks(number, order)

    def _placed(self, number: int, late_seconds: float) -> Order | None:
        began, said, order = time.time(), "", None
        try:
            order = self.merchant.place_order()
        except _WRONG as wrong:
            said = _short(wrong)
        done = self._act(Doing.PLACE, number, began, said=said).model_copy(update={"late_seconds": late_seconds})
        self.tell(done.of(order) if order else done)
        return order

    def _pays(self, number: int, order: Order) -> str | None:
        began, said, imp_uid = time.time(), "", None
        try:
            payment = self.control.pay(
                order.merchant_uid,
                str(order.amount),
                currency=order.currency,
                buyer_name="Grace Hopper",
                buyer_email="grace@example.com",
                name="One order",
                channel_key=self.plan.channel_key,
                version=self.plan.api.upper(),
            )
            imp_uid = self.paid[order.merchant_uid] = str(payment["imp_uid"])
        except (ControlError, httpx.HTTPError) as wrong:
            said = _short(wrong)
        self.tell(
            self._act(Doing.PAY, number, began, said=said).of(order).model_copy(update={"imp_uid": imp_uid or ""})
        )
        return imp_uid

    def _come_at_once(self, number: int, order: Order, imp_uid: str) -> None:
        """The payment's webhook twice more at the same moment, as from a sender that heard of no answer."""
        fields = self.webhooks.write({"imp_uid": imp_uid, "merchant_uid": order.merchant_uid, "status": "paid"})

        def send(_: int) -> None:
            began, said, status = time.time(), "", None
            try:
                status = self._sent(fields).status_code
            except httpx.HTTPError as wrong:
                said = _short(wrong)
            self.tell(
                self._act(Doing.DELIVER, number, began, said=said).of(order).model_copy(update={"status": status})
            )

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(send, range(2)))

    def _sent(self, fields: Mapping[str, object]) -> httpx.Response:
        kind = self.plan.content_type
        body = (json.dumps(fields) if kind == "application/json" else urlencode(fields)).encode()
        headers = {"Content-Type": kind, **self.webhooks.signed(body, truly=True)}
        return self.sender.post(self.plan.webhook, content=body, headers=headers)

    def _asks_back(self, number: int, order: Order) -> None:
        for _ in range(_REFUND_TRIES):
            pause(_REFUND_PAUSE_SECONDS)
            began, said, accepted = time.time(), "", False
            try:
                accepted = self.merchant.ask_for_refund(order).accepted
            except _WRONG as wrong:
                said = _short(wrong)
            self.tell(
                self._act(Doing.REFUND, number, began, said=said).of(order).model_copy(update={"accepted": accepted})
            )
            if accepted or said:
                return

    def _looks(self, number: int, order: Order) -> None:
        began, said = time.time(), ""
        try:
            self.merchant.read_order(order)
        except _WRONG as wrong:
            said = _short(wrong)
        self.tell(self._act(Doing.READ, number, began, said=said).of(order))

    def _act(self, act: Doing, number: int, began: float, *, said: str) -> Happening:
        return Happening(act=act, number=number, at=began, seconds=time.time() - began, said=said)


def _short(wrong: Exception) -> str:
    return (str(wrong) or type(wrong).__name__)[:_SHORT]


def opened(stack: ExitStack, plan: LoadPlan, tell: Callable[[Happening], None]) -> Buyers:
    """The buyers of this process, until the stack ends.

    A deployment's file and secrets are read on this machine, from the settings that CONFORMANCE_CONFIG names, or those
    in this folder. Raises SettingsError, SecretMissing and MerchantFileError.
    """
    timeline = _Unkept(Redaction())
    paid: dict[str, str] = {}
    gate = OPEN
    if plan.files:
        merchant: Merchant = Driven(plan.base_url, plan.passwords, tuple(map(Path, plan.files))).driver(timeline)
    else:
        settings = settings_of(os.environ.get(CONFIG_VARIABLE), Path.cwd()).speaking(plan.api)
        described = permitted(settings)
        merchant = driver_of(described, surroundings_of(settings, described, timeline, paid.get), settings.folder)
        gate = gate_of(described, webhooks=True)
    stack.callback(merchant.close)
    control = stack.enter_context(Control(plan.emulator, plan.imp_code, plan.token))
    let_in = {"request": [gate.pass_through]}
    sender = stack.enter_context(client_of(timeout=plan.patience_seconds, event_hooks=let_in))
    webhooks = SignedWebhooks(plan.store_id, plan.webhook_secrets) if plan.webhook_secrets else UnsignedWebhooks()
    return Buyers(plan, merchant, control, sender, tell, paid, webhooks)
