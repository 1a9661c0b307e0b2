"""Each call, webhook and pingback as one line while the emulator runs, for the person at the desk."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from emulator.journal import Entry

NAMES = {"portone": "PortOne", "paymentwall": "Paymentwall", "merchant": "merchant", "browser": "browser"}
"""The sides as people call them; an operator is who sits at the desk."""


def line_of(entry: Entry) -> str:
    """When (this machine's time), which side called which, what for, and how it ended."""
    at = time.strftime("%H:%M:%S", time.localtime(entry.began))
    sides = f"{NAMES.get(entry.source, entry.source)} → {NAMES.get(entry.target, entry.target)}"
    what = f"{entry.method} {urlsplit(entry.url).path or '/'}"
    about = entry.imp_uid or entry.merchant_uid
    named = f" ({about})" if about and about not in what else ""
    ended = f"{entry.status or 'no answer'}{f': {entry.error}' if entry.error else ''}"
    return f"{at}  {sides:<24}{entry.kind:<14}{what}{named}  {ended}{_said(entry)}"


def _said(entry: Entry) -> str:
    """What tells more than the status does: PortOne's code and message where it refuses, what a webhook says."""
    told = entry.response if isinstance(entry.response, dict) else {}
    if told.get("code") not in (0, None):
        return f", code {told['code']} {told.get('message') or ''}".rstrip()
    if "type" in told and "message" in told:  # an error of V2
        return f", {told['type']} {told['message']}"
    body = entry.request.get("body")
    if entry.kind == "webhook" and isinstance(body, dict) and (said := body.get("status") or body.get("type")):
        return f", says {said}"
    return ""


def printer(write: Callable[[str], object]) -> Callable[[str, Entry], None]:
    """What prints each entry by `write`, until nobody reads any more."""
    reading = [True]

    def heard(_imp_code: str, entry: Entry) -> None:
        if reading[0]:
            try:
                write(line_of(entry))
            except OSError:
                reading[0] = False

    return heard
