"""The modules whose rules are mutated, each with the test files that hold it, those first that fail the soonest."""

from __future__ import annotations

from collections.abc import Mapping

EMULATOR = "tests/emulator/test_"
SUITE = "tests/fixtures/test_"


def _held(folder: str, names: str) -> tuple[str, ...]:
    return tuple(f"{folder}{name}.py" for name in names.split())


RULES: Mapping[str, tuple[str, ...]] = {
    # signatures
    "emulator.paymentwall.signatures": _held(EMULATOR, "signatures tickets"),
    "emulator.portone.signing": _held(EMULATOR, "signatures sides"),
    # amounts
    "emulator.paymentwall.money": _held(EMULATOR, "amounts tickets"),
    "emulator.portone.amounts": _held(EMULATOR, "amounts payments prepare"),
    # states
    "emulator.portone.payments": _held(EMULATOR, "payments searches cancel_rules"),
    "emulator.portone.cancelling": _held(EMULATOR, "cancel_rules"),
    "emulator.portone.tokens": _held(EMULATOR, "tokens"),
    "emulator.paymentwall.charges": _held(EMULATOR, "charges tickets"),
    "emulator.paymentwall.tickets": _held(EMULATOR, "ticket_queue tickets"),
    "emulator.paymentwall.state": _held(EMULATOR, "charges tickets ticket_queue reviews restored_account"),
    # retries
    "emulator.portone.webhooks": _held(EMULATOR, "webhooks outbox redelivery"),
    "emulator.portone.outbox": _held(EMULATOR, "outbox redelivery webhooks restored_account"),
    "emulator.paymentwall.pingbacks": _held(EMULATOR, "pingbacks charges restored_account"),
    "emulator.clock": _held(EMULATOR, "clock control"),
    # the suite's own
    "fixtures.verdicts": _held(SUITE, "verdicts"),
    "fixtures.deviations": _held(SUITE, "settings"),
    "fixtures.redaction": ("tests/test_redaction.py",),
    "fixtures.gate": _held(SUITE, "gate"),
}
