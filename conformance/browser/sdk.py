"""PortOne's SDK as a page loads it: from PortOne, by one of its addresses, or as a copy of the shop's own."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from conformance.network.gateway import is_portone

_FILE = re.compile(r"iamport(\.payment)?(-\d+(\.\d+)*)?(\.min)?\.js|browser-sdk(\.esm)?\.js", re.IGNORECASE)
"""iamport.js, iamport.payment-1.x.y.js, V2's browser-sdk.js (docs): the newest names and those of older versions."""


def is_sdk(url: str) -> bool:
    """Whether a script is called as PortOne's SDK is, wherever it comes from."""
    return _FILE.fullmatch(urlsplit(url).path.rpartition("/")[2]) is not None


def is_from_portone(url: str) -> bool:
    """Whether it is the SDK, from a host of PortOne's: other scripts come from there too, as answers by JSONP."""
    return is_sdk(url) and is_portone(urlsplit(url).hostname or "")
