"""How webhooks are written: what their fields mean in the words of V1, which the suite keeps, and who signs them."""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl

from conformance.settings.secrets import WEBHOOK_PREFIX, key_of
from conformance.verdict.catalogue import Api

_TYPES = "Transaction."
_KINDS: Mapping[str, str] = {
    "Ready": "ready",
    "Paid": "paid",
    "Failed": "failed",
    "Cancelled": "cancelled",
    "PartialCancelled": "cancelled",
}
_TYPE_OF: Mapping[str, str] = {status: kind for kind, status in reversed(list(_KINDS.items()))}
NO_RESULTS = frozenset({"Ready", "PayPending", "CancelPending"})
"""What V2 reports besides results: a window was opened, a payment or a cancellation waits (docs)."""
_PLACES: Mapping[str, str] = {
    "imp_uid": "transactionId",
    "merchant_uid": "paymentId",
    "cancellation_id": "cancellationId",
}


class Spoken(Protocol):
    """One generation's webhooks. Fields are in V1's words: imp_uid, merchant_uid, status, cancellation_id."""

    @property
    def api(self) -> Api:
        """Whose webhooks they are."""
        ...

    @property
    def sender(self) -> str:
        """An address that PortOne sends them from (docs)."""
        ...

    def read(self, body: bytes, content_type: str) -> Mapping[str, object]:
        """What a body says; empty where it is none of PortOne's."""
        ...

    def write(self, fields: Mapping[str, object]) -> Mapping[str, object]:
        """The body's own fields for what it is to say. What is no word of V1's stands in it as it is."""
        ...

    def signed(self, body: bytes, *, truly: bool, at: datetime | None = None) -> Mapping[str, str]:
        """The headers that say who wrote it, and when: by PortOne's secrets, or by one that somebody made up."""
        ...

    def is_result(self, fields: Mapping[str, object]) -> bool:
        """Whether it says what became of a payment, and not that something has begun."""
        ...


@dataclass(frozen=True)
class UnsignedWebhooks:
    """V1's: imp_uid, merchant_uid and status, as JSON or as a form (docs)."""

    api: Api = Api.V1
    sender: str = "52.78.100.19"

    def read(self, body: bytes, content_type: str) -> Mapping[str, object]:
        """The fields themselves."""
        return parsed(body, content_type)

    def write(self, fields: Mapping[str, object]) -> Mapping[str, object]:
        """The same."""
        return fields

    def signed(self, body: bytes, *, truly: bool, at: datetime | None = None) -> Mapping[str, str]:  # noqa: ARG002
        """Nobody signs them (docs)."""
        return {}

    def is_result(self, fields: Mapping[str, object]) -> bool:  # noqa: ARG002
        """Each is about one."""
        return True


@dataclass(frozen=True)
class SignedWebhooks:
    """V2's, of version 2024-04-25: type, timestamp and data, signed as Standard Webhooks has it (docs)."""

    store_id: str
    secrets: Sequence[str] = field(repr=False)
    api: Api = Api.V2
    sender: str = "52.78.5.241"

    def read(self, body: bytes, content_type: str) -> Mapping[str, object]:
        """The words of V1, and beside them what else it has: its `type`, and fields that nobody documents."""
        fields = parsed(body, content_type)
        data, kind = fields.get("data"), fields.get("type")
        if not (isinstance(data, Mapping) and isinstance(kind, str) and kind.startswith(_TYPES)):
            return fields
        said = {ours: data[theirs] for ours, theirs in _PLACES.items() if theirs in data}
        status = _KINDS.get(kind.removeprefix(_TYPES), kind.removeprefix(_TYPES))
        others = {name: value for name, value in fields.items() if name not in ("data", "timestamp")}
        return {**others, **said, "status": status}

    def write(self, fields: Mapping[str, object]) -> Mapping[str, object]:
        """The `type` that is given, or that of the status."""
        status = str(fields.get("status", "paid"))
        kind = fields.get("type") or f"{_TYPES}{_TYPE_OF.get(status, status)}"
        data: dict[str, Any] = {"storeId": self.store_id}
        data |= {theirs: fields[ours] for ours, theirs in _PLACES.items() if ours in fields}
        others = {name: value for name, value in fields.items() if name not in (*_PLACES, "status", "type")}
        moment = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
        return {"type": kind, "timestamp": moment, "data": data, **others}

    def signed(self, body: bytes, *, truly: bool, at: datetime | None = None) -> Mapping[str, str]:
        """A signature for each secret. The time that it names is this machine's, unless another is given."""
        return signature(body, self.secrets if truly else (invented_secret(),), at or datetime.now(UTC))

    def is_result(self, fields: Mapping[str, object]) -> bool:
        """Whether its type names one: what is opened, and what waits, has none yet."""
        return str(fields.get("type", "")).removeprefix(_TYPES) not in NO_RESULTS


def signature(body: bytes, keys: Sequence[str], at: datetime) -> Mapping[str, str]:
    """The headers of Standard Webhooks for a body, by each of these secrets (whsec_…)."""
    number, stamp = f"msg_{secrets.token_hex(12)}", str(int(at.timestamp()))
    content = f"{number}.{stamp}.".encode() + body
    own = [hmac.digest(key_of(key), content, "sha256") for key in keys]
    signs = " ".join(f"v1,{b64encode(one).decode()}" for one in own)
    return {"webhook-id": number, "webhook-timestamp": stamp, "webhook-signature": signs}


def invented_secret() -> str:
    """A webhook secret that nobody has."""
    return f"{WEBHOOK_PREFIX}{b64encode(secrets.token_bytes(32)).decode()}"


def parsed(body: bytes, content_type: str) -> Mapping[str, object]:
    """The fields of a webhook's body, JSON or form; empty when it is neither."""
    text = body.decode("utf-8", "replace")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        return dict(parse_qsl(text))
    try:
        fields = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}
