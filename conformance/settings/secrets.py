"""Secrets: named in the settings, kept in the environment or the system's keyring, never in a file.

And the webhook secrets of PortOne V2, as its console shows them: `whsec_` and base64 (Standard Webhooks).
"""

from __future__ import annotations

import binascii
import importlib
import os
from base64 import b64decode
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, model_validator

from conformance.machine.files import Strict
from conformance.verdict.endings import Reasoned
from conformance.verdict.reasons import Cause, Why

WEBHOOK_PREFIX = "whsec_"


class Secret(Strict):
    """Where a secret is kept: `{ env = "NAME" }`, or `{ keyring = "service", user = "name" }`."""

    env: str | None = None
    keyring: str | None = None
    user: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self._exactly_one("env", "keyring") == "keyring" and self.user is None:
            raise ValueError("a keyring's secret needs a user too")
        return self


class SecretMissing(Reasoned):
    """A secret is not where the settings say; the text names the key and the place."""


def revealed(secret: Secret | str, key: str, environ: Mapping[str, str] = os.environ) -> str:
    """The secret itself. Raises SecretMissing, naming the `key` of the settings."""
    if isinstance(secret, str):
        return secret
    if secret.env is not None:
        if value := environ.get(secret.env):
            return value
        raise SecretMissing(Cause(Why.SECRET_NO_ENV, facts={"key": key, "env": secret.env}))
    return _from_keyring(str(secret.keyring), str(secret.user), key)


def _from_keyring(service: str, user: str, key: str) -> str:
    try:
        keyring: Any = importlib.import_module("keyring")  # not everybody has one
    except ModuleNotFoundError as error:
        raise SecretMissing(Cause(Why.SECRET_NO_KEYRING, facts={"key": key})) from error
    try:
        value = keyring.get_password(service, user)
    except importlib.import_module("keyring.errors").KeyringError as error:
        raise SecretMissing(Cause(Why.SECRET_UNASKED, facts={"key": key, "said": str(error)})) from error
    if not value:
        raise SecretMissing(Cause(Why.SECRET_NONE, facts={"key": key, "user": user, "service": service}))
    return str(value)


def key_of(text: str) -> bytes:
    """The bytes that a webhook secret signs with. Raises ValueError, without it, for what is none."""
    try:
        key = b64decode(text.removeprefix(WEBHOOK_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not text.startswith(WEBHOOK_PREFIX) or not key:
        raise ValueError(f"it is no webhook secret: {WEBHOOK_PREFIX} and base64, as PortOne's console shows it")
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
