"""The control plane's clients wait longer than what they ask for may take: a webhook with all its redeliveries."""

from __future__ import annotations

from conformance.portone.emulated import REDELIVERIES_SECONDS
from emulator.client import READ_SECONDS
from emulator.portone.outbox import REDELIVERIES
from emulator.portone.webhooks import FIRST_DELIVERY, REDELIVERY


def test_a_client_does_not_give_up_while_redeliveries_are_waited_for() -> None:
    first = FIRST_DELIVERY.connect_seconds + FIRST_DELIVERY.read_seconds
    assert REDELIVERY.total_seconds is not None
    assert REDELIVERIES * REDELIVERY.total_seconds == REDELIVERIES_SECONDS
    assert first + REDELIVERIES_SECONDS < READ_SECONDS
