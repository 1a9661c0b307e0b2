"""The memory of scenarios that were put aside: what they made already is not made again when they go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import TypeAdapter

from conformance.record.redaction import Redaction
from conformance.target.waits import Made, Wait, Waiting
from conformance.verdict.endings import NotObservable, SuiteError
from conformance.verdict.reasons import Cause, Why

T = TypeVar("T")
ONCE = "once: "
"""How the scope begins of what a Given shows once for all scenarios; others are a scenario's, and named by its ID."""


@dataclass
class Memory:
    """What the scenario that runs has made so far, in order, and what it made before it was put aside.

    `speed` is how much faster than everybody's the provider's clock goes (1, but for stand-ins), `never_answered` that
    this account's tickets get no answer, `resumed` that what is remembered comes from an earlier run. `notice` is when
    PortOne gives notice of cancellations, as far as the scenario says so. `spared` are payments (imp_uid) of which
    scenarios wait for a part to come back, `shown` what Givens have shown once for all scenarios.
    """

    redact: Redaction
    kept: dict[str, list[Made]] = field(default_factory=dict)
    speed: float = 1.0
    never_answered: bool = False
    resumed: bool = False
    nodeid: str = ""
    scenario: str = ""
    requirements: tuple[str, ...] = ()
    notice: str = ""
    spared: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)
    _scope: str = ""
    _at: int = 0

    def begin(self, nodeid: str, scenario: str, requirements: tuple[str, ...]) -> None:
        """A scenario begins, or begins anew after it was put aside."""
        self.nodeid, self.scenario, self.requirements = nodeid, scenario, requirements
        self._scope, self._at, self.notice = nodeid, 0, ""

    @contextmanager
    def within(self, scope: str) -> Iterator[None]:
        """Inside the block remember for all scenarios of the run; forgotten at its end, unless it waits."""
        outer = self._scope, self._at
        self._scope, self._at = scope, 0
        waits = False
        try:
            yield
        except Waiting:
            waits = True
            raise
        finally:
            self._scope, self._at = outer
            if not waits:
                self.forget(scope)

    def keep(self, what: str, kind: type[T], make: Callable[[], T]) -> T:
        """What `make` makes, or what it made before the scenario was put aside.

        What is kept while `make` works is needed only until it is done: if it is put aside halfway, it goes on there.
        """
        entries = self.kept.setdefault(self._scope, [])
        adapter: TypeAdapter[T] = TypeAdapter(kind)
        start = self._at
        if start < len(entries) and entries[start].what == what:
            self._at += 1
            return adapter.validate_python(entries[start].seen)
        made = make()
        entries[start : self._at] = [Made.of(what, adapter.dump_python(made, mode="json"), self.redact)]
        self._at = start + 1
        return made

    def forget(self, scope: str) -> None:
        """A scenario came to its end."""
        self.kept.pop(scope, None)

    def let_pass(self, delay: timedelta) -> None:
        """Go on when so much of the provider's time has passed since the scenario came here first. Raises Waiting."""
        since = self.keep(f"since when {delay} is to pass", datetime, _now)
        until = since + delay / self.speed
        if _now() < until:
            raise Waiting(self._wait(since, until=until))

    def since(self, what: str) -> datetime:
        """When the scenario came here first."""
        return self.keep(what, datetime, _now)

    def wait(self, since: datetime, **facts: Any) -> Wait:
        """A wait of the scenario that runs. Raises NotObservable where it would be in vain."""
        if self.never_answered:
            known = {"payment": str(facts["imp_uid"]), "order": str(facts["order"])}
            raise NotObservable(Cause(Why.NEVER_ANSWERED, facts=known))
        return self._wait(since, **facts)

    def _wait(self, since: datetime, **facts: Any) -> Wait:
        if not self.nodeid:
            raise SuiteError("something is waited for outside any scenario")
        return Wait(nodeid=self.nodeid, scenario=self.scenario, requirements=self.requirements, since=since, **facts)


def _now() -> datetime:
    return datetime.now(UTC)
