"""The control plane's verbs in Python, over HTTP, for one account of a running emulator."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from emulator.calling import READ_SECONDS, Caller, ControlError, Json
from emulator.faults import CallName
from emulator.verbs import Verb

__all__ = ["READ_SECONDS", "Control", "ControlError"]


class Control(Caller):
    """What people do on the page and in the consoles, for one account.

    `url` is the emulator's, `token` the control plane's where it wants one. Money is in major currency units, as a
    number or a text; `seconds` of the clock are virtual, those of waiting real. Every verb raises ControlError with
    the emulator's sentence, and httpx.HTTPError where there is no answer. May be used from several threads.
    """

    # Settings and the account as a whole

    def accounts(self) -> list[Json]:
        """The settings of all accounts, of which this is one."""
        return self._listed(Verb.LIST_ACCOUNTS, "accounts")

    def settings(self) -> Json:
        return self._told(Verb.SHOW_ACCOUNT)

    def set(self, **settings: Any) -> Json:
        """Change settings: objects are merged, lists replaced. All settings as they are then."""
        return self._told(Verb.CHANGE_ACCOUNT, json=settings)

    def remove(self) -> None:
        """Forget the account with everything in it."""
        self._told(Verb.REMOVE_ACCOUNT)

    def reset(self) -> Json:
        return self._do(Verb.RESET)

    def revoke_tokens(self) -> None:
        """Refuse the access tokens that were given so far, as if they were old."""
        self._do(Verb.REVOKE_TOKENS)

    def restore_tokens(self) -> None:
        """Take them again."""
        self._do(Verb.RESTORE_TOKENS)

    def snapshot(self) -> Json:
        return self._told(Verb.TAKE_SNAPSHOT)

    def restore(self, snapshot: Mapping[str, Any]) -> Json:
        return self._do(Verb.RESTORE, **snapshot)

    # Time

    def now(self) -> float:
        """Virtual unix seconds."""
        return float(self.clock()["now"])

    def clock(self) -> Json:
        """`now`, `speed` and what is `upcoming`."""
        return self._told(Verb.READ_CLOCK)

    def advance(self, seconds: float) -> int:
        """Move the clock; how many due events ran. Returns when what they started has ended."""
        return int(self._do(Verb.ADVANCE, seconds=seconds)["events"])

    def run(self, speed: float = 1.0) -> None:
        """Let time pass by itself, at `speed` virtual seconds per real one."""
        self._do(Verb.RUN_CLOCK, speed=speed)

    def stop(self) -> None:
        """Freeze the clock."""
        self._do(Verb.STOP_CLOCK)

    def idle(self, timeout_seconds: float = 5.0) -> None:
        """Wait until nothing is in flight or overdue. ControlError (503) names what still is."""
        self._do(Verb.IDLE, timeout_seconds=timeout_seconds)

    # Payments

    def pay(self, merchant_uid: str, amount: float | str, **purchase: Any) -> Json:
        """A buyer without a browser; the payment. More fields: see `emulator.buyer.Purchase`."""
        return self._do(Verb.PAY, merchant_uid=merchant_uid, amount=amount, **purchase)

    def payments(self) -> list[Json]:
        return self._listed(Verb.LIST_PAYMENTS, "payments")

    def cancel(self, imp_uid: str, *, amount: float | str | None = None, reason: str | None = None) -> Json:
        """Cancel in PortOne's console; the payment."""
        return self._do(Verb.CANCEL_IN_CONSOLE, imp_uid, amount=amount, reason=reason)

    def charge_back(
        self,
        imp_uid: str,
        *,
        amount: float | str | None = None,
        reason: Literal["chargeback", "card_fraud", "other_fraud"] = "chargeback",
    ) -> Json:
        """The buyer's bank takes the money back; the payment."""
        return self._do(Verb.CHARGE_BACK, imp_uid, amount=amount, reason=reason)

    def refund(self, imp_uid: str, *, amount: float | str | None = None) -> Json:
        """Paymentwall gives the money back by itself; the payment."""
        return self._do(Verb.REFUND, imp_uid, amount=amount)

    def accept_review(self, imp_uid: str) -> Json:
        return self._do(Verb.ACCEPT_REVIEW, imp_uid)

    def decline_review(self, imp_uid: str) -> Json:
        return self._do(Verb.DECLINE_REVIEW, imp_uid)

    def void(self, imp_uid: str) -> Json:
        """Paymentwall lets an authorisation go that is held for review; the payment."""
        return self._do(Verb.VOID, imp_uid)

    def dispute(self, imp_uid: str) -> Json:
        """The buyer's bank disputes a payment of V2, whose money is not gone yet; the payment."""
        return self._do(Verb.OPEN_DISPUTE, imp_uid)

    def resolve_dispute(self, imp_uid: str) -> Json:
        """The open dispute about a payment of V2 ends; the payment."""
        return self._do(Verb.RESOLVE_DISPUTE, imp_uid)

    def charges(self) -> list[Json]:
        """Paymentwall's side of the payments."""
        return self._listed(Verb.LIST_CHARGES, "charges")

    # Tickets, webhooks, pingbacks

    def tickets(self) -> list[Json]:
        return self._listed(Verb.LIST_TICKETS, "tickets")

    def complete(self, ticket: int) -> None:
        """Paymentwall accepts a waiting ticket now."""
        self._do(Verb.COMPLETE_TICKET, ticket)

    def refuse(self, ticket: int) -> None:
        """Paymentwall refuses a waiting ticket now; nobody is told."""
        self._do(Verb.REFUSE_TICKET, ticket)

    def webhooks(self) -> list[Json]:
        return self._listed(Verb.LIST_WEBHOOKS, "webhooks")

    def resend_webhook(self, webhook: int) -> Json:
        """Send one again; `status` and `error` of that delivery."""
        return self._do(Verb.RESEND_WEBHOOK, webhook)

    def call_test(
        self,
        stage: Literal["test", "live"] | None = None,
        status: Literal["paid", "ready"] = "paid",
        version: Literal["V1", "V2"] = "V1",
    ) -> Json:
        """The console's test webhook, by default of the stage in use; `status` and `error` of its delivery.

        `status` is what the webhook says, `version` whose it is.
        """
        return self._do(Verb.CALL_TEST, stage=stage, status=status, version=version)

    def pingbacks(self) -> list[Json]:
        return self._listed(Verb.LIST_PINGBACKS, "pingbacks")

    def try_pingback(self, kind: int = 0, imp_uid: str = "test", *, reason: int | None = None) -> Json:
        """Paymentwall's Test Pingback Tool; `status` and `body` of the answer, or the `error`."""
        return self._do(Verb.TRY_PINGBACK, type=kind, imp_uid=imp_uid, reason=reason)

    def resend_pingback(self, pingback: int) -> None:
        self._do(Verb.RESEND_PINGBACK, pingback)

    def deliveries(self) -> list[Json]:
        """What Paymentwall was told about goods on their way: `imp_uid`, `ref`, `told_at` and all `fields`."""
        return self._listed(Verb.LIST_DELIVERIES, "deliveries")

    # Faults

    def break_call(
        self,
        what: Literal["answer", "garbage", "delay", "hold", "hang", "break"],
        call: CallName | None = None,
        *,
        times: int | None = 1,
        **more: Any,
    ) -> int:
        """Have calls go wrong; the fault's id. More fields: see `emulator.faults.Fault`."""
        return int(self._do(Verb.ADD_FAULT, what=what, call=call, times=times, **more)["id"])

    def faults(self) -> list[Json]:
        return self._listed(Verb.LIST_FAULTS, "faults")

    def fault(self, fault: int, wait_seconds: float = 0.0) -> Json:
        """A fault: how many calls it `met`, who is `waiting` in it. It waits until somebody does, at most so long."""
        return self._told(Verb.SHOW_FAULT, fault, params={"wait_seconds": wait_seconds}, wait=wait_seconds)

    def waits_in(self, fault: int, seconds: float = 5.0) -> list[Json]:
        """Who waits in a fault, as soon as somebody does; nobody when the seconds have passed."""
        waiting: list[Json] = self.fault(fault, seconds)["waiting"]
        return waiting

    def release(self, fault: int) -> None:
        """Let everybody go who waits in a fault."""
        self._do(Verb.RELEASE_FAULT, fault)

    def remove_faults(self, fault: int | None = None) -> None:
        """Remove one fault, or all of them."""
        if fault is None:
            self._told(Verb.CLEAR_FAULTS)
        else:
            self._told(Verb.REMOVE_FAULT, fault)

    # What happened

    def journal(
        self,
        after: int = 0,
        *,
        kind: str | Sequence[str] | None = None,
        source: str | None = None,
        imp_uid: str | None = None,
        merchant_uid: str | None = None,
        wait_seconds: float = 0.0,
    ) -> Json:
        """`entries` above the number `after`, the `next` number to ask after, how many were `dropped`.

        With `wait_seconds` it waits until there is an entry that fits.
        """
        kinds = kind if kind is None or isinstance(kind, str) else ",".join(kind)
        asked = {"after": after, "kind": kinds, "source": source, "imp_uid": imp_uid, "merchant_uid": merchant_uid}
        params = {name: value for name, value in asked.items() if value is not None}
        return self._told(Verb.READ_JOURNAL, params={**params, "wait_seconds": wait_seconds}, wait=wait_seconds)
