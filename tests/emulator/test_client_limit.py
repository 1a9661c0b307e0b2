"""The control plane's client waits longer than what it asks for may take: a webhook with all its redeliveries."""

from __future__ import annotations

from emulator.client import READ_SECONDS
from emulator.portone.outbox import REDELIVERIES
from emulator.portone.webhooks import FIRST_DELIVERY, REDELIVERY


def test_a_client_does_not_give_up_while_redeliveries_are_waited_for() -> None:
    first = FIRST_DELIVERY.connect_seconds + FIRST_DELIVERY.read_seconds
    assert REDELIVERY.total_seconds is not None
    assert first + REDELIVERIES * REDELIVERY.total_seconds < READ_SECONDS
