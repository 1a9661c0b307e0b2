"""What the faults of a run cost, by cause and currency, as its books show it; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from conformance.books.findings import BooksRead, Fate, Finding, written
from conformance.books.judging import books_of
from conformance.verdict.algebra import ScenarioResult

Side = Literal["shop", "buyer"]
SIDES: tuple[Side, ...] = ("shop", "buyer")


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class Loss(_Facts):
    """What one cause cost in one currency: the shop, or its buyers, whose money it kept."""

    side: Annotated[Side, Field(description="who lost it: the shop, or its buyers")]
    cause: Fate
    currency: str
    amount: Annotated[Decimal, Field(description="in major units; amounts of several currencies are never added")]
    scenarios: Annotated[list[str], Field(description="in which it was lost, the most first: their nodeids")]


class CostOfFaults(_Facts):
    """Both books of every scenario, and what they do not agree about costs."""

    read: Annotated[int, Field(ge=0, description="scenarios whose books were laid side by side")] = 0
    wrong: Annotated[int, Field(ge=0, description="of these, in which they do not agree")] = 0
    unread: Annotated[int, Field(ge=0, description="scenarios whose books could not be read")] = 0
    losses: Annotated[list[Loss], Field(description="by cause, the largest of a currency first")] = []

    @property
    def costly(self) -> int:
        """In how many scenarios money was lost."""
        return len({nodeid for loss in self.losses for nodeid in loss.scenarios})

    def of(self, side: Side) -> list[list[Loss]]:
        """The losses of a side, one list for each currency: those first that were lost in the most scenarios."""
        own = [loss for loss in self.losses if loss.side == side]
        by_currency = {loss.currency: [one for one in own if one.currency == loss.currency] for loss in own}
        return sorted(by_currency.values(), key=lambda losses: -sum(len(one.scenarios) for one in losses))


def costs_of(results: Sequence[ScenarioResult]) -> CostOfFaults:
    """What the scenarios' books show together."""
    read = books_of(results)
    return CostOfFaults(
        read=sum(not books.trouble for _, books in read),
        wrong=sum(bool(books.found) for _, books in read),
        unread=sum(bool(books.trouble) for _, books in read),
        losses=sorted(_losses((result.nodeid, books) for result, books in read), key=lambda loss: -loss.amount),
    )


def _losses(read: Iterable[tuple[str, BooksRead]]) -> Iterable[Loss]:
    lost: dict[tuple[Side, Fate, str], dict[str, Decimal]] = {}
    for nodeid, books in read:
        for finding in books.found:
            for side, amount in _sides(finding):
                scenarios = lost.setdefault((side, finding.cause, finding.currency), {})
                scenarios[nodeid] = scenarios.get(nodeid, Decimal(0)) + amount
    for (side, cause, currency), scenarios in lost.items():
        dearest = sorted(scenarios, key=lambda nodeid: -scenarios[nodeid])
        amount = sum(scenarios.values(), Decimal(0))
        yield Loss(side=side, cause=cause, currency=currency, amount=amount, scenarios=dearest)


def _sides(finding: Finding) -> Iterable[tuple[Side, Decimal]]:
    if finding.shop:
        yield "shop", finding.shop
    if finding.buyer:
        yield "buyer", finding.buyer


def headline(costs: CostOfFaults) -> str:
    """In one or two English sentences what the faults cost; empty where no books were read."""
    of_all = "1 scenario" if costs.read == 1 else f"{costs.read} scenarios"
    told = []
    if costs.losses:
        lost, kept = ([_by_cause(losses) for losses in costs.of(side)] for side in SIDES)
        parts = [f"would have lost {' and '.join(lost)}"] if lost else []
        parts += [f"would have kept {' and '.join(kept)} of its buyers' money"] if kept else []
        told = [f"In {costs.costly} of {of_all} this shop {' and '.join(parts)}."]
        if more := costs.wrong - costs.costly:
            told.append(f"In {more} more the books differ without a loss.")
    elif costs.wrong:
        told = [f"In {costs.wrong} of {of_all} the books differ without a loss."]
    elif costs.read:
        told = [f"PortOne's books and the merchant's agree after each of {of_all} in which an order was placed."]
    if costs.unread:
        told.append(f"The books of {costs.unread} more could not be read.")
    return " ".join(told)


def amount_of(loss: Loss) -> str:
    """The amount as its currency is written: "63.00 USD"."""
    return f"{written(loss.amount, loss.currency)} {loss.currency}"


def sum_of(losses: Sequence[Loss]) -> str:
    """What was lost in one currency: "94.50 USD"."""
    currency = losses[0].currency
    return f"{written(sum((one.amount for one in losses), Decimal(0)), currency)} {currency}"


def _by_cause(losses: Sequence[Loss]) -> str:
    """The same with its causes: "94.50 USD (goods not paid for 63.00, paid twice 31.50)"."""
    causes = ", ".join(f"{one.cause} {written(one.amount, one.currency)}" for one in losses)
    return f"{sum_of(losses)} ({causes})"
