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
    "emulator.portone.amounts": _held(EMULATOR, "amounts prepare"),
    # states
    "emulator.portone.payments": _held(EMULATOR, "payments"),
    "emulator.portone.cancelling": _held(EMULATOR, "cancel_rules"),
    "emulator.portone.tokens": _held(EMULATOR, "tokens"),
    "emulator.paymentwall.charges": _held(EMULATOR, "charges tickets"),
    "emulator.paymentwall.tickets": _held(EMULATOR, "ticket_queue tickets"),
    "emulator.paymentwall.state": _held(EMULATOR, "project_state charges reviews tickets"),
    # retries
    "emulator.portone.webhooks": _held(EMULATOR, "outbox webhooks redelivery"),
    "emulator.portone.outbox": _held(EMULATOR, "outbox redelivery"),
    "emulator.paymentwall.pingbacks": _held(EMULATOR, "charges pingbacks"),
    "emulator.clock": _held(EMULATOR, "clock"),
    # the suite's own
    "fixtures.verdicts": _held(SUITE, "verdicts"),
    "fixtures.deviations": _held(SUITE, "settings"),
    "fixtures.redaction": ("tests/test_redaction.py",),
    "fixtures.gate": _held(SUITE, "gate"),
}
