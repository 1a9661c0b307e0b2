"""The provider's side where the emulator stands for PortOne V2: what the suite says in V1's words is meant so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

from conformance.network.spoken import SignedWebhooks, invented_secret
from conformance.portone.api import Channel, Keys
from conformance.portone.api_v2 import API_URL, STATUSES, PortOneV2Api
from conformance.portone.emulated import EmulatedProvider
from conformance.portone.provider import Fault
from conformance.portone.sdk_words import PortOneWords, major
from conformance.record.orders import DeliveryStatus
from conformance.record.timeline import Event, Meant, Timeline
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import NotObservable
from conformance.verdict.reasons import Cause, Why

_OF_V2 = ("webhook", "redelivery")
"""Settings of the console that V2 has of its own."""
_DELIVERY: Mapping[str, str] = {
    "estimatedDeliveryDatetime": "estimated_delivery_datetime",
    "estimatedUpdateDatetime": "estimated_update_datetime",
    "refundable": "refundable",
    "carrierType": "carrier_type",
    "carrierTrackingId": "carrier_tracking_id",
    **{
        f"shippingAddress{part.capitalize()}": f"shipping_address_{part}"
        for part in ("email", "firstname", "lastname", "street", "city", "zip", "state", "country", "phone")
    },
}
_REFUSED: Mapping[int, str] = {401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "PAYMENT_NOT_FOUND"}


class EmulatedV2Provider(EmulatedProvider):
    """An account at the emulator that a merchant calls by V2."""

    capabilities = EmulatedProvider.capabilities - {Probe.TOKENS}
    version: Literal["V1", "V2"] = "V2"
    redeliveries_take = timedelta(hours=7)
    """After 0, 1, 4, 16, 64 and 256 minutes, each a little earlier or later (docs)."""
    answer_seconds_again = 30.0
    delivery_statuses: Sequence[DeliveryStatus] = tuple(
        status for status in DeliveryStatus if status is not DeliveryStatus.DELIVERING
    )

    api: PortOneV2Api

    def _begun(self, account: Mapping[str, Any], timeline: Timeline) -> None:
        v2 = account["v2"]
        self.keys = Keys(v2["store_id"], "", v2["api_secret"])
        self.webhook_secrets = tuple(v2["webhook"][account["stage"]]["secrets"])
        every = [secret for stage in ("test", "live") for secret in v2["webhook"][stage]["secrets"]]
        self.secrets = [v2["api_secret"], *every, *(str(c["secret_key"]) for c in account["channels"])]
        self.words = PortOneWords()
        self.webhooks = SignedWebhooks(v2["store_id"], self.webhook_secrets)
        self.api = PortOneV2Api(self.url, self.keys, timeline, self.attempt_of, self._channels)
        self._currencies: dict[str, str] = {}

    @property
    def shop_keys(self) -> Mapping[str, Any]:
        """The store, the API secret, and the webhook secrets of the stage."""
        secrets = self.webhook_secrets
        return {
            "api": "v2", "store_id": self.keys.imp_code, "api_secret": self.keys.imp_secret, "webhook_secrets": secrets,
        }  # fmt: skip

    def _quiet(self, settings: Mapping[str, Any]) -> Mapping[str, object]:
        return {**settings, "v2": {**settings.get("v2", {}), "redelivery": False, "review": "failed"}}

    def _redelivers(self, settings: Mapping[str, Any]) -> bool:
        return bool(settings.get("v2", {}).get("redelivery", True))  # switched on for everybody (docs)

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Change settings of the account: those of the console's V2 tab there."""
        own = {name: settings[name] for name in _OF_V2 if name in settings}
        others = {name: value for name, value in settings.items() if name not in _OF_V2}
        given = {**others.pop("v2", {}), **own}
        self.control.set(**others, **({"v2": given} if given else {}))

    def sign_with_another(self, *, first: bool) -> None:
        """Have PortOne sign webhooks with a second secret too, before the merchant's or after it."""
        second = invented_secret()
        self._timeline.redact.learn(second)
        both = [second, *self.webhook_secrets] if first else [*self.webhook_secrets, second]
        self._sign_with(both[:2] if first else both[-2:])

    def sign_with_one(self, *, first: bool) -> None:
        """Have PortOne sign webhooks with one of the merchant's two secrets alone. Raises NotObservable for one."""
        if len(self.webhook_secrets) < 2:
            raise NotObservable(Cause(Why.ONE_WEBHOOK_SECRET))
        self._sign_with([self.webhook_secrets[0 if first else -1]])

    def _sign_with(self, secrets: Sequence[str]) -> None:
        self.control.set(v2={"webhook": {self.control.settings()["stage"]: {"secrets": [*secrets]}}})

    def act(self, imp_uid: str, what: str, **details: object) -> None:
        """As in V1; besides, a cancellation that waits can be stopped, as its owner may (`stop`)."""
        if what == "stop":
            self.api.stop(imp_uid)
        else:
            super().act(imp_uid, what, **details)

    def settings(self) -> Mapping[str, Any]:
        """The account's settings; the webhook endpoints are those of V2."""
        settings = self.control.settings()
        return {**settings, "webhook": settings["v2"]["webhook"]}

    def _channels(self) -> list[Channel]:
        names = Channel.__dataclass_fields__
        return [Channel(**{name: row.get(name) for name in names}) for row in self.control.settings()["channels"]]

    @contextmanager
    def fault(self, **fault: Any) -> Iterator[Fault]:
        """As it is said of V1's paths and answers. What goes wrong inside is no webhook about a window that opened."""
        if (path := fault.get("path")) and path.count("/") > 1:
            head, _, name = path.rpartition("/")
            fault["path"] = self.api.path_of(name) if head == "/payments" and "*" not in name else path
        if isinstance(body := fault.get("body"), Mapping) and "response" in body:
            fault["status"], fault["body"] = refusal(fault.get("call"), fault["status"], body)
        self.control.set(v2={"window_webhook": False})
        try:
            with super().fault(**fault) as met:
                yield met
        finally:
            self.control.set(v2={"window_webhook": True})

    def event(self, entry: Mapping[str, Any]) -> Event:
        """An entry of the journal, with what it means in V1's words."""
        body = (entry["request"] or {}).get("body")
        given: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
        if entry["kind"] == "request_pay" and isinstance(params := given.get("params"), Mapping):
            self._currencies[str(params.get("paymentId"))] = str(params.get("currency", ""))
        event = super().event(entry)
        if event.target != "portone" or event.source == "browser":
            return event
        if event.kind == "delivery" and event.imp_uid is None:  # what was refused names its payment, too
            event = replace(event, imp_uid=given.get("transactionId"))
        currency = self._currencies.get(event.merchant_uid or "", "")
        meant = Meant(_asked(event, given, currency), _answered(event))
        return replace(event, meant=meant, url=f"{API_URL}{event.url}")


