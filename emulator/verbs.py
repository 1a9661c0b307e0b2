"""The control plane's verbs, declared once: its routes, its description and its client are made of them."""

from enum import Enum
from urllib.parse import quote

PREFIX = "/_emulator"
ACCOUNT = "/accounts/{imp_code}"


class Verb(Enum):
    """A verb: the HTTP method, the address under the prefix (numbers in it as `{name:int}`), and what it is for."""

    HEALTH = "GET", "/health", "Whether it answers"
    LIST_ACCOUNTS = "GET", "/accounts", "All"
    CREATE_ACCOUNT = "POST", "/accounts", "A new account; what is left out is made up"
    SHOW_ACCOUNT = "GET", ACCOUNT, "Its settings"
    CHANGE_ACCOUNT = "PATCH", ACCOUNT, "Merge objects, replace lists"
    REMOVE_ACCOUNT = "DELETE", ACCOUNT, "With all that is in it"
    RESET = "POST", f"{ACCOUNT}/reset", "Reset to its first state"
    REVOKE_TOKENS = "POST", f"{ACCOUNT}/tokens/revoke", "Access tokens that merchants kept are refused"
    RESTORE_TOKENS = "POST", f"{ACCOUNT}/tokens/restore", "Accept them again"
    TAKE_SNAPSHOT = "GET", f"{ACCOUNT}/snapshot", "All of it"
    RESTORE = "POST", f"{ACCOUNT}/restore", "As in a snapshot"
    LIST_PAYMENTS = "GET", f"{ACCOUNT}/payments", "All payments"
    PAY = "POST", f"{ACCOUNT}/payments", "A buyer without a browser"
    CANCEL_IN_CONSOLE = "POST", f"{ACCOUNT}/payments/{{imp_uid}}/cancel", "In PortOne's console"
    CHARGE_BACK = "POST", f"{ACCOUNT}/payments/{{imp_uid}}/chargeback", "By the bank"
    REFUND = "POST", f"{ACCOUNT}/payments/{{imp_uid}}/refund", "By Paymentwall itself"
    ACCEPT_REVIEW = "POST", f"{ACCOUNT}/payments/{{imp_uid}}/review/accept", "Risk review"
    DECLINE_REVIEW = "POST", f"{ACCOUNT}/payments/{{imp_uid}}/review/decline", "Risk review"
    VOID = "POST", f"{ACCOUNT}/payments/{{imp_uid}}/review/void", "Void an authorisation"
    OPEN_DISPUTE = "POST", f"{ACCOUNT}/payments/{{imp_uid}}/dispute", "Dispute a payment of V2"
    RESOLVE_DISPUTE = "POST", f"{ACCOUNT}/payments/{{imp_uid}}/dispute/resolve", "The dispute ends"
    LIST_CHARGES = "GET", f"{ACCOUNT}/charges", "Paymentwall's charges"
    LIST_TICKETS = "GET", f"{ACCOUNT}/tickets", "Cancellation tickets"
    COMPLETE_TICKET = "POST", f"{ACCOUNT}/tickets/{{ticket:int}}/complete", "Accept it now"
    REFUSE_TICKET = "POST", f"{ACCOUNT}/tickets/{{ticket:int}}/refuse", "Refuse it now"
    LIST_WEBHOOKS = "GET", f"{ACCOUNT}/webhooks", "With request and answer"
    CALL_TEST = "POST", f"{ACCOUNT}/webhooks/test", "The console's test webhook"
    RESEND_WEBHOOK = "POST", f"{ACCOUNT}/webhooks/{{webhook:int}}/resend", "Once more"
    LIST_PINGBACKS = "GET", f"{ACCOUNT}/pingbacks", "List pingbacks"
    TRY_PINGBACK = "POST", f"{ACCOUNT}/pingbacks/test", "Paymentwall's Test Pingback Tool"
    RESEND_PINGBACK = "POST", f"{ACCOUNT}/pingbacks/{{pingback:int}}/resend", "Once more"
    LIST_DELIVERIES = "GET", f"{ACCOUNT}/deliveries", "Notices about goods"
    READ_CLOCK = "GET", f"{ACCOUNT}/clock", "Its time"
    ADVANCE = "POST", f"{ACCOUNT}/clock/advance", "Everything due by then happens first"
    RUN_CLOCK = "POST", f"{ACCOUNT}/clock/run", "At a speed"
    STOP_CLOCK = "POST", f"{ACCOUNT}/clock/stop", "The clock is stopped"
    IDLE = "POST", f"{ACCOUNT}/idle", "Wait until nothing is in flight or overdue"
    READ_JOURNAL = "GET", f"{ACCOUNT}/journal", "What crossed the boundaries"
    AWAIT_CHANGE = "GET", f"{ACCOUNT}/changes", "For pages that stay up to date"
    LIST_FAULTS = "GET", f"{ACCOUNT}/faults", "What goes wrong"
    ADD_FAULT = "POST", f"{ACCOUNT}/faults", "Have calls go wrong"
    CLEAR_FAULTS = "DELETE", f"{ACCOUNT}/faults", "Remove all"
    SHOW_FAULT = "GET", f"{ACCOUNT}/faults/{{fault:int}}", "A fault and waiting calls"
    REMOVE_FAULT = "DELETE", f"{ACCOUNT}/faults/{{fault:int}}", "Remove a fault and release waiting calls"
    RELEASE_FAULT = "POST", f"{ACCOUNT}/faults/{{fault:int}}/release", "Release waiting calls"

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
