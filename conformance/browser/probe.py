"""PortOne's SDK in a shop's page: how it is known, and the probe that hears what the two say to each other."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from conformance.network.gateway import is_portone
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
_FILE = re.compile(r"iamport(\.payment)?(-\d+(\.\d+)*)?(\.min)?\.js|browser-sdk(\.esm)?\.js", re.IGNORECASE)
"""iamport.js, iamport.payment-1.x.y.js, V2's browser-sdk.js (docs): the newest names and those of older versions."""


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


def is_sdk(url: str) -> bool:
    """Whether a script is called as PortOne's SDK is, wherever it comes from."""
    return _FILE.fullmatch(urlsplit(url).path.rpartition("/")[2]) is not None


def is_from_portone(url: str) -> bool:
    """Whether it is the SDK, from a host of PortOne's: other scripts come from there too, as answers by JSONP."""
    return is_sdk(url) and is_portone(urlsplit(url).hostname or "")
