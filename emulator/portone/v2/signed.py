"""What a webhook of V2 has that one of V1 has not: a type, an id that stays, a signature, and a patient redelivery.

Source: PortOne docs ("웹훅 연동하기", V2) and Standard Webhooks. The signature's timestamp is that of the sending, as
Standard Webhooks has it; the body's is that of the event, and stays the same (docs).
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from random import SystemRandom
from typing import Any

from emulator.answers import Timeouts
from emulator.portone.v2.settings import WebhookVersion, key_of

TIMEOUTS = Timeouts(connect_seconds=30.0, read_seconds=30.0)  # docs
REDELIVERY_MINUTES = (1, 4, 16, 64, 256)  # docs: five more, each with a jitter
TYPES = "Transaction."

_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class Signed:
    """The V2 half of a webhook: `id` and `occurred_at` (virtual unix seconds) are the same at each delivery."""

    id: str
    kind: str
    """What stands behind `Transaction.`, and alone in the older version: `Paid`."""
    store_id: str
    version: WebhookVersion
    occurred_at: float
    payment_status: str | None = None
    trigger: str | None = None

    def fields(self, payment_id: str, transaction_id: str, cancellation_id: str | None) -> dict[str, Any]:
        """The body, in the form of its version."""
        if self.version == "2024-01-01":
            return {"payment_id": payment_id, "tx_id": transaction_id, "status": self.kind}
        data = {"storeId": self.store_id, "paymentId": payment_id, "transactionId": transaction_id}
        if cancellation_id is not None:
            data["cancellationId"] = cancellation_id
        return {"type": f"{TYPES}{self.kind}", "timestamp": moment(self.occurred_at), "data": data}

    def headers(self, body: str, secrets: Sequence[str], sent_at: float) -> Mapping[str, str]:
        """The headers of Standard Webhooks for `body` as it is sent; one signature for each secret."""
        stamp = str(int(sent_at))
        content = f"{self.id}.{stamp}.{body}".encode()
        found = {"webhook-id": self.id, "webhook-timestamp": stamp}
        if secrets:
            found["webhook-signature"] = " ".join(f"v1,{_signature(secret, content)}" for secret in secrets)
        return found


def wait_seconds(delivered: int, jitter: float) -> float | None:
    """Virtual seconds until it is sent again after so many deliveries on schedule; None when it is not."""
    if delivered > len(REDELIVERY_MINUTES):
        return None
    return REDELIVERY_MINUTES[delivered - 1] * 60 * _random.uniform(1 - jitter, 1 + jitter)


def moment(unix_seconds: float) -> str:
    """RFC 3339 in UTC with milliseconds, as PortOne writes times."""
    return f"{datetime.fromtimestamp(unix_seconds, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def _signature(secret: str, content: bytes) -> str:
    return b64encode(hmac.digest(key_of(secret), content, sha256)).decode()
