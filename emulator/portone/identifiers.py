"""What PortOne names its payments and cancellations."""

import secrets
from uuid import uuid4

from emulator.portone.payments import Version

_BASE_32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's


def fresh_imp_uid() -> str:
    """A new one, in the shape of those in the documentation."""
    return f"imp_{secrets.randbelow(10**12):012d}"


def fresh_transaction_id() -> str:
    """A new one of V2, in the shape of those in the documentation."""
    return str(uuid4())


def fresh_cancellation_id(now: float, version: Version = "V1") -> str:
    """A new one: in V1 a ULID of `now` (virtual unix seconds), which sorts by time (seen), in V2 a UUID (docs)."""
    if version == "V2":
        return str(uuid4())
    number = int(now * 1_000) << 80 | secrets.randbits(80)
    return "".join(_BASE_32[number >> shift & 31] for shift in range(125, -1, -5))
