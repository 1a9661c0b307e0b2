"""The account's secrets, to be looked for in what the merchant sends to others."""

from __future__ import annotations

from conformance.record.redaction import encodings, spellings
from conformance.target.target import Target


def secrets_of(target: Target) -> frozenset[str]:
    """Each secret of the account in every way in which it can be written."""
    return frozenset(
        written for secret in target.provider.secrets for ways in (spellings, encodings) for written in ways(secret)
    )
