"""Several results are waited for at little cost: PortOne is asked seldom, and at once where a webhook came."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Event, Timer
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from conformance.portone.api import Payment
from conformance.real.together import Together, distinct
from conformance.target.waits import Wait
from conformance.verdict.catalogue import Probe


def wait(number: int = 1, *, until: datetime | None = None) -> Wait:
    return Wait(
        nodeid=f"n{number}",
        scenario="It",
        requirements=(),
        since=datetime.now(UTC),
        until=until,
        merchant_uid=f"A{number}-1",
        imp_uid=f"imp_{number}",
    )


@dataclass
class Account:
    """PortOne, the receiver and the timeline, as far as who waits asks them."""

    back: dict[str, int] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    down: bool = False
    asked: list[set[str]] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    arrived: Event = field(default_factory=Event)

    def payments(self, imp_uids: Collection[str]) -> dict[str, Payment | None]:
        self.asked.append(set(imp_uids))
        if self.down:
            raise httpx.ConnectError("no route")
        return {one: None if one in self.gone else self._payment(one) for one in imp_uids}

    def _payment(self, imp_uid: str) -> Payment:
        cancelled = Decimal(self.back.get(imp_uid, 0))
        return Payment(imp_uid, "A1-1", Decimal(10), cancelled, "USD", "paid", sandbox=True, country=None)

    def comes_back(self, number: int) -> None:
        self.back[f"imp_{number}"] = 10
        self.delivered.append(f"A{number}-1")
        self.arrived.set()

    def waiting(self, limit_seconds: float = 60) -> Together:
        deliveries = lambda uid: [SimpleNamespace(fields={"status": "cancelled"})] * self.delivered.count(uid)  # noqa: E731
        capabilities = frozenset({Probe.DELIVERIES})
        target: Any = SimpleNamespace(
            provider=SimpleNamespace(api=self),
            receiver=SimpleNamespace(arrived=self.arrived, of=deliveries, capabilities=capabilities),
            timeline=SimpleNamespace(clear=lambda: None),
        )
        return Together(target, limit_seconds)


@pytest.fixture
def account() -> Account:
    return Account()


def soon() -> float:
    return time.monotonic() + 0.05


def test_what_is_there_already_is_seen_at_once_and_each_payment_is_asked_for_once(account: Account) -> None:
    account.back["imp_1"] = 10
    twice = [wait(1), wait(1), wait(2)]
    assert account.waiting().first(twice, soon()) == twice[:2]
    assert account.asked == [{"imp_1", "imp_2"}]
    assert len(distinct(twice)) == 2


def test_a_webhook_wakes_it_and_only_its_payment_is_asked_for(account: Account) -> None:
    Timer(0.05, account.comes_back, [2]).start()
    began = time.monotonic()
    several = [wait(1), wait(2), wait(3)]
    assert account.waiting().first(several, began + 60) == several[1:2]
    assert time.monotonic() - began < 2
    assert account.asked == [{"imp_1", "imp_2", "imp_3"}, {"imp_2"}]


def test_at_the_end_it_is_asked_for_once_more(account: Account) -> None:
    assert account.waiting().first([wait()], soon()) == []
    assert len(account.asked) == 2


def test_a_payment_that_is_gone_is_waited_for_no_longer(account: Account) -> None:
    account.gone.add("imp_1")
    assert len(account.waiting().first([wait()], soon())) == 1


def test_a_line_that_is_down_for_the_moment_ends_nothing(account: Account) -> None:
    account.down = True
    assert account.waiting().first([wait()], soon()) == []


def test_time_that_is_to_pass_is_over_when_it_has_passed(account: Account) -> None:
    now = datetime.now(UTC)
    past, future = wait(1, until=now - timedelta(seconds=1)), wait(2, until=now + timedelta(hours=1))
    assert account.waiting().first([past, future], soon()) == [past]


def test_the_longer_it_takes_the_less_often_it_is_asked_for(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each round comes a tenth of the time later, and none more than a minute."""
    clock = SimpleNamespace(now=1_000.0)
    monkeypatch.setattr("conformance.real.together.time.monotonic", lambda: clock.now)
    monkeypatch.setattr(account.arrived, "wait", lambda seconds: setattr(clock, "now", clock.now + seconds))
    waiting = account.waiting(3600)
    waiting.began = clock.now
    waiting.first([wait()], 1_000.0 + 3600)
    assert 60 < len(account.asked) < 100
