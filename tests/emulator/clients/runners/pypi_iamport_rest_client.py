"""PyPI `iamport-rest-client`. Arguments: the API's address, REST key, secret."""

import sys
from typing import Any

from iamport import Iamport

from tests.emulator.clients.runners.lines import serve

url, imp_key, imp_secret = sys.argv[1:]
client = Iamport(imp_key, imp_secret, f"{url}/")


def perform(method: str, arguments: list[Any], options: dict[str, Any]) -> Any:
    return getattr(client, method)(*arguments, **options)


def told(error: Exception) -> dict[str, Any]:
    return {name: getattr(error, name, None) for name in ("code", "message", "reason")}


serve(perform, told)
