"""Secrets: named in the settings, kept in the environment or the system's keyring, never in a file."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import Any, Self

from pydantic import model_validator

from conformance.machine.files import Strict
from conformance.verdict.endings import Reasoned
from conformance.verdict.reasons import Cause, Why


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
