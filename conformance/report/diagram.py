"""A scenario's evidence drawn as a sequence diagram: SVG from a pure function, without a browser or a network."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from unicodedata import east_asian_width

from conformance.record.calls import body_of
from conformance.record.timeline import Event
from conformance.report import diagram_colours
from conformance.report.evidence import Evidence, Sentence, sections
from conformance.report.words import events_in_korean

LANES = ("browser", "merchant", "portone", "paymentwall", "suite")
_LANE_OF = {"sdk": "portone", "attacker": "suite", "operator": "suite"}
_NAMES = {"browser": "Browser", "merchant": "Merchant", "portone": "PortOne", "paymentwall": "Paymentwall"}
_ACTORS = {"attacker": "Attacker", "operator": "Operator"}

_GUTTER, _LANE, _MARGIN = 172, 172, 96  # pixels: the two clocks, between two lanes, beside the outermost
_HEAD, _BAND, _ROW, _JUMP, _LINE = 34, 30, 34, 26, 16
_NARROWEST = 720
_LETTER = 6.3  # pixels of an average letter at 12 px
_JUMP_SECONDS = 60.0  # the provider's clock ran ahead of the wall's by more than this: time was made to pass

Say = Callable[[str, str], str]
"""Turns a word of the diagram (merchant, "suite", "time passes"), a sentence or an event into the content of its
<text>, escaped; the second is the event's Korean, empty where it is no sentence of the suite's."""


@dataclass(frozen=True)
class DiagramRow:
    """A line of the diagram at `y` pixels from the top: a sentence, a jump of the clock, or an event.

    `lines` stand below it: why the sentence broke, or what the marked event was answered.
    """

    y: int
    sentence: Sentence | None = None
    jump_seconds: float = 0.0
    event: Event | None = None
    index: int = -1
    lines: tuple[str, ...] = ()

    @property
    def height(self) -> int:
        """In pixels."""
        return (_BAND if self.sentence else _ROW if self.event else _JUMP) + _LINE * len(self.lines)


def sequence(evidence: Evidence, say: Say | None = None, *, alone: bool = True) -> str:
    """The diagram as an <svg> element; `alone`: with its own colours, for light and dark, to stand in a file.

    Each arrow stands at its time on the wall's clock (since the first event) and, where known, on the provider's
    (UTC). Marked events and the sentence that broke are drawn as such, in colour, weight and sign. Without events it
    is empty.
    """
    if not evidence.events:
        return ""
    say = say or _say
    events = shown(evidence)
    lanes = [lane for lane in LANES if any(lane in _ends(event) for _, event in events)]
    x = {lane: _GUTTER + _MARGIN + _LANE * number for number, lane in enumerate(lanes)}
    width = max(_GUTTER + 2 * _MARGIN + _LANE * (len(lanes) - 1), _NARROWEST)
    rows = list(_rows(evidence, {index for index, _ in events}, width))
    height = rows[-1].y + rows[-1].height
    start = min(event.began for _, event in events)
    marked = set(evidence.marked)
    parts = [
        (
            f'<svg class="seq" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" role="group" aria-label="Sequence diagram">'
        ),
        diagram_colours.ALONE if alone else "",
        f'<rect class="bg" width="{width}" height="{height}"/>' if alone else "",
        *(f'<path class="life" d="M{x[lane]} {_HEAD - 4}V{height}"/>' for lane in lanes),
        *(f'<text class="lane" x="{x[lane]}" y="20">{say(lane, "")}</text>' for lane in lanes),
    ]
    for row in rows:
        if row.sentence:
            parts.append(_band(row, width, say))
        elif row.event is None:
            parts.append(_passing(row, width, say))
        else:
            parts.append(_arrow(row, x, width, start, say, bad=row.index in marked))
    return "".join([*parts, "</svg>"])


def shown(evidence: Evidence) -> list[tuple[int, Event]]:
    """The events that are drawn, with their index: a webhook that the receiver passed on is drawn once."""
    deliveries = [event for event in evidence.events if event.kind == "delivery" and event.source == "portone"]

    def passed_on(event: Event) -> bool:
        return event.kind == "webhook" and any(
            event.merchant_uid == other.merchant_uid and event.began <= other.began <= event.ended + 0.05
            for other in deliveries
        )

    return [(i, e) for i, e in enumerate(evidence.events) if i in evidence.marked or not passed_on(e)]


def _rows(evidence: Evidence, drawn: set[int], width: int) -> Iterator[DiagramRow]:
    y, clocks = _HEAD, _Clocks()
    for sentence, events in sections(evidence):
        rows = [DiagramRow(0, sentence=sentence, lines=_why(evidence, sentence, width))] if sentence else []
        for index, event in events:
            if index in drawn:
                if jump := clocks.jump(event):
                    rows.append(DiagramRow(0, jump_seconds=jump))
                rows.append(DiagramRow(0, event=event, index=index, lines=_answered(evidence, index, width)))
        for row in rows:
            yield replace(row, y=y)
            y += row.height


def _why(evidence: Evidence, sentence: Sentence, width: int) -> tuple[str, ...]:
    """The reason, below the sentence that broke."""
    if sentence.ended == "well" or not evidence.reason:
        return ()
    lines = _wrapped(evidence.reason, int((width - 30) / _LETTER))
    return (*lines[:3], "…") if len(lines) > 4 else tuple(lines)


def _wrapped(text: str, letters: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and _letters(lines[-1]) + 1 + _letters(word) > letters:
            lines.append("")
        lines[-1] = f"{lines[-1]} {_cut(word, letters)}".lstrip()
    return lines


def _letters(text: str) -> int:
    """How wide a text is: a letter of Korean takes the place of two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _answered(evidence: Evidence, index: int, width: int) -> tuple[str, ...]:
    """What was asked or answered, in short, below a marked event."""
    event = evidence.events[index]
    said = event.request if event.response is None else event.response
    if index not in evidence.marked or said in (None, "", {}):
        return ()
    text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False, default=str)
    return (_cut(" ".join(text.split()), int((width - _GUTTER - 20) / _LETTER)),)


