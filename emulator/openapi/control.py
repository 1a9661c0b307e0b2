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
from emulator.openapi.portone import PAYMENT
from emulator.verbs import PREFIX, Verb

_BODIES: Mapping[Verb, type[BaseModel]] = {
    Verb.PAY: Purchase,
    Verb.CALL_TEST: CallTest,
    Verb.CANCEL_IN_CONSOLE: Cancel,
    Verb.CHARGE_BACK: ChargeBack,
    Verb.REFUND: Refund,
    Verb.TRY_PINGBACK: TryPingback,
    Verb.ADVANCE: Advance,
    Verb.IDLE: Idle,
    Verb.RUN_CLOCK: Run,
    Verb.ADD_FAULT: Fault,
    **dict.fromkeys((Verb.ACCEPT_REVIEW, Verb.DECLINE_REVIEW, Verb.VOID), Nothing),
    **dict.fromkeys((Verb.OPEN_DISPUTE, Verb.RESOLVE_DISPUTE), Nothing),
    **dict.fromkeys((Verb.COMPLETE_TICKET, Verb.REFUSE_TICKET), Nothing),
    **dict.fromkeys((Verb.RESEND_WEBHOOK, Verb.RESEND_PINGBACK), Nothing),
}
_NEEDED = (Verb.PAY, Verb.ADVANCE, Verb.ADD_FAULT)
"""Without their body they do nothing."""
_STATUS = {Verb.CREATE_ACCOUNT: 201, Verb.PAY: 201, Verb.ADD_FAULT: 201}
_WHOLE_ENTRIES = frozenset(("Channel",))  # lists are replaced as a whole, so what is in them must be whole
_WAIT = query("wait_seconds", {"type": "number", "minimum": 0, "maximum": 60}, "Real seconds, for long-polling")

