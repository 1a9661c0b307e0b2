"""Whatever buyers, merchants, Paymentwall and the network do, in whatever order: what always holds, holds."""

import os
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from emulator.server import Emulator
from tests.depth import WHOLE
from tests.emulator.driver import Driver
from tests.emulator.endpoint import BROKEN, Endpoint, endpoint

MINUTE, DAY = 60, 86_400
LONG = 60 * DAY  # longer than any sequence of tickets, reviews and retries that a run can pile up
RETRIES = 5  # docs: up to 5, a minute apart, after network errors and 5xx; only where redelivery is on

NAMES = ("redelivering", "plain")
ACCOUNTS: dict[str, dict[str, Any]] = {
    "redelivering": {"redelivery": True, "cancel_notice": "always"},
    "plain": {"webhook": {"test": {"content_type": "application/json", "charset": True}}},
}
FOLLOWS = {
    "ready": {"ready", "paid", "failed"},
    "failed": {"failed", "paid"},  # delayed approval (docs)
    "paid": {"paid", "cancelled"},
    "cancelled": {"cancelled"},
}
DECIDED = {"waiting": {"waiting", "accepted", "refused"}, "accepted": {"accepted"}, "refused": {"refused"}}

AMOUNTS = st.decimals("0.01", "5000", places=2)
PARTS = st.sampled_from((None, Decimal("0.01"), Decimal("0.3"), Decimal("0.5"), Decimal(1), Decimal("1.5")))
ANSWERS = st.one_of(
    st.lists(st.sampled_from((500, 503, BROKEN, 404, 200)), min_size=1, max_size=8),
    st.integers(RETRIES, RETRIES + 3).map(lambda times: [500] * times),  # long enough to be given up
)


def money(value: float | int) -> Decimal:
    """An amount in JSON, exactly as it is written there."""
    return Decimal(str(value))


class Merchant:
    """One account, and what is known about it independently of the emulator."""

    def __init__(self, client: httpx.Client, endpoint: Endpoint, name: str) -> None:
        made = client.post("/_emulator/accounts", json=ACCOUNTS[name]).raise_for_status().json()
        self.driver = Driver(client, made)
        self.path = f"/{made['imp_code']}"
        self.driver.set(webhook={"test": {"url": endpoint.url + self.path}})
        self.token = self.driver.token()
        self.redelivers: bool = made["redelivery"]
        self.endpoint = endpoint
        self.statuses: dict[str, str] = {}
        self.tickets: dict[int, str] = {}
        self.tickets_opened = 0

    def payments(self) -> dict[str, dict[str, Any]]:
        return {one["imp_uid"]: one for one in self.driver.see("/payments")["payments"]}

    def post(self, path: str, **fields: Any) -> httpx.Response:
        """A verb of the control plane that may be refused."""
        return self.driver.client.post(self.driver.control + path, json=fields)

    def settle(self) -> None:
        assert self.driver.act("/idle", timeout_seconds=10) == {"idle": True}


