"""Whether both books agree after what a story has told so far, and go on agreeing."""

from __future__ import annotations

from http import HTTPStatus

from conformance.books import reading
from conformance.books.entries import Books
from conformance.books.findings import Finding
from conformance.books.knowing import contradictions
from conformance.books.rules import findings
from conformance.target.target import Target


def judged(target: Target) -> tuple[Books, list[Finding]]:
    """Both books once nothing is under way, and what is wrong in them; a merchant that works later has its time."""
    books = target.observed(lambda: reading.read(target), lambda books: not _wrong(target, books))
    return books, _wrong(target, books)


def _wrong(target: Target, books: Books) -> list[Finding]:
    return [*findings(books), *contradictions(books, _taken(target))]


def _taken(target: Target) -> frozenset[tuple[str, str]]:
    """The webhooks of PortOne's that the merchant answered well, each as imp_uid and status."""
    return frozenset(
        (str(one.fields.get("imp_uid")), str(one.fields.get("status")))
        for one in target.receiver.deliveries
        if one.source == "portone" and one.status in range(HTTPStatus.OK, HTTPStatus.MULTIPLE_CHOICES)
    )
