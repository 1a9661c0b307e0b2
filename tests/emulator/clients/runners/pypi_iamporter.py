"""PyPI `iamporter`, both its layers. Arguments: the API's address, REST key, secret."""

import sys
from typing import Any

from iamporter import IamportAuth, Iamporter
from iamporter.api import Payments

from tests.emulator.clients.runners.lines import serve

url, imp_key, imp_secret = sys.argv[1:]


def perform(method: str, arguments: list[Any], options: dict[str, Any]) -> Any:
    auth = IamportAuth(imp_key, imp_secret, imp_url=url)
    if method == "token":
        return auth.token
    if method.startswith("Payments."):
        answer = getattr(Payments(auth, imp_url=url), method.removeprefix("Payments."))(*arguments, **options)
        return {"status": answer.status, "is_succeed": answer.is_succeed, **answer.raw}
    return getattr(Iamporter(imp_auth=auth, imp_url=url), method)(*arguments, **options)


def told(error: Exception) -> dict[str, Any]:
    answer = getattr(error, "response", error)
    return {"status": getattr(answer, "status", None), "message": getattr(answer, "message", None), "text": str(error)}


serve(perform, told)
