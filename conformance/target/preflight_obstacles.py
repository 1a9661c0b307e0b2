"""What stands in the way of a webhook or a look-up at a deployment, and the line that fixes it."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from conformance.network.handshakes import RefusedHandshake
from conformance.network.receiver import Delivery
from conformance.settings.conformance_toml import Settings
from conformance.verdict.reasons import Cause, Why, term

PORTONES = "52.78.100.19, 52.78.48.223, 52.78.5.241"
"""From where PortOne sends webhooks (docs)."""


def objection(delivery: Delivery, address: str) -> Cause | None:
    """Why the merchant's webhook address cannot be right, by its answer to a webhook; None where it can."""
    status = delivery.status
    if status is None:
        return Cause(Why.CHECK_WEBHOOK_UNANSWERED, facts={"url": address, "seconds": f"{delivery.seconds:.0f}"})
    seen = {"url": address, "status": str(status)}
    here = term("here", own_address(address) or "the address of this machine")
    if status in (400, 401, 403) and "webhook-signature" in {name.lower() for name in delivery.headers}:
        return Cause(Why.CHECK_SIGNATURE_REFUSED, facts={**seen, **here})
    if status in (401, 403):
        return Cause(Why.CHECK_WEBHOOK_REFUSED, facts={**seen, "portone": PORTONES, **here})
    if status in (404, 405, 410) or 300 <= status < 400:
        return Cause(Why.CHECK_WEBHOOK_ELSEWHERE, facts=seen)
    return None


def certificate_refused(refused: RefusedHandshake, settings: Settings) -> Cause:
    """That the merchant's server does not trust the emulator's certificate, and what makes it, by stack."""
    folder = settings.emulator.certificates
    ca = "ca.pem" if folder is None else str(settings.folder / folder.expanduser() / "ca.pem")
    name = {"name": refused.name} if refused.name else term("name", "the emulator")
    return Cause(Why.CHECK_UNTRUSTED, facts={**name, "why": refused.reason, "ca": ca})


def own_address(url: str) -> str:
    """From where this machine's requests to an address come, empty where nobody knows; no packet is sent."""
    parts = urlsplit(url)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect((parts.hostname or "", parts.port or 443))
        except OSError:
            return ""
        return str(asking.getsockname()[0])