class Life(RuleBasedStateMachine):
    """Two merchants' accounts in one emulator."""

    payments = Bundle("payments")
    emulator: Emulator
    endpoint: Endpoint

    def __init__(self) -> None:
        super().__init__()
        self.client = httpx.Client(base_url=self.emulator.url, timeout=30)
        self.merchants = {name: Merchant(self.client, self.endpoint, name) for name in NAMES}
        self.orders = 0

    @rule(
        target=payments,
        name=st.sampled_from(NAMES),
        amount=AMOUNTS,
        method=st.sampled_from(("cc", "cc", "paypal", "paysafecard", "mint")),
        finish=st.sampled_from(("pay", "pay", "pay", "leave", "decline")),
    )
    def buy(self, name: str, amount: Decimal, method: str, finish: str) -> tuple[str, str]:
        self.orders += 1
        if finish == "decline":
            method = "cc"
        purchase = {"merchant_uid": f"{name}-{self.orders}", "currency": "USD", "method": method, "finish": finish}
        payment = self.merchants[name].driver.act("/payments", amount=str(amount), **purchase)
        assert payment["status"] == ("paid" if finish == "pay" else "failed")
        assert money(payment["amount"]) == amount
        return self._new(name, payment)

    @rule(target=payments, name=st.sampled_from(NAMES), amount=AMOUNTS, cvv=st.sampled_from(("555", "556")))
    def buy_what_is_reviewed(self, name: str, amount: Decimal, cvv: str) -> tuple[str, str]:
        """The documented test codes: accepted or declined after two minutes."""
        self.orders += 1
        purchase = {"merchant_uid": f"{name}-{self.orders}", "currency": "USD", "amount": str(amount), "cvv": cvv}
        payment = self.merchants[name].driver.act("/payments", **purchase)
        assert payment["status"] == "failed"  # what the buyer's side sees at first (docs)
        return self._new(name, payment)

    def _new(self, name: str, payment: dict[str, Any]) -> tuple[str, str]:
        known = self.merchants[name].statuses
        assert payment["imp_uid"] not in known
        known[payment["imp_uid"]] = payment["status"]
        return name, payment["imp_uid"]

    @rule(payment=payments, part=PARTS, checksum=st.booleans(), enable_webhook=st.booleans())
    def cancel(self, payment: tuple[str, str], part: Decimal | None, checksum: bool, enable_webhook: bool) -> None:
        name, imp_uid = payment
        merchant = self.merchants[name]
        before = merchant.payments()[imp_uid]
        left = money(before["amount"]) - money(before["cancel_amount"])
        fields: dict[str, Any] = {"enable_webhook": enable_webhook, "reason": "changed my mind"}
        if part is not None:
            fields["amount"] = str(max((left * part).quantize(Decimal("0.01")), Decimal("0.01")))
        if checksum:
            fields["checksum"] = str(left)
        envelope = merchant.driver.cancel(imp_uid, **fields)
        possible = before["status"] == "paid" and Decimal(fields.get("amount", left)) <= left
        if envelope["code"] == 0:
            assert possible
            merchant.tickets_opened += 1
        else:
            assert envelope["message"]
            assert envelope["response"] is None

    @rule(payment=payments, part=PARTS)
    def cancel_in_the_console(self, payment: tuple[str, str], part: Decimal | None) -> None:
        name, imp_uid = payment
        merchant = self.merchants[name]
        amount = {} if part is None else {"amount": str(self._part(merchant, imp_uid, part))}
        if merchant.post(f"/payments/{imp_uid}/cancel", **amount).status_code == 200:
            merchant.tickets_opened += 1

    @rule(payment=payments, part=PARTS, reason=st.sampled_from(("chargeback", "card_fraud", "other_fraud")))
    def charge_back(self, payment: tuple[str, str], part: Decimal | None, reason: str) -> None:
        name, imp_uid = payment
        merchant = self.merchants[name]
        amount = {} if part is None else {"amount": str(self._part(merchant, imp_uid, part))}
        answer = merchant.post(f"/payments/{imp_uid}/chargeback", reason=reason, **amount)
        assert answer.status_code in (200, 400, 404), answer.text

    @rule(payment=payments, accepted=st.booleans())
    def review(self, payment: tuple[str, str], accepted: bool) -> None:
        name, imp_uid = payment
        answer = self.merchants[name].post(f"/payments/{imp_uid}/review/{'accept' if accepted else 'decline'}")
        assert answer.status_code in (200, 400, 404), answer.text

    def _part(self, merchant: Merchant, imp_uid: str, part: Decimal) -> Decimal:
        before = merchant.payments()[imp_uid]
        left = money(before["amount"]) - money(before["cancel_amount"])
        return max((left * part).quantize(Decimal("0.01")), Decimal("0.01"))

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 5), accepted=st.booleans())
    def decide_a_ticket(self, name: str, which: int, accepted: bool) -> None:
        merchant = self.merchants[name]
        waiting = [one["id"] for one in merchant.driver.see("/tickets")["tickets"] if one["state"] == "waiting"]
        if waiting:
            ticket = waiting[which % len(waiting)]
            answer = merchant.post(f"/tickets/{ticket}/{'complete' if accepted else 'refuse'}")
            assert answer.status_code in (200, 400), answer.text  # what is given back already cannot be again

    @rule(name=st.sampled_from(NAMES), answers=ANSWERS)
    def the_endpoint_fails(self, name: str, answers: list[int]) -> None:
        with self.endpoint.lock:
            self.endpoint.plans[self.merchants[name].path].extend(answers)

    @rule(name=st.sampled_from(NAMES), seconds=st.sampled_from((1, MINUTE, 2 * MINUTE, 1800, DAY, 3 * DAY)))
    def time_passes(self, name: str, seconds: int) -> None:
        self.merchants[name].driver.advance(seconds)

    @rule(payment=payments, cancel=st.booleans())
    def pry_with_the_other_account(self, payment: tuple[str, str], cancel: bool) -> None:
        name, imp_uid = payment
        (stranger,) = (merchant for other, merchant in self.merchants.items() if other != name)
        header = {"Authorization": stranger.token}
        if cancel:
            answer = self.client.post("/payments/cancel", json={"imp_uid": imp_uid}, headers=header)
            assert (answer.status_code, answer.json()["code"], answer.json()["response"]) == (200, 1, None)
        else:
            answer = self.client.get(f"/payments/{imp_uid}?include_sandbox=true", headers=header)
            assert (answer.status_code, answer.json()["response"]) == (404, None)

    @invariant()
    def payments_hold_together(self) -> None:
        for merchant in self.merchants.values():
            found = merchant.payments()
            assert found.keys() == merchant.statuses.keys()
            for imp_uid, payment in found.items():
                cancelled, amount = money(payment["cancel_amount"]), money(payment["amount"])
                assert 0 <= cancelled <= amount
                assert sum((money(done["amount"]) for done in payment["cancel_history"]), Decimal(0)) == cancelled
                assert all(done["amount"] > 0 for done in payment["cancel_history"])
                assert (payment["status"] == "cancelled") == (cancelled == amount)
                assert payment["status"] in FOLLOWS[merchant.statuses[imp_uid]]
                assert bool(payment["paid_at"]) == (payment["status"] in ("paid", "cancelled"))
                merchant.statuses[imp_uid] = payment["status"]

    @invariant()
    def no_ticket_is_lost(self) -> None:
        for merchant in self.merchants.values():
            found = {one["id"]: one for one in merchant.driver.see("/tickets")["tickets"]}
            assert len(found) == merchant.tickets_opened
            assert merchant.tickets.keys() <= found.keys()
            assert {one["imp_uid"] for one in found.values()} <= merchant.statuses.keys()
            for number, ticket in found.items():
                assert ticket["state"] in DECIDED[merchant.tickets.get(number, "waiting")]
                merchant.tickets[number] = ticket["state"]

    @invariant()
    def nothing_crosses_accounts(self) -> None:
        for merchant in self.merchants.values():
            with self.endpoint.lock:
                told = {one.fields["imp_uid"] for one in self.endpoint.arrivals[merchant.path]}
            assert told <= merchant.statuses.keys()

    def teardown(self) -> None:
        """At the end of time nothing waits any more."""
        try:
            for merchant in self.merchants.values():
                merchant.settle()  # what is on its way now may fail, and is due again only then
                merchant.driver.advance(LONG)
                merchant.settle()
                tickets = merchant.driver.see("/tickets")["tickets"]
                assert [one for one in tickets if one["state"] == "waiting"] == []
            self.payments_hold_together()
            self.no_ticket_is_lost()
            self.nothing_crosses_accounts()
            for merchant in self.merchants.values():
                self._every_webhook_was_delivered_or_given_up(merchant)
        finally:
            self.client.close()

    def _every_webhook_was_delivered_or_given_up(self, merchant: Merchant) -> None:
        tries: dict[tuple[str, str, str | None], list[int]] = defaultdict(list)
        for arrival in self.endpoint.arrivals[merchant.path]:
            tries[arrival.webhook].append(arrival.status)
        for webhook, statuses in tries.items():
            worth_another = [status == BROKEN or status >= 500 for status in statuses]
            assert all(worth_another[:-1]), (webhook, statuses)  # none after it was taken or refused
            ended = not worth_another[-1] or len(statuses) == (1 + RETRIES if merchant.redelivers else 1)
            assert ended, (webhook, statuses)
        paid = {imp_uid for imp_uid, status in merchant.statuses.items() if status in ("paid", "cancelled")}
        assert {imp_uid for imp_uid, status, _ in tries if status == "paid"} == paid
        listed = merchant.driver.see("/webhooks")["webhooks"]
        sent = [one for one in listed if one["state"] != "recorded"]
        assert sum(one["tries"] for one in sent) == sum(map(len, tries.values()))
        for one in sent:
            (*_, last) = tries[one["imp_uid"], one["status"], one["cancellation_id"]]
            assert one["state"] == ("delivered" if last == 200 else "given up")


@pytest.fixture(scope="module")
def life(emulator: Emulator) -> Iterator[type[Life]]:
    with endpoint() as merchants:
        yield type("Life", (Life,), {"emulator": emulator, "endpoint": merchants})


@pytest.mark.deeper
def test_any_sequence_of_events_keeps_what_always_holds(life: type[Life]) -> None:
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=100 if WHOLE else 12,
            stateful_step_count=30,
            deadline=None,
            derandomize="CI" in os.environ,
            phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
