"""The merchant's webhook endpoint where nothing is replaced: all may post to it, and nobody sees who does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

from conformance.network.receiver import Delivery, WebhookReceiver
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import NotObservable
from conformance.verdict.reasons import Cause, Why

UNSEEN = (
    "PortOne's webhooks go to the merchant's own endpoint and are not seen here; with golive.take_endpoint = true they "
    "would come by"
)


@dataclass
class Unreplaced(WebhookReceiver):
    """Forges and sends as any stranger does; it stands nowhere, so nothing comes by. Reading raises NotObservable."""

    @property
    def capabilities(self) -> frozenset[Probe]:  # type: ignore[override]  # fewer than the receiver's own
        """Nothing: the merchant's webhooks are left alone."""
        return frozenset()

    @property
    def url(self) -> str:
        """The merchant's own endpoint."""
        return self.merchant_url

    def heard_of(self, merchant_uid: str) -> bool:  # noqa: ARG002
        """Taken on trust: whether a webhook came shows in the order alone."""
        return True

    def told_about(self, merchant_uid: str) -> Cause:  # noqa: ARG002
        """That nobody can see it, and what may be wrong besides the merchant."""
        return Cause(Why.WEBHOOKS_UNSEEN, facts={"url": self.url})

    def of(self, merchant_uid: str) -> list[Delivery]:  # noqa: ARG002
        """Raises NotObservable."""
        self._unseen()

    @contextmanager
    def withholding(self) -> Iterator[None]:
        """Raises NotObservable."""
        self._unseen()
        yield

    def _unseen(self) -> NoReturn:
        raise NotObservable(UNSEEN)
