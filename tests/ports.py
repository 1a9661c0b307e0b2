"""Ports of loopback for servers that tests start."""

from __future__ import annotations

import secrets
import socket
from contextlib import ExitStack, suppress


def free_ports(number: int) -> list[int]:
    """So many ports of loopback that nobody listens on now, none of those that outgoing connections are given."""
    taken: list[socket.socket] = []
    with ExitStack() as stack:
        while len(taken) < number:
            one = stack.enter_context(socket.socket())
            with suppress(OSError):
                one.bind(("127.0.0.1", 10_000 + secrets.randbelow(22_000)))
                taken.append(one)
        return [one.getsockname()[1] for one in taken]
