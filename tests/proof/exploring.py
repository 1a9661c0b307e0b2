"""`python -m tests.proof.exploring`: how soon explore finds each defect that is about the order of events, blind.

It writes what it measured to `explored.json`, from which docs/proof.md has its table; rows that are named, alone.
"""

from __future__ import annotations

import conformance.installed  # noqa: F401  # what is missing is said before it is imported

# isort: split
import json
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from conformance.explore.running import Explorer
from conformance.explore.tally import Bounds
from conformance.record.redaction import Redaction
from conformance.record.timeline import Timeline
from conformance.target.embedded import embedded
from conformance.target.options import RunOptions
from shop.defects import DEFECTS
from shop.variants import VARIANTS

FIGURES = Path(__file__).with_name("explored.json")
SECONDS = 300.0
"""Within how long each must be found, on two cores."""
STEPS = 10_000
"""How many steps the shop and its variants stand."""
LONGEST_MEDIAN = 6
"""How many sentences the median story has at most."""
SEED = 1
THE_SHOP = "the shop"

INTERLEAVING: Mapping[str, str] = {
    "fulfils-each-time": "a webhook comes again",
    "reads-then-writes": "webhooks come at the same moment",
    "hands-over-again-when-it-reconciles": "the job meets what a webhook has paid",
    "hands-over-again-after-a-part": "a notice after a part was cancelled",
    "hands-over-for-each-payment": "two payments of one order are approved",
    "keeps-a-second-payment-silently": "two payments of one order are approved",
    "lets-the-last-write-win": "an old look-up is answered after a newer one",
    "lets-a-late-failure-undo": "a look-up that saw a failure is answered after the approval",
    "drops-what-comes-while-it-looks": "a webhook comes while another one is looked up",
    "revives-what-was-cancelled": "the webhook of the payment comes after its cancellation",
    "acts-once-per-payment": "a second webhook about a payment tells something new",
    "takes-failed-for-final": "a payment is approved that failed at first",
    "cancels-the-neighbour-too": "another order is cancelled",
    "resolves-the-newest": "tickets of two orders wait",
    "ends-all-waiting-at-once": "tickets of two orders wait",
    "asks-before-it-notes": "two refunds are asked for at the same moment",
    "asks-twice": "a refund is asked for while its ticket waits",
    "asks-twice-for-a-part": "a refund of a part is asked for while its ticket waits",
    "overwrites-the-sum": "one part is cancelled after another",
    "adds-up-each-notice": "the notice of a part comes again",
    "repeats-a-cancel-that-failed": "the answer to a cancellation is lost after it acted",
    "believes-the-result-of-a-ticket": "a forged result comes while the ticket waits",
    "cancels-after-a-day": "time passes while the ticket waits",
    "closes-what-waits": "the job runs while the ticket waits",
    "cancels-unpaid-orders-unseen": "the job runs before the webhook comes",
    "closes-unpaid-orders-after-half-an-hour": "time passes before the webhook comes",
    "expects-the-waiting": "a cancellation comes that nobody here waits for",
    "loses-the-webhook-after-nonsense": "the webhook comes after a body that nobody can read",
    "drops-what-met-an-old-token": "the webhook comes after the token became old",
    "never-ends-the-waiting": "the result comes after the waiting began",
}
"""The defects that show only in an order of events or at one moment, each with what that is.

Left out are those that show in one event (a wrong amount, an unsigned status believed), in the page or its callback
(stories have no browser), and in an answer alone (a status code, a message): no books can show these.
"""


@dataclass(frozen=True)
class Found:
    """How a defect was found: by which requirement, after how many seconds and steps, in a story of this length."""

    defect: str
    requirement: str
    seconds: float
    steps: int
    length: int
    story: tuple[str, ...]


@dataclass(frozen=True)
class Stood:
    """How many steps a merchant stood without an alarm; `alarm` is what was found, empty where nothing was."""

    merchant: str
    steps: int
    states: int
    seconds: float
    alarm: str = ""


def find(defect: str, seconds: float = SECONDS, seed: int = SEED) -> Found | None:
    """Explore the shop with the defect, without a word of which it is; None where nothing is found in time."""
    with tempfile.TemporaryDirectory() as folder, embedded(_timeline(), RunOptions(shop_defects=[defect])) as target:
        target.watch()
        ended = Explorer(target, Path(folder), Redaction()).explore(Bounds(time.monotonic() + seconds), seed)
    if ended.story is None:
        return None
    found, sentences = ended.story.found[0].requirement, ended.story.sentences
    return Found(defect, found, round(ended.seconds, 1), ended.tally.steps, len(sentences), tuple(sentences))


def stand(merchant: str, steps: int = STEPS, seed: int = SEED) -> Stood:
    """Explore a merchant that is right: the shop, or a variant of it, by its name."""
    variants = [] if merchant == THE_SHOP else [merchant]
    with tempfile.TemporaryDirectory() as folder, embedded(_timeline(), RunOptions(shop_variants=variants)) as target:
        target.watch()
        ended = Explorer(target, Path(folder), Redaction()).explore(Bounds(steps=steps), seed)
    alarm = " / ".join([*ended.story.sentences, ended.story.found[0].told]) if ended.story else ""
    return Stood(merchant, ended.tally.steps, len(ended.tally.states), round(ended.seconds), alarm)


def measured(path: Path = FIGURES) -> tuple[list[Found], list[Stood]]:
    """What was measured last, as the file has it."""
    kept = json.loads(path.read_text("utf-8"))
    found = [Found(**{**one, "story": tuple(one["story"])}) for one in kept["found"]]
    return found, [Stood(**one) for one in kept["stood"]]


def median_length(found: Sequence[Found]) -> float:
    """Of the stories, in sentences."""
    return statistics.median(one.length for one in found)


def write(found: Sequence[Found], stood: Sequence[Stood], path: Path = FIGURES) -> None:
    """Keep what was measured, in the order of the lists."""
    order = [*INTERLEAVING, THE_SHOP, *VARIANTS]
    rows = {
        "found": [asdict(one) for one in sorted(found, key=lambda one: order.index(one.defect))],
        "stood": [asdict(one) for one in sorted(stood, key=lambda one: order.index(one.merchant))],
    }
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")


def main(
    names: Annotated[list[str] | None, typer.Argument(help="defects, variants or 'the shop'", metavar="NAME")] = None,
    seconds: Annotated[float, typer.Option(help="how long each defect is looked for")] = SECONDS,
    steps: Annotated[int, typer.Option(help="how many steps a right merchant stands")] = STEPS,
    seed: Annotated[int, typer.Option(help="where the stories begin")] = SEED,
) -> None:
    """Measure, and write the figures after each; ends with 1 where a defect was not found, or something right was."""
    found, stood = measured() if FIGURES.exists() else ([], [])
    wrong = 0
    for name in names or [*INTERLEAVING, THE_SHOP, *VARIANTS]:
        if name in DEFECTS:
            one = find(name, seconds, seed)
            typer.echo(str(one or f"{name}: NOT FOUND"))
            wrong += one is None
            found = [kept for kept in found if kept.defect != name] + ([one] if one else [])
        else:
            other = stand(name, steps, seed)
            typer.echo(str(other))
            wrong += bool(other.alarm)
            stood = [kept for kept in stood if kept.merchant != name] + [other]
        write(found, stood)
    raise SystemExit(1 if wrong else 0)


def _timeline() -> Timeline:
    return Timeline(Redaction())


if __name__ == "__main__":
    typer.run(main)
