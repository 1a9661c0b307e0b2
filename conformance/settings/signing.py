"""Webhook secrets of PortOne V2, as its console shows them: `whsec_` and base64 (Standard Webhooks)."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator

from conformance.settings.secrets import Secret, revealed

PREFIX = "whsec_"


def key_of(text: str) -> bytes:
    """The bytes that a webhook secret signs with. Raises ValueError, without it, for what is none."""
    try:
        key = b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not text.startswith(PREFIX) or not key:
        raise ValueError(f"it is no webhook secret: {PREFIX} and base64, as PortOne's console shows it")
    return key


def webhook_secret(text: str) -> str:
    """The secret itself. Raises ValueError as `key_of`."""
    key_of(text)
    return text


def webhook_secrets(given: Iterable[Secret | str], key: str) -> list[str]:
    """The secrets themselves. Raises SecretMissing, and ValueError naming the `key` for one that is none."""
    try:
        return [webhook_secret(revealed(one, key)) for one in given]
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from error


def _one_of_them(given: Secret | str) -> Secret | str:
    return webhook_secret(given) if isinstance(given, str) else given


WebhookSecret = Annotated[Secret | str, AfterValidator(_one_of_them)]
"""One that stands in the file itself, or where it is kept."""
