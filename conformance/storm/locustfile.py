"""Locust's part of a storm: the buyers arrive on schedule, in one process or as workers of a master.

Locust's own command starts it, and nothing else imports it: Locust patches the sockets of its process. A worker on
another machine: `python -m locust -f conformance/storm/locustfile.py --worker --master-host=HOST`.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import locust
from locust.exception import StopUser
from locust.runners import MasterRunner, WorkerRunner

from conformance.storm.buying import Buyers, opened
from conformance.storm.happenings import Doing, Happening
from conformance.storm.locusts import PLAN, TOLD
from conformance.storm.plan import LoadPlan

_MESSAGE, _KEY = "storm-plan", "storm"
_MOST_IN_A_ROW = 25
"""So many orders refused one after the other end the load: nothing can be bought there any more."""


class Load:
    """What this process has to do, and what of it is done."""

    def __init__(self) -> None:
        self.plan: LoadPlan | None = None
        self.index = self.processes = 0
        self.began = 0.0
        self.waiting: list[str] = []
        """Lines that the master has not been told yet."""
        self.left = self.refused = self.finished = 0
        self.arrivals = iter(range(0))
        self.stack = ExitStack()
        self.buyers: Buyers | None = None
        self.environment: Any = None

    def take(self, plan: LoadPlan, index: int, processes: int) -> None:
        """Make ready for this share: every `processes`th order, from the `index`th on."""
        self.plan, self.index, self.processes = plan, index, processes
        share = range(index, plan.number, processes)
        self.arrivals, self.left = iter(share), len(share)
        self.buyers = opened(self.stack, plan, self.tell)
        if not share:  # more workers than orders
            self.say_done()

    def tell(self, happening: Happening) -> None:
        """Note it, for Locust's own figures too."""
        self.waiting.append(happening.model_dump_json(exclude_defaults=True))
        if happening.act is Doing.PLACE:
            self.refused = self.refused + 1 if happening.said else 0
        failed = RuntimeError(happening.said) if happening.said else None
        self.environment.events.request.fire(
            request_type="storm",
            name=happening.act.value,
            response_time=happening.seconds * 1000,
            response_length=0,
            exception=failed,
            context={},
        )
        self.write()

    def write(self) -> None:
        """Where this process has the file, write what was told; a worker's go with its reports."""
        if TOLD in os.environ and not isinstance(self.environment.runner, WorkerRunner):
            with Path(os.environ[TOLD]).open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in self.waiting)
            self.waiting.clear()

    def done(self) -> None:
        """One order is over, or nothing can be bought any more: the last one ends the load."""
        self.left -= 1
        gone = self.refused >= _MOST_IN_A_ROW
        if self.left == 0 or (gone and self.left > 0):
            self.left = 0
            self.say_done()
            self.write()
            if not isinstance(self.environment.runner, WorkerRunner):
                self.end()

    def say_done(self) -> None:
        """This process has nothing more to do."""
        self.waiting.append(Happening(act=Doing.DONE, number=self.index).model_dump_json())

    def end(self) -> None:
        """The load is over; not from a buyer's own greenlet, which ends with it."""
        threading.Thread(target=self.environment.runner.quit).start()


_load = Load()


class Arrival(locust.User):
    """Takes the next arrival, waits for its moment, and buys."""

    wait_time = locust.constant(0)

    @locust.task
    def buy(self) -> None:
        """One order."""
        assert _load.plan is not None
        assert _load.buyers is not None
        number = next(_load.arrivals, None)
        if number is None or _load.left <= 0:
            raise StopUser
        _load.began = _load.began or time.time()
        due = _load.began + number / _load.plan.rate
        time.sleep(max(0.0, due - time.time()))
        try:
            _load.buyers.buy(number, max(0.0, time.time() - due))
        finally:
            _load.done()


@locust.events.init.add_listener  # type: ignore[untyped-decorator]  # Locust's types end here
def _begin(environment: Any, **_: Any) -> None:
    _load.environment = environment
    if isinstance(environment.runner, WorkerRunner):
        environment.runner.register_message(_MESSAGE, _told_by_master)


@locust.events.test_start.add_listener  # type: ignore[untyped-decorator]  # Locust's types end here
def _start(environment: Any, **_: Any) -> None:
    runner = environment.runner
    if isinstance(runner, WorkerRunner):
        return
    plan = LoadPlan.model_validate_json(Path(os.environ[PLAN]).read_bytes())
    if not isinstance(runner, MasterRunner):
        _load.take(plan, 0, 1)
        return
    for index, client in zip(count(), list(runner.clients)):
        share = {"plan": plan.model_dump_json(), "index": index, "processes": len(runner.clients)}
        runner.send_message(_MESSAGE, share, client)


def _told_by_master(msg: Any, **_: Any) -> None:
    _load.take(LoadPlan.model_validate_json(msg.data["plan"]), msg.data["index"], msg.data["processes"])


@locust.events.report_to_master.add_listener  # type: ignore[untyped-decorator]  # Locust's types end here
def _report(data: dict[str, Any], **_: Any) -> None:
    data[_KEY] = [*_load.waiting]
    _load.waiting.clear()


@locust.events.worker_report.add_listener  # type: ignore[untyped-decorator]  # Locust's types end here
def _take_report(data: dict[str, Any], **_: Any) -> None:
    told = data.get(_KEY, [])
    _load.waiting.extend(told)
    _load.write()
    _load.finished += sum(Happening.model_validate_json(line).act is Doing.DONE for line in told)
    if _load.finished and _load.finished >= _load.environment.runner.worker_count:
        _load.end()
