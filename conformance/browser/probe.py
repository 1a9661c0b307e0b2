"""The SDK probe: what stands in every page of a buyer's, so that what it asks of PortOne is seen, and what it tells."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, Literal

from conformance.record.timeline import Event

Behaviour = Literal["pass", "lose", "hold", "forge", "deny", "cheapen", "divert", "reprice"]
FORGES: tuple[Behaviour, ...] = ("forge", "deny")
_PROBE = (Path(__file__).parent / "sdk_probe.js").read_text("utf-8")


def script(
    behaviour: Behaviour,
    *,
    claimed: str,
    channel_key: str,
    success_names: Sequence[str],
    reroute_to: str,
    only_by: str,
    awaited: bool,
) -> str:
    """The script for a page whose SDK behaves so."""
    facts = {
        "__BEHAVIOUR__": behaviour,
        "__IMP_UID__": claimed,
        "__CHANNEL_KEY__": channel_key,
        "__SUCCESS_NAMES__": " ".join(success_names),
        "__REROUTE_TO__": reroute_to,
        "__ONLY_BY__": only_by,
        "__AWAITED__": "awaited" if awaited else "",
    }
    return reduce(lambda text, fact: text.replace(*fact), facts.items(), _PROBE)


def event_of(what: str, given: Any, *, forged: bool) -> Event:
    """What the page asked of the SDK (init, request_pay), or the SDK told it (callback)."""
    facts: Mapping[str, Any] = given if isinstance(given, dict) else {}
    now, answers = time.time(), what == "callback"
    source, target = ("sdk", "browser") if answers else ("browser", "sdk")
    words = f"IMP {what}{', forged' if answers and forged else ''}"
    return Event(
        f"sdk-{what}", source, target, words, now, now, request=given,
        imp_uid=facts.get("imp_uid"), merchant_uid=facts.get("merchant_uid"),
    )  # fmt: skip
