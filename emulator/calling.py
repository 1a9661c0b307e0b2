"""How the control plane is called over HTTP: one account's connection, and what a refusal is raised as."""

import ssl
from collections.abc import Mapping
from functools import cache
from types import TracebackType
from typing import Any, Self

import httpx

from emulator.verbs import ACCOUNT, PREFIX, Verb

Json = dict[str, Any]
READ_SECONDS = 120.0
"""Longer than what a verb waits for: a webhook's first delivery, 10 + 30 s, and its redeliveries, 5 × 15 s (docs)."""
# Idle connections are dropped long before the emulator does.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2.0)


class ControlError(Exception):
    """The control plane refused; the text is its sentence, `status` the HTTP status."""

    def __init__(self, verb: Verb, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.verb = verb
        self.status = status


@cache
def _context() -> ssl.SSLContext:
    """One for all: reading the authorities takes longer than many a verb."""
    return httpx.create_ssl_context(trust_env=False)


class Caller:
    """A connection to the control plane, for one account; its verbs are those of `emulator.client.Control`."""

    refusal: type[Exception] = ControlError
    """What a refusal is raised as: made of the verb, the HTTP status and the sentence."""

    transport: type[httpx.BaseTransport] | None = None
    """How requests are sent, None: as httpx does."""

    def __init__(self, url: str, imp_code: str, token: str | None = None) -> None:
        self.imp_code = imp_code
        # No proxy leads to loopback.
        self._client = httpx.Client(
            base_url=f"{url.rstrip('/')}{PREFIX}",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=READ_SECONDS,
            trust_env=False,
            limits=LIMITS,
            transport=self.transport() if self.transport else None,
            verify=_context(),
        )

    @classmethod
    def of_new_account(cls, url: str, settings: Mapping[str, Any] | None = None, token: str | None = None) -> Self:
        """Make an account with these settings; what is left out is made up."""
        opened = cls(url, "", token)
        try:
            opened.imp_code = opened._told(Verb.CREATE_ACCOUNT, json=dict(settings or {}))["imp_code"]
        except BaseException:
            opened.close()
            raise
        return opened

    def close(self) -> None:
        """Let connections go."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _listed(self, verb: Verb, what: str) -> list[Json]:
        found: list[Json] = self._told(verb)[what]
        return found

    def _do(self, verb: Verb, /, *named: object, **body: Any) -> Json:
        return self._told(verb, *named, json=_given(body))

    def _told(self, verb: Verb, /, *named: object, wait: float = 0.0, **request: Any) -> Json:
        whose = [self.imp_code] if ACCOUNT in verb.address else []
        answer = self._client.request(verb.method, verb.at(*whose, *named), timeout=READ_SECONDS + wait, **request)
        try:
            told = answer.json()
        except ValueError:
            told = {}
        if answer.is_error or not isinstance(told, dict):
            said = told.get("error") or told.get("waiting_for") if isinstance(told, dict) else None
            raise self.refusal(verb, answer.status_code, str(said or f"HTTP {answer.status_code} instead of an answer"))
        return told


def _given(fields: Mapping[str, Any]) -> Json:
    # `times` may be null on purpose: until the fault is removed.
    return {name: value for name, value in fields.items() if value is not None or name == "times"}
