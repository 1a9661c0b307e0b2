"""One wrapper for merchants: the same driver, some of whose verbs are done otherwise."""

from __future__ import annotations

from typing import Any, cast

from conformance.merchant.protocol import Merchant


class _Around:
    def __init__(self, driver: Merchant, own: dict[str, Any]) -> None:
        self._driver = driver
        vars(self).update(own)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)


def around(driver: Merchant, **own: Any) -> Merchant:
    """The same driver with these verbs and facts in place of its own; everything else is the driver's."""
    return cast(Merchant, _Around(driver, own))
