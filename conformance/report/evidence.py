"""A scenario's evidence as it is kept: its sentences, what crossed a boundary, and what its failure points at."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from conformance.books.shown import ShownBooks
from conformance.machine import whole
from conformance.record.timeline import Event
from conformance.settings.real import REAL_APIS

FOLDER = "evidence"
MOST_EVENTS = 300
LONGEST_BODY = 4_000  # characters of a request or an answer, as JSON
_FIRST = 50  # of too many events the first ones are kept, and the last


class Sentence(BaseModel):
    """A sentence of the scenario and how it ended; `began` is wall-clock unix seconds."""

    model_config = ConfigDict(extra="forbid")

    text: str
    began: float
    ended: Literal["well", "broken", "stopped"] = "stopped"


Kind = Literal["emulator", "stand-in", "portone"]
"""Who plays PortOne and Paymentwall: the suite's emulator, a stand-in at another address than PortOne's, or they."""


class TargetFacts(BaseModel):
    """What was tested, as the target that ran the scenario tells it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: tuple[str, ...] = ()
    merchant: str = ""
    addresses: Mapping[str, str] = {}
    versions: Mapping[str, str] = {}
    provider: Kind = "emulator"


class Evidence(BaseModel):
    """One scenario's evidence, as it lies in `reports/evidence`: bounded and without secrets.

    `marked` are the indices of the events that the failure speaks of, `left_out` how many events were too many;
    `pictures` and `trace` are names of files in the same folder, `films` of files from the reports' folder on;
    `books` are both books after it, order by order.
    """

    model_config = ConfigDict(extra="forbid")

    nodeid: str
    sentences: list[Sentence] = []
    events: list[Event] = []
    marked: list[int] = []
    left_out: Annotated[int, Field(ge=0)] = 0
    trouble: str = ""
    reason: str = ""
    pictures: list[str] = []
    trace: str = ""
    films: list[str] = []
    books: list[ShownBooks] = []
    target: TargetFacts = TargetFacts()

    @property
    def failed(self) -> Sentence | None:
        """The sentence that did not end well, None when all did."""
        return next((sentence for sentence in self.sentences if sentence.ended != "well"), None)


def name_of(nodeid: str) -> str:
    """The name, without suffix, under which a scenario's evidence is kept."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", nodeid.rpartition("::")[2]).strip("-")[:70]
    return f"{words}-{hashlib.sha256(nodeid.encode()).hexdigest()[:8]}"


def read_all(folder: Path) -> dict[str, Evidence]:
    """The evidence that lies in a folder, by nodeid; what is no evidence is passed over."""
    found = {}
    for file in sorted(folder.glob("*.json")):
        try:
            evidence = Evidence.model_validate_json(file.read_bytes())
        except ValidationError:
            continue
        found[evidence.nodeid] = evidence
    return found


def write(evidence: Evidence, folder: Path) -> Path:
    """Keep the evidence in the folder. Returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    return whole.write(folder / f"{name_of(evidence.nodeid)}.json", evidence.model_dump_json(exclude_defaults=True))


def bounded(events: Sequence[Event], marked: Iterable[int]) -> tuple[list[Event], list[int], int]:
    """At most about MOST_EVENTS of the events, the marked ones always; their new indices; how many were left out."""
    marks = set(marked)
    kept = range(len(events))
    if len(events) > MOST_EVENTS:
        tail = len(events) - (MOST_EVENTS - _FIRST)
        kept = [i for i in kept if i < _FIRST or i >= tail or i in marks]  # type: ignore[assignment]  # any indices
    chosen = list(kept)
    return [events[i] for i in chosen], [n for n, i in enumerate(chosen) if i in marks], len(events) - len(chosen)


def marks(events: Sequence[Event], asked_for: Sequence[bool], since: float, kinds: Sequence[str]) -> list[int]:
    """The indices of the events that a failure speaks of.

    That is what the sentence that broke saw last: the suite's own last question in it (`since` its begin). A sentence
    that asked nothing speaks of the events that it asked the timeline for, else of the last one of the first of the
    `kinds` that its step is about.
    """
    seen = [i for i, event in enumerate(events) if event.source == "suite" and event.began >= since]
    if seen:
        return seen[-1:]
    asked = [i for i, one in enumerate(asked_for) if one]
    if asked:
        return asked
    of_kind = ([i for i, event in enumerate(events) if event.kind == kind] for kind in kinds)
    return next((named[-1:] for named in of_kind if named), [])


def shortened(event: Event) -> Event:
    """The same event with a request and an answer that are short enough to be kept."""
    facts = {name: getattr(event, name) for name in Event.__dataclass_fields__}
    facts |= {"meant": None, **{name: _short(facts[name]) for name in ("request", "response")}}
    return Event(**facts)


def _short(body: object) -> object:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, default=str)
    if len(text) <= LONGEST_BODY:
        return body
    return f"{text[:LONGEST_BODY]} … ({len(text) - LONGEST_BODY} characters more)"


def facts_of(target: Any, browser: str = "") -> TargetFacts:
    """What the target says of itself; one that says less is taken as it is."""
    merchant = getattr(target, "merchant", None)
    receiver = getattr(target, "receiver", None)
    provider = getattr(target, "provider", None)
    api = str(getattr(getattr(provider, "api", None), "url", ""))
    kind: Kind = "emulator"
    if getattr(target, "real", False):
        kind = "portone" if api in REAL_APIS.values() else "stand-in"
    addresses = {
        "merchant": getattr(receiver, "merchant_url", ""),
        "webhook": getattr(receiver, "url", ""),
        "portone": api,
        "paymentwall": getattr(provider, "widget_at", "") or api,
    }
    return TargetFacts(
        profile=tuple(sorted(str(profile) for profile in target.profile)),
        merchant=getattr(merchant, "name", ""),
        addresses={name: address for name, address in addresses.items() if address},
        versions={"Chromium": browser} if browser else {},
        provider=kind,
    )


def target_of(evidence: Iterable[Evidence]) -> TargetFacts:
    """What the scenarios' targets say together: they are one target, and only some drove a browser."""
    told = [each.target for each in evidence]
    if not told:
        return TargetFacts()
    versions = {name: version for facts in told for name, version in facts.versions.items()}
    return told[0].model_copy(update={"versions": versions})


def sections(evidence: Evidence) -> Iterator[tuple[Sentence | None, list[tuple[int, Event]]]]:
    """The events, with their index, by the sentence during which they began; None: before the first one."""
    begins = [sentence.began for sentence in evidence.sentences]
    groups: list[list[tuple[int, Event]]] = [[] for _ in range(len(begins) + 1)]
    for index, event in enumerate(evidence.events):
        groups[sum(began <= event.began for began in begins)].append((index, event))
    if groups[0]:
        yield None, groups[0]
    yield from zip(evidence.sentences, groups[1:], strict=True)
