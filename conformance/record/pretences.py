"""What a stranger sends who wants to be taken for somebody else, or to come in by another door."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from conformance.record.orders import Asker

ADDRESS_HEADERS: Mapping[str, str] = {
    "Forwarded": "for={};proto=https",
    **dict.fromkeys(
        (
            "X-Forwarded-For", "X-Real-IP", "X-Client-IP", "Client-IP", "True-Client-IP", "CF-Connecting-IP",
            "X-Cluster-Client-IP", "Fastly-Client-IP",
        ),
        "{}",
    ),
}  # fmt: skip
"""By name, what a client sends that wants to be taken for somebody at an address."""
HERE, LOCAL_NAME = "127.0.0.1", "localhost"
"""An address and a name that are local wherever the merchant is."""
ADMIN = "admin"
_USER = (
    "X-User", "X-Username", "X-Forwarded-User", "X-Remote-User", "Remote-User", "X-Authenticated-User", "X-Auth-User",
    "X-WebAuth-User", "X-Forwarded-Preferred-Username",
)  # fmt: skip
_ROLE = ("X-Role", "X-Roles", "X-User-Role", "X-Forwarded-Groups", "X-Remote-Groups")
_FLAG = ("X-Admin", "X-Is-Admin", "X-Internal", "X-Internal-Request")
_COOKIES: Mapping[str, str] = {
    **dict.fromkeys(("role", "user_role", "userRole", "user", "username"), ADMIN),
    **dict.fromkeys(("admin", "is_admin", "isAdmin", "logged_in", "loggedin"), "1"),
}
_METHODS = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
_ADDRESSES = ("X-Original-URL", "X-Rewrite-URL")
BY_CALL = (Asker.LOCAL_NAME, Asker.OTHER_ADDRESS, Asker.OTHER_METHOD)
"""Those who need a call of their own: no browser sends this for a page."""


def claiming(header: str, address: str) -> Mapping[str, str]:
    """The header, with the address that it claims."""
    return {header: ADDRESS_HEADERS[header].format(address)}


def claiming_everywhere(address: str) -> Mapping[str, str]:
    """Every such header, with the address that it claims."""
    return {name: value for header in ADDRESS_HEADERS for name, value in claiming(header, address).items()}


def headers_of(asker: Asker, *, base_url: str, path: str, method: str, user: str = ADMIN) -> Mapping[str, str]:
    """What this asker sends with the call of the refund action; nothing of one who claims nothing.

    `user` is what the one who may is called, where that is known.
    """
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(base_url))
    match asker:
        case Asker.LOCAL:
            return claiming_everywhere(HERE)
        case Asker.ADMIN:
            flags = dict.fromkeys(_FLAG, "true")
            return {**dict.fromkeys(_USER, user), **dict.fromkeys(_ROLE, ADMIN), **flags, "X-User-Id": "1"}
        case Asker.COOKIE:
            return {"Cookie": "; ".join(f"{name}={value}" for name, value in _COOKIES.items())}
        case Asker.OWN_PAGE:
            page = f"{origin}/{path.lstrip('/')}"
            return {
                "Referer": page,
                "Origin": origin,
                "X-Requested-With": "XMLHttpRequest",
                "Sec-Fetch-Site": "same-origin",
            }
        case Asker.LOCAL_NAME:
            return {"Host": LOCAL_NAME, "X-Forwarded-Host": LOCAL_NAME, "X-Forwarded-Server": LOCAL_NAME}
        case Asker.OTHER_ADDRESS:
            return dict.fromkeys(_ADDRESSES, path)
        case Asker.OTHER_METHOD:
            return dict.fromkeys(_METHODS, method)
    return {}
