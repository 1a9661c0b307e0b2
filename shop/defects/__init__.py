"""Faults that a merchant could have, each small and named, switched on from outside; the shop's own code knows none.

Each stands for a mistake seen in real integrations. `turns_red` names the requirements that it breaks by nature; where
that is more than one, `why` says why.
"""

from shop.defects import (
    admitting,
    afterwards,
    answers,
    cancelling,
    coming_back,
    delivering,
    failing,
    habits,
    lookups,
    overlooked,
    overlooked_refunds,
    page,
    prices,
    reading,
    refunding,
    request,
    second_generation,
    second_payments,
    showing,
    under_load,
    waiting,
    ways,
    webhook_handling,
)
from shop.defects.registry import DEFECTS, Defect

__all__ = [
    "DEFECTS",
    "Defect",
    "admitting",
    "afterwards",
    "answers",
    "cancelling",
    "coming_back",
    "delivering",
    "failing",
    "habits",
    "lookups",
    "overlooked",
    "overlooked_refunds",
    "page",
    "prices",
    "reading",
    "refunding",
    "request",
    "second_generation",
    "second_payments",
    "showing",
    "under_load",
    "waiting",
    "ways",
    "webhook_handling",
]
