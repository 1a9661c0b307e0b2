"""PyPI `paymentwall-python`: widget addresses and pingbacks. Arguments: Paymentwall's address, project key, secret."""

import sys
from typing import Any

from paymentwall import Paymentwall, Pingback, Product, Widget

from tests.emulator.clients.runners.lines import serve

url, project_key, secret_key = sys.argv[1:]
Paymentwall.set_api_type(Paymentwall.API_GOODS)
Paymentwall.set_app_key(project_key)
Paymentwall.set_secret_key(secret_key)
Widget.BASE_URL = f"{url}/api"


def perform(method: str, arguments: list[Any], _: dict[str, Any]) -> Any:
    if method == "widget":
        user, code, (product_id, amount, currency, name), extra = arguments
        product = Product(product_id, amount, currency, name)
        return Widget(user, code, [product], extra).get_url()
    if method == "signature":
        return Widget.calculate_signature(*arguments)
    parameters, address, *rest = arguments
    pingback = Pingback(parameters, address)
    return {
        "validate": pingback.validate(*rest),
        "errors": [*pingback.get_errors()],
        "type": pingback.get_type(),
        "user": pingback.get_user_id(),
        "product": pingback.get_product_id(),
        "reference": pingback.get_reference_id(),
        "deliverable": pingback.is_deliverable(),
        "cancelable": pingback.is_cancelable(),
        "under_review": pingback.is_under_review(),
    }


serve(perform, lambda error: {"text": str(error)})
