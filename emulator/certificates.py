"""Certificates for the TLS listener, so that browsers can be led here under the providers' own names."""

import ssl
from dataclasses import dataclass
from pathlib import Path

NAMES = (
    "api.iamport.kr", "cdn.iamport.kr", "service.iamport.kr", "*.iamport.kr", "*.portone.io",
    "api.paymentwall.com", "*.paymentwall.com", "localhost", "127.0.0.1",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files: the authority that clients must trust, and the server's key with its chain."""

    ca_file: Path
    server_file: Path

    def context(self) -> ssl.SSLContext:
        """The TLS settings of a listener that shows this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server_file)
        return context


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
