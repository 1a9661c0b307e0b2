"""The timeline: one record of everything that crossed a boundary, as it was seen; it is masked where it is written.

Verdicts are judged on what was seen: a secret that is a common word ("merchant") must not change who did what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, TypeVar

from conformance.record.redaction import Redaction

Step = TypeVar("Step", bound=Callable[..., Any])
_MARK = "speaks_of"


def speaks_of(*kinds: str) -> Callable[[Step], Step]:
    """Marks a step whose check is about the last event of one of these kinds, the first that there is one of.

    It counts where the step itself asked for nothing: neither the merchant for something nor the timeline for events.
    """

    def marked(step: Step) -> Step:
        setattr(step, _MARK, kinds)
        return step

    return marked


def spoken_of(step: Callable[..., Any]) -> tuple[str, ...]:
    """The kinds of events that the step's check is about."""
    kinds: tuple[str, ...] = getattr(step, _MARK, ())
    return kinds


@dataclass(frozen=True)
class Meant:
    """What a call asked (its body) and was answered, in V1's words and major units."""

    asked: Mapping[str, Any]
    answered: Mapping[str, Any] | None


@dataclass(frozen=True)
class Event:
    """One message or act: who, to whom, what, and when on both clocks.

    `began` and `ended` are wall-clock unix seconds; `clock` is the provider's clock in unix seconds, None if unknown.
    `kind` is a word of the vocabulary: look-up, webhook, pingback, ticket, cancel, order, refund, request_pay …
    `method` and `url` say how the same call is made again, where it was one over HTTP. `meant` is what a call of V2
    says in the words of V1, for whoever judges; it is not written down.

    What others wrote is no part of `repr`, which pytest prints, and shortens in the middle of a secret.
    """

    kind: str
    source: str
    target: str
    summary: str = field(repr=False)
    began: float
    ended: float
    clock: float | None = None
    imp_uid: str | None = None
    merchant_uid: str | None = None
    status: int | None = None
    request: object = field(default=None, repr=False)
    response: object = field(default=None, repr=False)
    method: str | None = None
    url: str | None = field(default=None, repr=False)
    meant: Meant | None = field(default=None, repr=False)

    def masked(self, redact: Redaction) -> Event:
        """The event as it may be written; kind, source, target and method are this suite's own words."""
        return replace(
            self,
            summary=redact.text(self.summary),
            imp_uid=redact(self.imp_uid),
            merchant_uid=redact(self.merchant_uid),
            request=redact(self.request),
            response=redact(self.response),
            url=redact(self.url),
            meant=None,
        )


@dataclass
class Timeline:
    """The events of one scenario, from every source; sources are asked when somebody looks.

    It remembers which events a step asked for by kind or by facts: a Then that does not hold speaks of these.
    `redact` is for whoever writes any of it.
    """

    redact: Redaction
    _events: list[Event] = field(default_factory=list)
    _asked_for: list[Event] = field(default_factory=list)
    _spoken_of: list[str] = field(default_factory=list)
    _sources: list[Callable[[], Iterable[Event]]] = field(default_factory=list)
    _kept_elsewhere: list[Callable[[], Iterable[Event]]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def record(self, event: Event) -> None:
        """Add an event; safe from any thread."""
        with self._lock:
            self._events.append(event)

    def attach(self, source: Callable[[], Iterable[Event]], *, forgets: bool = False) -> None:
        """Ask `source` for its new events whenever the timeline is read.

        `forgets` says that it has forgotten the old ones by itself when the timeline is cleared.
        """
        self._sources.append(source)
        if not forgets:
            self._kept_elsewhere.append(source)

    def events(self, kind: str | None = None, **facts: object) -> list[Event]:
        """The events in the order in which they began; only those of `kind` and with these facts (imp_uid=…)."""
        for source in self._sources:
            for event in source():
                self.record(event)
        with self._lock:
            ordered = sorted(self._events, key=lambda event: event.began)
        found = [
            event
            for event in ordered
            if (kind is None or event.kind == kind)
            and all(getattr(event, name) == value for name, value in facts.items())
        ]
        if kind or facts:
            self._asked_for += found
        return found

    def begin_step(self) -> None:
        """A new step begins: nothing was asked for in it yet."""
        self._asked_for.clear()
        self._spoken_of.clear()

    def speak_of(self, kind: str) -> None:
        """If the step that runs breaks, it is about the last event of this kind."""
        self._spoken_of.append(kind)

    @property
    def spoken_of(self) -> tuple[str, ...]:
        """The kinds that `speak_of` was given in the step that runs."""
        return tuple(self._spoken_of)

    def asked_for(self, event: Event) -> bool:
        """Whether the step that runs asked for this very event, by its kind or its facts."""
        return any(event is asked for asked in self._asked_for)

    def clear(self) -> None:
        """Forget every event: a new scenario begins."""
        for source in self._kept_elsewhere:
            list(source())
        with self._lock:
            self._events.clear()
        self.begin_step()
