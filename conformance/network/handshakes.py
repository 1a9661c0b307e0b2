"""Who did not trust the certificate that is shown for PortOne's and Paymentwall's names, as the timeline has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.record.timeline import Timeline

KIND = "handshake"


@dataclass(frozen=True)
class RefusedHandshake:
    """A TLS client that broke off: the name that it asked for (empty: none), OpenSSL's reason, and when (unix seconds).

    `TLSV1_ALERT_UNKNOWN_CA` says that it does not trust the authority; `UNEXPECTED_EOF_WHILE_READING` that it closed
    without a word, as some clients do.
    """

    name: str
    reason: str
    at: float


def refused_handshakes(timeline: Timeline) -> list[RefusedHandshake]:
    """Those since the timeline was cleared, in order; TLS does not tell who it was."""
    return [RefusedHandshake(_name(event.request), str(event.response), event.began) for event in timeline.events(KIND)]


def _name(request: object) -> str:
    body = request.get("body") if isinstance(request, Mapping) else None
    return str(body.get("server_name") or "") if isinstance(body, Mapping) else ""