def refusal(call: str | None, status: int, body: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
    """An error answer of V1's as V2 gives it, with its HTTP status: what Paymentwall said is a 502 (docs)."""
    message = body.get("message")
    if status >= 400:
        return status, {"type": _REFUSED.get(status, "INVALID_REQUEST"), "message": message}
    if call == "cancel":
        return 502, {"type": "PG_PROVIDER", "message": message, "pgCode": "UNAVAILABLE", "pgMessage": message}
    return 400, {"type": "INVALID_REQUEST", "message": message}


def _asked(event: Event, body: Mapping[str, Any], currency: str) -> Mapping[str, Any]:
    match event.kind:
        case "cancel":
            amounts = {"amount": body.get("amount"), "checksum": body.get("currentCancellableAmount")}
            known = {name: major(amount, currency) for name, amount in amounts.items() if amount is not None}
            return {"reason": body.get("reason"), "imp_uid": event.imp_uid, **known}
        case "prepare":
            return {"merchant_uid": event.merchant_uid, "amount": major(body.get("totalAmount"), currency)}
        case "delivery":
            said = {ours: body[theirs] for theirs, ours in _DELIVERY.items() if theirs in body}
            kinds = {"type": body.get("deliveryType"), "status": body.get("deliveryStatus")}
            own = {"imp_uid": body.get("transactionId"), "merchant_uid": event.merchant_uid or event.imp_uid}
            return {**said, **{name: str(kind or "").lower() for name, kind in kinds.items()}, **own}
    return body


def _answered(event: Event) -> Mapping[str, Any] | None:
    answer = event.response
    if not isinstance(answer, Mapping):
        return None
    if event.status is None or event.status >= 400 or _failed(answer):
        return {"code": answer.get("type", -1), "message": answer.get("pgMessage") or answer.get("message")}
    if isinstance(items := answer.get("items"), list):
        return {"code": 0, "response": {"list": [in_v1(one) for one in items]}}
    return {"code": 0, "response": in_v1(answer)}


def in_v1(shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is known of a payment, or of one of its attempts, that V2 shows."""
    amount, currency = shown.get("amount"), str(shown.get("currency", ""))
    if not isinstance(amount, Mapping) or "status" not in shown:
        return {}
    attempt = shown["paymentId"] if "paymentId" in shown else shown.get("id")
    return {
        "imp_uid": shown.get("transactionId") or shown.get("id"),
        "merchant_uid": attempt,
        "status": STATUSES.get(str(shown["status"]), shown["status"]),
        "amount": major(amount.get("total"), currency),
        "cancel_amount": major(amount.get("cancelled"), currency),
        "currency": currency,
    }


def _failed(answer: Mapping[str, Any]) -> bool:
    return isinstance(made := answer.get("cancellation"), Mapping) and made.get("status") == "FAILED"
