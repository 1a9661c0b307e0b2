"""One storm from its beginning to its verdicts, against a target that runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from conformance.merchant.protocol import MerchantUnreachable, Order, OrderView
from conformance.network.receiver import Delivery
from conformance.portone.emulated import EmulatedProvider
from conformance.record.orders import OrderState
from conformance.record.timeline import Event
from conformance.storm import happenings
from conformance.storm.accounts import OrderAccount, Placed, Reader, placed_in
from conformance.storm.happenings import Answers, Doing, Happening, Second
from conformance.storm.judging import Facts, Verdicts, judge
from conformance.storm.locusts import loaded
from conformance.storm.plan import (
    CLOCK_SPEED,
    LATE_EVERY,
    LATE_SECONDS,
    TICKET_SECONDS,
    LoadPlan,
    Shape,
)
from conformance.storm.settling import Settled, settle
from conformance.storm.watching import Watch
from conformance.target.preflight_acts import objection
from conformance.target.target import Target
from conformance.verdict.catalogue import Probe, Profile
from conformance.verdict.endings import Blocked
from conformance.verdict.reasons import told

_CALM_ORDERS = 3
_IDLE_SECONDS = 60.0
Say = Callable[[str], None]


class NoStorm(Exception):
    """A storm cannot be made against this merchant; the text is one sentence: why, and what to do."""


@dataclass(frozen=True)
class Calm:
    """What a quiet moment shows: how long an order takes from its placing until it is worked off (real seconds)."""

    seconds: float
    look_ups: float


@dataclass(frozen=True)
class Storm:
    """What came of one storm."""

    shape: Shape
    started: datetime
    seconds: float
    calm: Calm
    verdicts: Verdicts
    accounts: Sequence[OrderAccount]
    answers: Sequence[Answers]
    by_second: Sequence[Second]
    recovered_seconds: float
    look_ups: float
    reconciled: int
    silent: bool
    late_seconds: float
    """How late the buyers came at worst: a machine that is too slow makes less load than was asked for."""
    happened: Sequence[Happening] = field(repr=False, default=())

    @property
    def held(self) -> bool:
        """Whether the merchant held."""
        return self.verdicts.held

    @property
    def rate(self) -> float:
        """Orders a second that were in fact placed, while they were."""
        began = sorted(one.at for one in self.happened if one.act is Doing.PLACE)
        return (len(began) - 1) / (began[-1] - began[0]) if len(began) > 1 and began[-1] > began[0] else 0.0


def storm(target: Target, shape: Shape, config: str | None, say: Say) -> Storm:
    """Make one. `config` names the settings for Locust's processes, `say` is told how far it is.

    Raises NoStorm, LocustFailed and SuiteError.
    """
    provider = target.provider
    assert isinstance(provider, EmulatedProvider)  # no other has a clock to speed up
    if target.receiver.reaches_nobody:
        raise NoStorm("This merchant has no address for webhooks, so that a storm would show nothing: set webhook_path")
    started, began = datetime.now(UTC), time.monotonic()
    made_ready(target, provider, shape)
    with Watch(provider) as watch, TemporaryDirectory(prefix="storm-") as folder:
        calm = quiet_moment(target, provider, watch)
        before = len(watch.webhooks), watch.results, watch.look_ups
        with ExitStack() as slow:
            slow.enter_context(_slow_look_ups(provider, shape))
            provider.control.set(webhook_late_every=LATE_EVERY)
            plan = _plan(target, provider, shape)
            happened = loaded(plan, shape, Path(folder), config, _told(plan, say))
            placed = placed_in(happened)
            silent = _is_silent(target)
            reader = Reader(target, provider, watch)
            if silent:
                settled = Settled(reader.accounts(placed), 0.0)
            else:
                settled = settle(target, provider, reader, placed, shape, say, slow.close)
            silent = silent or (_all_unread(settled.accounts) and _is_silent(target))
        watch.read()
        sent = happenings.sent(watch.webhooks[before[0] :], happened)
        results = watch.results - before[1] + sum(one.act is Doing.DELIVER for one in happened)
        look_ups = _for_each(watch.look_ups - before[2] - 2 * _refunds(placed) - settled.reconciled, results)
    facts = Facts(
        shape,
        happened,
        sent,
        settled.accounts,
        look_ups,
        calm.look_ups,
        settled.seconds,
        settled.late,
        settled.goes_on,
        silent,
        provider.answer_seconds_again,
    )
    return Storm(
        shape=shape,
        started=started,
        seconds=time.monotonic() - began,
        calm=calm,
        verdicts=judge(facts),
        accounts=settled.accounts,
        answers=happenings.answers(happened, sent),
        by_second=happenings.by_second(happened, sent),
        recovered_seconds=settled.seconds,
        look_ups=look_ups,
        reconciled=settled.reconciled,
        silent=silent,
        late_seconds=max((one.late_seconds for one in happened), default=0.0),
        happened=happened,
    )


def made_ready(target: Target, provider: EmulatedProvider, shape: Shape) -> None:
    """The account for a storm: webhooks straight to the merchant, and delivered again as documented."""
    target.begin()
    endpoint = {"url": target.receiver.merchant_url}
    provider.configure(
        {
            "webhook": {"test": endpoint, "live": endpoint},
            "redelivery": True,
            "webhook_repeats": 1,
            "webhook_late_every": 0,
            "webhook_late_seconds": LATE_SECONDS,
            "timeout_scale": shape.limit_scale,
            "paymentwall": {"ticket_seconds": TICKET_SECONDS},
        }
    )
    provider.control.run(CLOCK_SPEED)


@contextmanager
def _slow_look_ups(provider: EmulatedProvider, shape: Shape) -> Iterator[None]:
    with ExitStack() as stack:
        for call in ("look-up", "find") if shape.look_up_seconds else ():
            fault = provider.control.break_call("delay", call, times=None, seconds=shape.look_up_seconds)
            stack.callback(provider.control.remove_faults, fault)
        yield


def quiet_moment(target: Target, provider: EmulatedProvider, watch: Watch) -> Calm:
    """Some orders one after the other, each with its repeated webhook. Raises NoStorm where that does not work."""
    began = time.monotonic()
    try:
        for _ in range(_CALM_ORDERS):
            order = target.merchant.place_order()
            provider.pay(order)
            provider.control.idle(_IDLE_SECONDS)
            view = _once_paid(target, order)
            if view.state is not OrderState.PAID:
                watch.read()
                why = _refused(watch.webhooks, target.receiver.merchant_url)
                raise NoStorm(
                    f"No storm is made: at a quiet moment order {order.reference} was paid, and the merchant calls it "
                    f"{view}; {why or 'run the scenarios first'}"
                )
    except (MerchantUnreachable, Blocked, httpx.HTTPError) as wrong:
        raise NoStorm(f"No storm is made: at a quiet moment no order can be placed and paid: {wrong}") from wrong
    seconds = (time.monotonic() - began) / _CALM_ORDERS
    provider.control.advance(2 * CLOCK_SPEED)  # the repeats
    watch.read()
    return Calm(seconds, _for_each(watch.look_ups, watch.results))


def _refused(webhooks: Sequence[Event], address: str) -> str:
    """Why the merchant's address cannot be right, or its webhook secret, by its answers; empty where they can."""
    sent = ((one, one.request.get("headers", {})) for one in webhooks if isinstance(one.request, Mapping))
    deliveries = (Delivery(b"", headers, {}, one.status, b"", one.ended - one.began) for one, headers in sent)
    wrong = next(filter(None, (objection(one, address) for one in deliveries)), None)
    return told((wrong,)) if wrong else ""


