"""What stands in the way of a webhook or a look-up at a deployment, and the line that fixes it."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from conformance.network.handshakes import RefusedHandshake
from conformance.network.receiver import Delivery
from conformance.settings.conformance_toml import Settings

TRUSTING: Mapping[str, str] = {
    "Node": "NODE_EXTRA_CA_CERTS={ca}",
    "Python": "SSL_CERT_FILE={ca}, and REQUESTS_CA_BUNDLE={ca} for requests",
    "PHP": "curl.cainfo={ca} and openssl.cafile={ca} in php.ini (WordPress plugins that use curl need the first)",
    "Java": "keytool -importcert -file {ca} into the file that -Djavax.net.ssl.trustStore names",
    "Go, Ruby": "SSL_CERT_FILE={ca}",
}
"""By stack, what makes a server trust the authority of the emulator's certificates (docs/your-deployment.md)."""
PORTONES = "52.78.100.19, 52.78.48.223 and 52.78.5.241"
"""From where PortOne sends webhooks (docs)."""


def objection(delivery: Delivery, address: str) -> str | None:
    """Why the merchant's webhook address cannot be right, by its answer to a webhook; None where it can."""
    status = delivery.status
    if status is None:
        waited = f"within {delivery.seconds:.0f} s"
        return f"{address} did not answer a webhook {waited}: correct merchant.webhook (or webhook_path)"
    if status in (400, 401, 403) and "webhook-signature" in {name.lower() for name in delivery.headers}:
        return (
            f"{address} refuses webhooks with HTTP {status}. If it verifies their signature, its webhook secret must "
            "be that of emulator.webhook_secrets (of this stage); if it takes them from PortOne's addresses only, "
            f"allow this machine too ({own_address(address)})"
        )
    if status in (401, 403):
        return (
            f"{address} refuses webhooks with HTTP {status}. If the merchant takes them from PortOne's addresses "
            f"only ({PORTONES}), allow this machine too ({own_address(address)}); or remove the log-in "
            "from the address, as PortOne does not log in"
        )
    if status in (404, 405, 410) or 300 <= status < 400:
        return (
            f"{address} answers a webhook with HTTP {status}: correct merchant.webhook (or webhook_path). (A shop "
            'that has none: skip_checks = ["webhook", "look-up"], and the scenarios judge it)'
        )
    return None


def certificate_refused(refused: RefusedHandshake, settings: Settings) -> str:
    """That the merchant's server does not trust the emulator's certificate, and what makes it, by stack."""
    folder = settings.emulator.certificates
    ca = "ca.pem" if folder is None else str(settings.folder / folder.expanduser() / "ca.pem")
    return (
        f"the merchant's server connected to {refused.name or 'the emulator'} and aborted the TLS handshake "
        f"({refused.reason}): it does not trust the emulator's certificate. Make it trust {ca} and restart it: "
        + "; ".join(f"{stack}: {line.format(ca=ca)}" for stack, line in TRUSTING.items())
    )


def own_address(url: str) -> str:
    """From where this machine's requests to an address come; no packet is sent."""
    parts = urlsplit(url)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect((parts.hostname or "", parts.port or 443))
        except OSError:
            return "the address of this machine"
        return str(asking.getsockname()[0])
