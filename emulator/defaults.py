"""The emulator's one set of addresses and keys, at the desk and in a run, so that a shop is configured once.

The keys open nothing but this emulator.
"""

PORT = 8750
TLS_PORT = 8751
IMP_CODE = "imp87654321"
IMP_KEY = "8765432187654321"
IMP_SECRET = "conformance-secret-that-opens-nothing-else"
CHANNEL_KEY = "channel-key-conformance"
MID = "conformance"  # of the live channel
STORE_ID = "store-conformance"
MERCHANT_ID = "merchant-conformance"
API_SECRET = "conformance-v2-secret-that-opens-nothing-else"
WEBHOOK_SECRETS = {
    "test": "whsec_dGVzdCBzdGFnZSBvZiB0aGUgZW11bGF0b3I=",
    "live": "whsec_bGl2ZSBzdGFnZSBvZiB0aGUgZW11bGF0b3I=",
}
"""V2's, by stage: `whsec_` and base64, as PortOne's console shows them."""


def mid_for_tests(mid: str = MID) -> str:
    """That of the test channel: with t_ before it, as Paymentwall's are."""
    return f"t_{mid}"


def secret_key(mid: str) -> str:
    """The Paymentwall project's behind the live channel with this MID, or behind the test channel with t_ before it."""
    name, stage = (mid[2:], "test") if mid.startswith("t_") else (mid, "live")
    return f"{name}_{stage}_secret"