def _once_paid(target: Target, order: Order) -> OrderView:
    return target.observed(lambda: target.merchant.read_order(order), lambda view: view.state is OrderState.PAID)


def _plan(target: Target, provider: EmulatedProvider, shape: Shape) -> LoadPlan:
    settings, driven = target.options.settings, target.driven
    account = provider.settings()
    return LoadPlan(
        target=target.name,
        api=target.api,
        rate=shape.rate,
        number=shape.number,
        users=shape.users,
        seconds=shape.number / shape.rate,
        emulator=settings.emulator.public_url or provider.url,
        token=provider.token,
        imp_code=provider.control.imp_code,
        store_id=account["v2"]["store_id"],
        webhook_secrets=tuple(provider.webhook_secrets),
        channel_key=provider.channel_key,
        webhook=target.receiver.merchant_url,
        content_type=account["webhook"][target.stage.value]["content_type"],
        base_url=driven.base_url if driven else "",
        passwords=dict(driven.passwords) if driven else {},
        files=tuple(map(str, driven.files)) if driven else (),
        refunds=Probe.REFUND in target.capabilities and Profile.REFUNDS in target.profile,
        workers=shape.workers,
        patience_seconds=40.0 * shape.limit_scale,
    )


def _told(plan: LoadPlan, say: Say) -> Callable[[Sequence[Happening]], None]:
    def watch(happened: Sequence[Happening]) -> None:
        placed, paid = (sum(one.act is act and not one.said for one in happened) for act in (Doing.PLACE, Doing.PAY))
        say(f"{placed} of {plan.number} orders placed, {paid} paid")

    return watch


def _is_silent(target: Target) -> bool:
    """Whether the merchant answers nothing any more at its address."""
    target.liveness.suspect()
    return target.liveness.is_silent()


def _all_unread(accounts: Sequence[OrderAccount]) -> bool:
    return bool(accounts) and all(one.unread for one in accounts)


def _refunds(placed: Sequence[Placed]) -> int:
    return sum(one.refunds for one in placed)


def _for_each(look_ups: int, webhooks: int) -> float:
    return round(max(0, look_ups) / webhooks, 3) if webhooks else 0.0