class _Clocks:
    """By how much the provider's clock runs ahead of the wall's."""

    def __init__(self) -> None:
        self._ahead: float | None = None

    def jump(self, event: Event) -> float:
        """The seconds that were made to pass before the event, 0 when none were."""
        if event.clock is None:
            return 0.0
        before, self._ahead = self._ahead, event.clock - event.began
        passed = 0.0 if before is None else self._ahead - before
        return passed if passed > _JUMP_SECONDS else 0.0


def _ends(event: Event) -> tuple[str, str]:
    source, target = (_LANE_OF.get(name, name) for name in (event.source, event.target))
    return (source if source in LANES else "suite"), (target if target in LANES else "suite")


def _band(row: DiagramRow, width: int, say: Say) -> str:
    assert row.sentence is not None
    broken = row.sentence.ended != "well"
    kind, sign = ("band broken", "✗ ") if broken else ("band", "")
    letters = int((width - 20) / 6.8)
    text = escape(sign) + say(_cut(row.sentence.text, letters), "")
    return (
        f'<rect class="{kind}" x="0" y="{row.y + 3}" width="{width}" height="{_BAND - 8}"/>'
        f'<text class="{kind}" x="10" y="{row.y + 18}">{text}</text>' + _below(row, 10)
    )


def _below(row: DiagramRow, x: int) -> str:
    first = row.y + row.height - _LINE * len(row.lines) + 10
    return "".join(
        f'<text class="below" x="{x}" y="{first + _LINE * number}">{escape(line)}</text>'
        for number, line in enumerate(row.lines)
    )


def _passing(row: DiagramRow, width: int, say: Say) -> str:
    y = row.y + _JUMP // 2
    return (
        f'<path class="jump" d="M0 {y}H{width}"/>'
        f'<text class="jump" x="10" y="{y - 4}">{duration(row.jump_seconds)} {say("time passes", "")}</text>'
    )


