"""All sentences that stories are told in: those of `steps/` that need no browser, each done as its step does it."""

from __future__ import annotations

from conformance.explore.afterwards import REFUNDS, RESULTS, TIME
from conformance.explore.on_the_way import FORGERIES, WEBHOOKS
from conformance.explore.orders import GIVENS, PAYMENTS, SEVERAL
from conformance.explore.sentences import Phrase

GROUPS = (GIVENS, PAYMENTS, WEBHOOKS, FORGERIES, REFUNDS, RESULTS, (*TIME, *SEVERAL))
VOCABULARY: tuple[Phrase, ...] = tuple(one for group in GROUPS for one in group)
