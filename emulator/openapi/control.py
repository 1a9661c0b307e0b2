"""The control plane described; bodies are described by the models that read them."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from emulator.accounts import AccountSettings
from emulator.buyer import Purchase
from emulator.control.happenings import CallTest, Cancel, ChargeBack, Nothing, Refund, TryPingback
from emulator.control.watching import Advance, Idle, Run
from emulator.faults import Fault
from emulator.openapi.parts import (
    FLAG,
    INTEGER,
    NUMBER,
    TEXT,
    Operation,
    Schema,
    answer,
    body,
    fields,
    listed,
    nullable,
    one_of,
    operation,
    path,
    query,
    ref,
)

ACCOUNT = "/_emulator/accounts/{imp_code}"
_BODIES: tuple[type[BaseModel], ...] = (
    Purchase,
    CallTest,
    Cancel,
    ChargeBack,
    Nothing,
    Refund,
    TryPingback,
    Advance,
    Idle,
    Run,
    Fault,
)
_WHOLE_ENTRIES = frozenset(("Channel",))  # lists are replaced as a whole, so what is in them must be whole
_WAIT = query("wait_seconds", {"type": "number", "minimum": 0, "maximum": 60}, "Real seconds, for long-polling")

_MAYBE = nullable(TEXT)
_DELIVERED = nullable(fields({"status": nullable(INTEGER), "body": _MAYBE, "error": _MAYBE}, more=True))
_NUMBERED = {"type": "integer", "minimum": 0, "maximum": 2**53}
_TICKET = fields(
    {
        "id": INTEGER,
        "imp_uid": TEXT,
        "ref": TEXT,
        "amount": _MAYBE,
        "message": TEXT,
        "state": one_of("waiting", "accepted", "refused"),
        "opened_at": NUMBER,
        "due_at": NUMBER,
    },
    more=True,
)
_WEBHOOK = fields(
    {
        "id": INTEGER,
        "imp_uid": TEXT,
        "merchant_uid": TEXT,
        "status": TEXT,
        "cancellation_id": _MAYBE,
        "url": TEXT,
        "tries": INTEGER,
        "state": one_of("waiting", "delivered", "given up", "recorded"),
        "sent_at": NUMBER,
        "answer": _DELIVERED,
    },
    more=True,
)
_PINGBACK = fields(
    {"id": INTEGER, "imp_uid": TEXT, "ref": TEXT, "type": INTEGER, "reason": nullable(INTEGER), "tries": INTEGER,
     "state": one_of("waiting", "answered", "given_up"), "answer": _DELIVERED},
    more=True,
)  # fmt: skip
_ENTRY = fields(
    {
        "seq": INTEGER,
        "kind": TEXT,
        "source": one_of("merchant", "browser", "portone", "paymentwall", "operator"),
        "target": one_of("portone", "paymentwall", "merchant"),
        "began": NUMBER,
        "ended": NUMBER,
        "clock": NUMBER,
        "method": TEXT,
        "url": TEXT,
        "request": fields({"headers": {"type": "object"}, "body": {}}),
        "status": nullable(INTEGER),
        "response": {},
        "error": _MAYBE,
        "imp_uid": _MAYBE,
        "merchant_uid": _MAYBE,
    }
)
_NOTICE = fields({"ref": TEXT, "imp_uid": TEXT, "told_at": NUMBER, "fields": {"type": "object"}})
_CLOCK = {"now": NUMBER, "speed": NUMBER}
_UPCOMING = listed(fields({"due": NUMBER, "label": TEXT}))
_CHARGE = fields({"ref": TEXT, "imp_uid": TEXT, "state": TEXT, "amount": TEXT, "currency": TEXT}, more=True)


def schemas() -> Mapping[str, Any]:
    """Those of the bodies, of the settings, and the settings again as they may be given: in part."""
    named: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in _BODIES]
    named.append((AccountSettings, "serialization"))
    _, made = models_json_schema(named, ref_template="#/components/schemas/{model}")
    found: dict[str, Any] = dict(made["$defs"])
    _, asked = models_json_schema([(AccountSettings, "validation")], ref_template="#/components/schemas/{model}Change")
    for name, schema in asked["$defs"].items():
        found[f"{name}Change"] = schema if name in _WHOLE_ENTRIES else _in_part(schema)
    return {
        **found,
        "Error": fields({"error": TEXT}),
        "Ticket": _TICKET,
        "SentWebhook": _WEBHOOK,
        "SentPingback": _PINGBACK,
        "JournalEntry": _ENTRY,
        "ArmedFault": {
            **found["Fault"],
            "properties": {
                **found["Fault"]["properties"],
                "id": INTEGER,
                "left": nullable(INTEGER),
                "met": INTEGER,
                "waiting": listed({"type": "object"}),
            },
            "required": ["id", "what", "left", "met", "waiting"],
        },
    }


def paths() -> dict[str, Any]:
    """All verbs."""
    settings = answer("All settings, with secrets", ref("AccountSettings"))
    payment = answer("The payment as it is then", ref("Payment"))
    done = answer("Done", fields({"ok": FLAG}))
    sent = answer("How it was answered", fields({"status": nullable(INTEGER), "error": _MAYBE}))
    change = body(ref("AccountSettingsChange"), required=False)
    return {
        "/_emulator/health": {"get": _verb("health", "Whether it answers", done, about_account=False)},
        "/_emulator/accounts": {
            "get": _verb("listAccounts", "All", _list("accounts", ref("AccountSettings")), about_account=False),
            "post": _verb("createAccount", "A new account; what is left out is made up", settings, 201, change,
                          about_account=False),
        },
        **_at("", get=_verb("showAccount", "Its settings", settings),
              patch=_verb("changeAccount", "Merge objects, replace lists", settings, 200, change),
              delete=_verb("removeAccount", "With all that is in it", done)),
        **_at("/reset", post=_verb("reset", "Reset to its first state", settings)),
        **_at("/tokens/revoke", post=_verb("revokeTokens", "Access tokens that merchants kept are refused", done)),
        **_at("/tokens/restore", post=_verb("restoreTokens", "Accept them again", done)),
        **_at("/snapshot", get=_verb("takeSnapshot", "All of it", answer("It", {"type": "object"}))),
        **_at("/restore", post=_verb("restore", "As in a snapshot", settings, 200, body({"type": "object"}))),
        **_at("/payments", get=_verb("listPayments", "All payments", _list("payments", ref("Payment"))),
              post=_verb("pay", "A buyer without a browser", payment, 201, body(ref("Purchase")))),
        **_at("/payments/{imp_uid}/cancel", post=_act("cancelInConsole", "In PortOne's console", payment, "Cancel")),
        **_at("/payments/{imp_uid}/chargeback", post=_act("chargeBack", "By the bank", payment, "ChargeBack")),
        **_at("/payments/{imp_uid}/refund", post=_act("refund", "By Paymentwall itself", payment, "Refund")),
        **_at("/payments/{imp_uid}/review/accept", post=_act("acceptReview", "Risk review", payment, "Nothing")),
        **_at("/payments/{imp_uid}/review/decline", post=_act("declineReview", "Risk review", payment, "Nothing")),
        **_at("/payments/{imp_uid}/review/void", post=_act("void", "Void an authorisation", payment, "Nothing")),
        **_at("/charges", get=_verb("listCharges", "Paymentwall's charges", _list("charges", _CHARGE))),
        **_at("/tickets", get=_verb("listTickets", "Cancellation tickets", _list("tickets", ref("Ticket")))),
        **_at("/tickets/{ticket}/complete", post=_act("completeTicket", "Accept it now", done, "Nothing")),
        **_at("/tickets/{ticket}/refuse", post=_act("refuseTicket", "Refuse it now", done, "Nothing")),
        **_at("/webhooks", get=_verb("listWebhooks", "With request and answer", _list("webhooks", ref("SentWebhook")))),
        **_at("/webhooks/test", post=_act("callTest", "The console's test webhook", sent, "CallTest")),
        **_at("/webhooks/{webhook}/resend", post=_act("resendWebhook", "Once more", sent, "Nothing")),
        **_at("/pingbacks", get=_verb("listPingbacks", "List pingbacks", answer("Oldest first", fields(
            {"pingbacks": listed(ref("SentPingback")), "come_from": listed(TEXT)})))),
        **_at("/pingbacks/test", post=_act("tryPingback", "Paymentwall's Test Pingback Tool", answer(
            "Its answer", fields({"status": nullable(INTEGER), "body": _MAYBE, "error": _MAYBE})), "TryPingback")),
        **_at("/pingbacks/{pingback}/resend", post=_act("resendPingback", "Once more", done, "Nothing")),
        **_at("/deliveries", get=_verb("listDeliveries", "Notices about goods", _list("deliveries", _NOTICE))),
        **_at("/clock", get=_verb("readClock", "Its time", answer("It", fields({**_CLOCK, "upcoming": _UPCOMING})))),
        **_at("/clock/advance", post=_verb("advance", "Everything due by then happens first", answer(
            "The new time, and how much happened", fields({"now": NUMBER, "events": INTEGER})), 200,
            body(ref("Advance")))),
        **_at("/clock/run", post=_act("runClock", "At a speed", answer("The time", fields(_CLOCK)), "Run")),
        **_at("/clock/stop", post=_verb("stopClock", "The clock is stopped", answer("The time", fields(_CLOCK)))),
        **_at("/idle", post={**_act("idle", "Wait until nothing is in flight or overdue", answer(
            "Idle", fields({"idle": one_of(True)})), "Idle", {503: answer(
                "Not idle", fields({"idle": one_of(False), "waiting_for": TEXT}))})}),
        **_at("/journal", get=_verb("readJournal", "What crossed the boundaries", answer("Entries", fields(
            {"entries": listed(ref("JournalEntry")), "next": INTEGER, "dropped": INTEGER})), parameters=[
                query("after", _NUMBERED), query("kind", TEXT, "Several with commas between"), query("source", TEXT),
                query("imp_uid", TEXT), query("merchant_uid", TEXT), _WAIT])),
        **_at("/changes", get=_verb("awaitChange", "For pages that stay up to date", answer(
            "How many there were", fields({"changes": INTEGER})), parameters=[query("after", _NUMBERED), _WAIT])),
        **_at("/faults", get=_verb("listFaults", "What goes wrong", _list("faults", ref("ArmedFault"))),
              post=_verb("addFault", "Have calls go wrong", answer("The fault", ref("ArmedFault")), 201,
                         body(ref("Fault"))),
              delete=_verb("clearFaults", "Remove all", done)),
        **_at("/faults/{fault}", get=_verb("showFault", "A fault and waiting calls", answer("It", ref("ArmedFault")),
                                           parameters=[_WAIT]),
              delete=_verb("removeFault", "Remove a fault and release waiting calls", done)),
        **_at("/faults/{fault}/release", post=_verb("releaseFault", "Release waiting calls", done)),
    }  # fmt: skip


def _at(place: str, **verbs: Operation) -> dict[str, Any]:
    named = [step[1:-1] for step in (ACCOUNT + place).split("/") if step.startswith("{")]
    numbers = ("ticket", "webhook", "pingback", "fault")
    parameters = [path(name, {"type": "integer", "minimum": 0} if name in numbers else TEXT) for name in named]
    return {ACCOUNT + place: {"parameters": parameters, **verbs}}


def _verb(
    name: str,
    about: str,
    good: Mapping[str, Any],
    status: int = 200,
    given: Mapping[str, Any] | None = None,
    *,
    about_account: bool = True,
    also: Mapping[int, Any] | None = None,
    **more: Any,
) -> Operation:
    told = {
        status: good,
        400: answer("It cannot be done, or not be read", ref("Error")),
        401: answer("The token is missing or wrong", ref("Error")),
        403: answer("Only this machine is served, and no page of another origin", ref("Error")),
        **({404: answer("There is no such account, payment, ticket …", ref("Error"))} if about_account else {}),
        **({413: answer("The body is too large", ref("Error"))} if given else {}),
        **(also or {}),
    }
    if given is not None:
        more["requestBody"] = given
    return operation("Control plane", name, about, told, security=[{}, {"ControlToken": []}], **more)


def _act(
    name: str, about: str, good: Mapping[str, Any], given: str, also: Mapping[int, Any] | None = None
) -> Operation:
    return _verb(name, about, good, 200, body(ref(given), required=False), also=also)


def _list(name: str, schema: Schema) -> Mapping[str, Any]:
    return answer("Oldest first", fields({name: listed(schema)}))


def _in_part(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in schema.items() if name != "required"}