def _arrow(row: DiagramRow, x: dict[str, int], width: int, start: float, say: Say, *, bad: bool) -> str:
    event = row.event
    assert event is not None
    source, target = _ends(event)
    a, b, line = x[source], x[target], row.y + 24
    loop = a == b
    b = a + 30 if loop else b
    left = min(a, b)
    words = _cut(words_of(event), int((width - left - 14) / _LETTER) - 5)
    status, failed = answer_of(event)
    kind = "m bad" if bad else "m"
    point = 1 if b > a else -1
    head = f'<path class="tip" d="M{b - point} {line}l{-point * 7} -4v8z"/>'
    shaft = f"M{a} {line - 6}h30v6h-{30 - 8}" if loop else f"M{a} {line}H{b - point * 6}"
    if loop:
        head = f'<path class="tip" d="M{a + 1} {line}l7 -4v8z"/>'
    return (
        f'<g class="{kind}">'
        + (f'<rect class="mark" x="0" y="{row.y + 1}" width="{width}" height="{row.height - 2}"/>' if bad else "")
        + f'<text class="t" x="10" y="{line + 2}">{"✗ " if bad else ""}{since(event, start)}</text>'
        + f'<text class="c" x="{_GUTTER - 8}" y="{line + 2}">{clock_of(event)}</text>'
        + f'<path class="arrow" d="{shaft}"/>{head}'
        + f'<text class="w" x="{left + 9}" y="{line - 6}">{say(words, korean_of(event))}'
        + (f'<tspan class="{"no" if failed else "ok"}" dx="6">{status}</tspan>' if status else "")
        + f"</text>{_below(row, _GUTTER)}</g>"
    )


def words_of(event: Event) -> str:
    """What an arrow says: the kind of call and its address without what follows the question mark, or the summary."""
    actor = f"{_ACTORS[event.source]}: " if event.source in _ACTORS else ""
    called = re.fullmatch(r"(GET|POST|PUT|DELETE|PATCH) (\S+)", event.summary)
    if not called:
        return actor + event.summary
    return f"{actor}{event.kind}  {called[1]} {called[2].partition('?')[0]}"


def answer_of(event: Event) -> tuple[str, bool]:
    """The answer in short, and whether it was none or an error."""
    if event.status is not None:
        code = event.response.get("code") if isinstance(event.response, dict) else None
        refused = isinstance(code, int) and code != 0
        return (f"{event.status} · code {code}" if refused else str(event.status)), refused or event.status >= 400
    return ("no answer", True) if event.kind in ("delivery", "webhook") else ("", False)


def since(event: Event, start: float) -> str:
    """The wall's clock at the event, since `start` (unix seconds)."""
    seconds = event.began - start
    return f"+{seconds * 1000:.0f} ms" if seconds < 10 else f"+{seconds:.1f} s"


def clock_of(event: Event) -> str:
    """The provider's clock at the event (UTC), empty where it is not known."""
    return "" if event.clock is None else f"{datetime.fromtimestamp(event.clock, UTC):%m-%d %H:%M:%S}"


def duration(seconds: float) -> str:
    """A length of time in its largest whole unit, as 3 d or 90 min."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.0f} s"


def _cut(text: str, letters: int) -> str:
    if _letters(text) <= letters:
        return text
    kept = text[: max(letters - 1, 8)]
    while _letters(kept) > max(letters - 1, 8):
        kept = kept[:-1]
    return f"{kept}…"


def korean_of(event: Event) -> str:
    """What an arrow says in Korean, where the suite's own words describe it; empty where it is a call."""
    known = events_in_korean().get(event.kind)
    if not known or event.source in ("merchant", "browser"):
        return ""
    said = body_of(event).get("status") or (event.request.get("status") if isinstance(event.request, dict) else "")
    return known.format(status=said or "", about=event.merchant_uid or event.imp_uid or "")


def _say(word: str, _: str = "") -> str:
    told = {"suite": "Test suite", "time passes": "pass on the provider's clock"}
    return escape(_NAMES.get(word) or told.get(word, word))
