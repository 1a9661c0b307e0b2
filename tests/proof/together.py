"""Defects that are switched on together, drawn at random and always the same."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from conformance.target.rows import LIMITS, Row, rows

SEED = 20261130


def drawn(number: int, size: int, every: Sequence[Row] | None = None) -> list[tuple[Row, ...]]:
    """So many different sets of `size` rows, each of one stage and generation."""
    every = list(rows().values()) if every is None else every
    random, sets = Random(SEED + size), dict[frozenset[str], tuple[Row, ...]]()
    while len(sets) < number:
        account = random.choice(every).account
        alike = [row for row in every if row.account == account]
        if len(alike) < size:
            continue
        chosen = random.sample(alike, size)
        sets[frozenset(row.name for row in chosen)] = tuple(chosen)
    return list(sets.values())


def options(together: Sequence[Row]) -> tuple[str, ...]:
    """What pytest is given to switch all of them on, with the shortest of their limits."""
    scales = [option for row in together for option in row.options if option.startswith("--limit-scale=")]
    on = [word for row in together for word in row.option.split()]
    return *on, *together[0].account, *LIMITS, *sorted(scales, key=_scale)[:1]


def _scale(option: str) -> float:
    return float(option.partition("=")[2])