_MAYBE = nullable(TEXT)
_DELIVERED = nullable(fields({"status": nullable(INTEGER), "body": _MAYBE, "error": _MAYBE}, more=True))
_NUMBERED = {"type": "integer", "minimum": 0, "maximum": 2**53}
_QUERIES: Mapping[Verb, list[Mapping[str, Any]]] = {
    Verb.READ_JOURNAL: [
        query("after", _NUMBERED),
        query("kind", TEXT, "Several with commas between"),
        query("source", TEXT),
        query("imp_uid", TEXT),
        query("merchant_uid", TEXT),
        _WAIT,
    ],
    Verb.AWAIT_CHANGE: [query("after", _NUMBERED), _WAIT],
    Verb.SHOW_FAULT: [_WAIT],
}
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
    named: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in dict.fromkeys(_BODIES.values())]
    named.append((AccountSettings, "serialization"))
    _, made = models_json_schema(named, ref_template="#/components/schemas/{model}")
    found: dict[str, Any] = dict(made["$defs"])
    _, asked = models_json_schema([(AccountSettings, "validation")], ref_template="#/components/schemas/{model}Change")
    for name, schema in asked["$defs"].items():
        found[f"{name}Change"] = schema if name in _WHOLE_ENTRIES else _in_part(schema)
    return {
        **found,
        "Error": fields({"error": TEXT}),
        "MadePayment": {**PAYMENT, "properties": {**PAYMENT["properties"], "version": one_of("V1", "V2")}},
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
    described: dict[str, Any] = {}
    answers, bodies = _answers(), _bodies()
    for verb in Verb:
        address = PREFIX + verb.address.replace(":int}", "}")
        parameters = {"parameters": [_named(name) for name in verb.names]} if verb.names else {}
        operations = described.setdefault(address, parameters)
        operations[verb.method.lower()] = _operation(verb, answers[verb], bodies.get(verb))
    return described


def _answers() -> dict[Verb, Mapping[str, Any]]:
    """What each verb answers when all is well."""
    answered = {"status": nullable(INTEGER), "error": _MAYBE}
    pingbacks = {"pingbacks": listed(ref("SentPingback")), "come_from": listed(TEXT)}
    entries = {"entries": listed(ref("JournalEntry")), "next": INTEGER, "dropped": INTEGER}
    alike: Mapping[tuple[Verb, ...], Mapping[str, Any]] = {
        (
            Verb.HEALTH, Verb.REMOVE_ACCOUNT, Verb.REVOKE_TOKENS, Verb.RESTORE_TOKENS, Verb.COMPLETE_TICKET,
            Verb.REFUSE_TICKET, Verb.RESEND_PINGBACK, Verb.CLEAR_FAULTS, Verb.REMOVE_FAULT, Verb.RELEASE_FAULT,
        ): answer("Done", fields({"ok": FLAG})),
        (Verb.CREATE_ACCOUNT, Verb.SHOW_ACCOUNT, Verb.CHANGE_ACCOUNT, Verb.RESET, Verb.RESTORE): answer(
            "All settings, with secrets", ref("AccountSettings")
        ),
        (
            Verb.PAY, Verb.CANCEL_IN_CONSOLE, Verb.CHARGE_BACK, Verb.REFUND, Verb.ACCEPT_REVIEW, Verb.DECLINE_REVIEW,
            Verb.VOID, Verb.OPEN_DISPUTE, Verb.RESOLVE_DISPUTE,
        ): answer("The payment as it is then", ref("MadePayment")),
        (Verb.CALL_TEST, Verb.RESEND_WEBHOOK): answer("How it was answered", fields(answered)),
        (Verb.RUN_CLOCK, Verb.STOP_CLOCK): answer("The time", fields(_CLOCK)),
    }  # fmt: skip
    return {verb: good for verbs, good in alike.items() for verb in verbs} | {
        Verb.LIST_ACCOUNTS: _list("accounts", ref("AccountSettings")),
        Verb.TAKE_SNAPSHOT: answer("It", {"type": "object"}),
        Verb.LIST_PAYMENTS: _list("payments", ref("MadePayment")),
        Verb.LIST_CHARGES: _list("charges", _CHARGE),
        Verb.LIST_TICKETS: _list("tickets", ref("Ticket")),
        Verb.LIST_WEBHOOKS: _list("webhooks", ref("SentWebhook")),
        Verb.LIST_PINGBACKS: answer("Oldest first", fields(pingbacks)),
        Verb.TRY_PINGBACK: answer("Its answer", fields({**answered, "body": _MAYBE})),
        Verb.LIST_DELIVERIES: _list("deliveries", _NOTICE),
        Verb.READ_CLOCK: answer("It", fields({**_CLOCK, "upcoming": _UPCOMING})),
        Verb.ADVANCE: answer("The new time, and how much happened", fields({"now": NUMBER, "events": INTEGER})),
        Verb.IDLE: answer("Idle", fields({"idle": one_of(True)})),
        Verb.READ_JOURNAL: answer("Entries", fields(entries)),
        Verb.AWAIT_CHANGE: answer("How many there were", fields({"changes": INTEGER})),
        Verb.LIST_FAULTS: _list("faults", ref("ArmedFault")),
        Verb.ADD_FAULT: answer("The fault", ref("ArmedFault")),
        Verb.SHOW_FAULT: answer("It", ref("ArmedFault")),
    }


def _bodies() -> dict[Verb, Mapping[str, Any]]:
    """What each verb takes, for those that take something."""
    change = body(ref("AccountSettingsChange"), required=False)
    bodies = {verb: body(ref(model.__name__), required=verb in _NEEDED) for verb, model in _BODIES.items()}
    return bodies | {Verb.CREATE_ACCOUNT: change, Verb.CHANGE_ACCOUNT: change, Verb.RESTORE: body({"type": "object"})}


def _named(name: str) -> Mapping[str, Any]:
    """A name in an address."""
    number = name.removesuffix(":int")
    return path(number, TEXT if number == name else {"type": "integer", "minimum": 0})


def _operation(verb: Verb, good: Mapping[str, Any], given: Mapping[str, Any] | None) -> Operation:
    told = {
        _STATUS.get(verb, 200): good,
        400: answer("It cannot be done, or not be read", ref("Error")),
        401: answer("The token is missing or wrong", ref("Error")),
        403: answer("Only this machine is served, and no page of another origin", ref("Error")),
        **({404: answer("There is no such account, payment, ticket …", ref("Error"))} if verb.names else {}),
        **({413: answer("The body is too large", ref("Error"))} if given else {}),
        **(
            {503: answer("Not idle", fields({"idle": one_of(False), "waiting_for": TEXT}))} if verb is Verb.IDLE else {}
        ),
    }
    more: dict[str, Any] = {"requestBody": given} if given else {}
    if asked := _QUERIES.get(verb):
        more["parameters"] = asked
    return operation("Control plane", verb.operation_id, verb.about, told, security=[{}, {"ControlToken": []}], **more)


def _list(name: str, schema: Schema) -> Mapping[str, Any]:
    return answer("Oldest first", fields({name: listed(schema)}))


def _in_part(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in schema.items() if name != "required"}
