"""Certificates for the TLS listener, so that browsers can be led here under the providers' own names."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAMES = (
    "api.iamport.kr", "cdn.iamport.kr", "service.iamport.kr", "*.iamport.kr", "*.portone.io",
    "api.paymentwall.com", "*.paymentwall.com", "localhost", "127.0.0.1",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files: the authority that clients must trust, and the server's key with its chain."""

    ca_file: Path
    server_file: Path

    def context(self, on_refused: "OnRefused | None" = None) -> ssl.SSLContext:
        """The TLS settings of a listener that shows this certificate; `on_refused` is told who does not trust it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server_file)
        if on_refused is not None:
            context.sslobject_class = _noting(on_refused)
            context.sni_callback = _named
        return context


OnRefused = Callable[[str, str], None]
"""Gets the name that a client asked for (empty: none) and OpenSSL's reason, as a handshake breaks off."""


def _named(connection: Any, name: str | None, _: ssl.SSLContext) -> None:
    connection.asked_name = name or ""


def _noting(on_refused: OnRefused) -> type[ssl.SSLObject]:
    class Noting(ssl.SSLObject):
        """A connection that says when its handshake is refused."""

        asked_name = ""

        def do_handshake(self) -> None:
            try:
                super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLError as error:
                on_refused(self.asked_name, error.reason or type(error).__name__)
                raise

    return Noting


def certificates_in(folder: Path) -> Certificates:
    """Those in `folder`; made there where they are missing, the key readable by this user only."""
    made = Certificates(folder / "ca.pem", folder / "server.pem")
    if not (made.ca_file.exists() and made.server_file.exists()):
        # Imported here: it loads a cryptographic library that a start with existing certificates does
        # without.
        import trustme

        folder.mkdir(parents=True, exist_ok=True)
        authority = trustme.CA(organization_name="PortOne and Paymentwall emulator")
        server = authority.issue_cert(*NAMES)
        authority.cert_pem.write_to_path(made.ca_file)
        made.server_file.touch(mode=0o600)
        server.private_key_and_cert_chain_pem.write_to_path(made.server_file)
    return made
