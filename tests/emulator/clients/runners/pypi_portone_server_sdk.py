"""PyPI `portone-server-sdk` and `standardwebhooks`. Argument: the API's address.

Methods are named `resource.method` and get the API secret first; `verify` and `standardwebhooks` read a webhook
(secret, body, headers).
"""

import sys
from dataclasses import asdict, is_dataclass
from typing import Any

from portone_server_sdk import PortOneClient, webhook
from standardwebhooks.webhooks import Webhook

from tests.emulator.clients.runners.lines import serve

(url,) = sys.argv[1:]


def perform(method: str, arguments: list[Any], options: dict[str, Any]) -> Any:
    """The result with the name of its class, which is how this library tells one status from another."""
    if method == "verify":
        return _plain(webhook.verify(*arguments))
    if method == "standardwebhooks":
        key, body, headers = arguments
        return Webhook(key).verify(body, headers)
    resource, _, name = method.partition(".")
    secret, *rest = arguments
    client = PortOneClient(secret=secret, base_url=url)
    return _plain(getattr(getattr(client, resource), name)(*rest, **options))


def told(error: Exception) -> dict[str, Any]:
    return {"message": str(error), "reason": getattr(error, "reason", None)}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {"class": type(value).__name__, **asdict(value)}
    return value


serve(perform, told)
