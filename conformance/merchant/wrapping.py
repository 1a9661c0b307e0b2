"""One wrapper for merchants: the same driver, some of whose verbs are done otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from conformance.merchant.protocol import Merchant


class _Around:
    def __init__(self, driver: Merchant, verbs: dict[str, Callable[..., Any]]) -> None:
        self._driver = driver
        vars(self).update(verbs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)


def around(driver: Merchant, **verbs: Callable[..., Any]) -> Merchant:
    """The same driver with `verbs` in place of its own; everything else it does and knows is the driver's."""
    return cast(Merchant, _Around(driver, verbs))
