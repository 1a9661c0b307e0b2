"""The SDK probe: what stands in every page of a buyer's, so that what it asks of PortOne is seen, and what it tells."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, Literal

from conformance.record.timeline import Event
from conformance.verdict.catalogue import Api

Behaviour = Literal["pass", "lose", "hold", "forge", "deny", "cheapen", "divert", "reprice"]
FORGES: tuple[Behaviour, ...] = ("forge", "deny")
_PROBE = (Path(__file__).parent / "sdk_probe.js").read_text("utf-8")
_SDKS: Mapping[Api, str] = {
    api: (Path(__file__).parent / f"sdk_{name}.js").read_text("utf-8")
    for api, name in ((Api.V1, "imp"), (Api.V2, "portone"))
}
_NAMES: Mapping[Api, str] = {Api.V1: "IMP", Api.V2: "PortOne"}


def script(
    behaviour: Behaviour,
    *,
    claimed: str,
    channel_key: str,
    success_names: Sequence[str],
    reroute_to: str,
    only_by: str,
    awaited: bool,
    api: Api = Api.V1,
    attempt: str = "",
) -> str:
    """The script for a page whose SDK behaves so; `attempt` is that of the payment which is `claimed`."""
    facts = {
        "__SDK__": _SDKS[api],
        "__BEHAVIOUR__": behaviour,
        "__IMP_UID__": claimed,
        "__ATTEMPT__": attempt,
        "__CHANNEL_KEY__": channel_key,
        "__SUCCESS_NAMES__": " ".join(success_names),
        "__REROUTE_TO__": reroute_to,
        "__ONLY_BY__": only_by,
        "__AWAITED__": "awaited" if awaited else "",
    }
    return reduce(lambda text, fact: text.replace(*fact), facts.items(), _PROBE)


def event_of(what: str, given: Any, *, forged: bool, meant: Any = None, api: Api = Api.V1) -> Event:
    """What the page asked of the SDK (init, request_pay), or the SDK told it (callback); `meant`: in V1's words."""
    facts: Mapping[str, Any] = meant if isinstance(meant, Mapping) else given if isinstance(given, dict) else {}
    now, answers = time.time(), what == "callback"
    source, target = ("sdk", "browser") if answers else ("browser", "sdk")
    words = f"{_NAMES[api]} {what}{', forged' if answers and forged else ''}"
    return Event(
        f"sdk-{what}", source, target, words, now, now, request=given,
        imp_uid=facts.get("imp_uid"), merchant_uid=facts.get("merchant_uid"),
    )  # fmt: skip
