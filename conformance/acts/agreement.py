"""Whether both books agree after what a story has told so far, and go on agreeing."""

from __future__ import annotations

from http import HTTPStatus

from conformance.books import reading
from conformance.books.entries import Books
from conformance.books.findings import Finding
from conformance.books.knowing import contradictions
from conformance.books.rules import findings
from conformance.network.receiver import Delivery
from conformance.target.target import Target


def judged(target: Target) -> tuple[Books, list[Finding]]:
    """Both books once nothing is under way, and what is wrong in them; a merchant that works later has its time."""
    books = target.observed(lambda: reading.read(target), lambda books: not _wrong(target, books))
    return books, _wrong(target, books)


def _wrong(target: Target, books: Books) -> list[Finding]:
    return [*findings(books), *contradictions(books, _taken(target))]


def _taken(target: Target) -> frozenset[tuple[str, str]]:
    """The webhooks of PortOne's that the merchant answered well, each as imp_uid and status.

    One that says the same of another change, and is held up still, was taken by nobody.
    """
    receiver = target.receiver
    well = [one for one in receiver.deliveries if one.status in range(HTTPStatus.OK, HTTPStatus.MULTIPLE_CHOICES)]
    return frozenset(map(_says, (one for one in well if one.source == "portone"))) - {*map(_says, receiver.withheld)}


def _says(delivery: Delivery) -> tuple[str, str]:
    return str(delivery.fields.get("imp_uid")), str(delivery.fields.get("status"))
