"""What PortOne names its payments and cancellations."""

import secrets

_BASE_32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's


def fresh_imp_uid() -> str:
    """A new one, in the shape of those in the documentation."""
    return f"imp_{secrets.randbelow(10**12):012d}"


def fresh_cancellation_id(now: float) -> str:
    """A new ULID of `now` (virtual unix seconds): 26 characters that sort by time (seen)."""
    number = int(now * 1_000) << 80 | secrets.randbits(80)
    return "".join(_BASE_32[number >> shift & 31] for shift in range(125, -1, -5))
