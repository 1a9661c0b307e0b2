"""The control plane's verbs, declared once: its routes, its description and its client are made of them."""

from enum import Enum
from urllib.parse import quote

PREFIX = "/_emulator"
ACCOUNT = "/accounts/{imp_code}"


class Verb(Enum):
    """A verb: the HTTP method, the address under the prefix (numbers in it as `{name:int}`), and what it is for."""

    HEALTH = "GET", "/health", "Check that it answers"
    LIST_ACCOUNTS = "GET", "/accounts", "List accounts"
    CREATE_ACCOUNT = "POST", "/accounts", "Create an account; what is left out is made up"
    SHOW_ACCOUNT = "GET", ACCOUNT, "Show the account's settings"
    CHANGE_ACCOUNT = "PATCH", ACCOUNT, "Change settings: objects are merged, lists replaced"
    REMOVE_ACCOUNT = "DELETE", ACCOUNT, "Remove the account and everything in it"
    RESET = "POST", f"{ACCOUNT}/reset", "Reset the account to its first state"
    REVOKE_TOKENS = "POST", f"{ACCOUNT}/tokens/revoke", "Refuse the access tokens issued so far"
    RESTORE_TOKENS = "POST", f"{ACCOUNT}/tokens/restore", "Accept the refused access tokens again"
    TAKE_SNAPSHOT = "GET", f"{ACCOUNT}/snapshot", "Take a snapshot of the account"
    RESTORE = "POST", f"{ACCOUNT}/restore", "Restore a snapshot"
    LIST_PAYMENTS = "GET", f"{ACCOUNT}/payments", "List payments"
    PAY = "POST", f"{ACCOUNT}/payments", "Pay without a browser"
    CANCEL_IN_CONSOLE = "POST", f"{ACCOUNT}/payments/{{imp_uid}}/cancel", "Cancel a payment in PortOne's console"
    CHARGE_BACK = (
        "POST",
        f"{ACCOUNT}/payments/{{imp_uid}}/chargeback",
        "Charge a payment back, as the buyer's bank does",
    )
    REFUND = "POST", f"{ACCOUNT}/payments/{{imp_uid}}/refund", "Refund a payment at Paymentwall"
    ACCEPT_REVIEW = "POST", f"{ACCOUNT}/payments/{{imp_uid}}/review/accept", "Accept the risk review"
    DECLINE_REVIEW = "POST", f"{ACCOUNT}/payments/{{imp_uid}}/review/decline", "Decline the risk review"
    VOID = "POST", f"{ACCOUNT}/payments/{{imp_uid}}/review/void", "Void an authorisation"
    OPEN_DISPUTE = "POST", f"{ACCOUNT}/payments/{{imp_uid}}/dispute", "Dispute a payment of V2"
    RESOLVE_DISPUTE = "POST", f"{ACCOUNT}/payments/{{imp_uid}}/dispute/resolve", "Resolve a dispute of V2"
    LIST_CHARGES = "GET", f"{ACCOUNT}/charges", "List Paymentwall's charges"
    LIST_TICKETS = "GET", f"{ACCOUNT}/tickets", "List cancellation tickets"
    COMPLETE_TICKET = "POST", f"{ACCOUNT}/tickets/{{ticket:int}}/complete", "Accept a ticket now"
    REFUSE_TICKET = "POST", f"{ACCOUNT}/tickets/{{ticket:int}}/refuse", "Refuse a ticket now"
    LIST_WEBHOOKS = "GET", f"{ACCOUNT}/webhooks", "List webhooks with request and answer"
    CALL_TEST = "POST", f"{ACCOUNT}/webhooks/test", "Send the console's test webhook"
    RESEND_WEBHOOK = "POST", f"{ACCOUNT}/webhooks/{{webhook:int}}/resend", "Send a webhook again"
    LIST_PINGBACKS = "GET", f"{ACCOUNT}/pingbacks", "List pingbacks"
    TRY_PINGBACK = "POST", f"{ACCOUNT}/pingbacks/test", "Send a test pingback, as Paymentwall's tool does"
    RESEND_PINGBACK = "POST", f"{ACCOUNT}/pingbacks/{{pingback:int}}/resend", "Send a pingback again"
    LIST_DELIVERIES = "GET", f"{ACCOUNT}/deliveries", "List delivery registrations"
    READ_CLOCK = "GET", f"{ACCOUNT}/clock", "Read the clock, and what is due"
    ADVANCE = "POST", f"{ACCOUNT}/clock/advance", "Advance the clock; everything due by then happens first"
    RUN_CLOCK = "POST", f"{ACCOUNT}/clock/run", "Let the clock run at a speed"
    STOP_CLOCK = "POST", f"{ACCOUNT}/clock/stop", "Stop the clock"
    IDLE = "POST", f"{ACCOUNT}/idle", "Wait until nothing is in flight or overdue"
    READ_JOURNAL = "GET", f"{ACCOUNT}/journal", "Read the calls between the sides"
    AWAIT_CHANGE = "GET", f"{ACCOUNT}/changes", "Wait for a change"
    LIST_FAULTS = "GET", f"{ACCOUNT}/faults", "List faults"
    ADD_FAULT = "POST", f"{ACCOUNT}/faults", "Add a fault"
    CLEAR_FAULTS = "DELETE", f"{ACCOUNT}/faults", "Remove all faults"
    SHOW_FAULT = "GET", f"{ACCOUNT}/faults/{{fault:int}}", "Show a fault and the calls that wait in it"
    REMOVE_FAULT = "DELETE", f"{ACCOUNT}/faults/{{fault:int}}", "Remove a fault and release waiting calls"
    RELEASE_FAULT = "POST", f"{ACCOUNT}/faults/{{fault:int}}/release", "Release the calls that wait in a fault"

    def __init__(self, method: str, address: str, about: str) -> None:
        self.method = method
        self.address = address
        self.about = about

    @property
    def operation_id(self) -> str:
        """Its name in the description."""
        first, *others = self.name.lower().split("_")
        return first + "".join(map(str.capitalize, others))

    @property
    def names(self) -> tuple[str, ...]:
        """The names in its address, a number's with `:int` behind it."""
        return tuple(step[1:-1] for step in self.address.split("/") if step.startswith("{"))

    def at(self, *named: object) -> str:
        """Its address under the prefix, with these in place of the names."""
        filled = self.address
        for name, value in zip(self.names, named, strict=True):
            filled = filled.replace(f"{{{name}}}", quote(str(value), safe=""))
        return filled
