"""How deep the tests go that can go deeper: `make proof` takes them in whole."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")
WHOLE = "CONFORMANCE_WHOLE" in os.environ
"""Whether what is bounded in `make test` is run without its bounds."""


def some(values: Iterable[T], turn: int, every: int = 3) -> Sequence[T]:
    """All of them in whole; else every third, by turns: of as many turns in a row each value is taken in one."""
    return list(values) if WHOLE else list(values)[turn % every :: every]
