"""Which driver a merchant is driven by: the shipped one with its description, or a class of your own."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from conformance.machine.settling import eventually
from conformance.merchant.protocol import Merchant, NotDescribed, Order, around
from conformance.merchant.surroundings import Allowance, Surroundings
from conformance.merchant.toml.consistency import complaints
from conformance.merchant.toml.driver import TomlMerchant
from conformance.settings.conformance_toml import MerchantSettings
from conformance.settings.merchant_toml import MerchantFile, MerchantFileError, read_merchant_file
from conformance.verdict.reasons import Cause, Why

ATTRIBUTES = (
    "name", "profile", "widgets", "currencies", "capabilities", "settle_seconds", "waiting_limit", "delivery_statuses",
    "not_done",
)  # fmt: skip
VERBS = ("place_order", "checkout", "read_order", "ask_for_refund", "see_to_open_orders", "webhook_url", "close")
_NEW_NAME_SECONDS = 3.0
"""How long a shop may take to name an order differently: many name them by the second."""
_OWN = re.compile(r"\.py:\w+$")


def driver_of(settings: MerchantSettings, surroundings: Surroundings, folder: Path) -> Merchant:
    """The merchant's driver; paths are meant from `folder`. Raises MerchantFileError."""
    described = description_of(settings, folder)
    if described is not None:
        where = folder / str(settings.driver) if settings.driver else "merchant.description"
        if wrong := list(complaints(described, surroundings.secrets)):
            raise MerchantFileError(f"{where}: {'; '.join(wrong)}")
        return TomlMerchant(described, surroundings.base_url, surroundings.timeline, None, surroundings)
    file, _, name = str(settings.driver).rpartition(":")
    return own_driver(folder / Path(file).expanduser(), name, surroundings)


def description_of(settings: MerchantSettings, folder: Path) -> MerchantFile | None:
    """How the shipped driver is described; None for a class of your own. Raises MerchantFileError."""
    if settings.description is not None:
        return settings.description
    driver = str(settings.driver)
    if _OWN.search(driver):
        return None
    return read_merchant_file(folder / Path(driver).expanduser())


def counted(driver: Merchant, allowance: Allowance, listed: Path | None) -> Merchant:
    """The driver with its orders counted, and listed in a file: time, reference, merchant_uid and price of each.

    To place an order raises Exhausted when the run may place no more.
    """
    if listed is not None:
        listed.parent.mkdir(parents=True, exist_ok=True)
        listed.write_text("", "utf-8")

    def place_order(*given: Any, **named: Any) -> Order:
        allowance.spend("orders")
        order = driver.place_order(*given, **named)
        if listed is not None:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            with listed.open("a", encoding="utf-8") as file:
                file.write(f"{now} {order.reference} {order.merchant_uid} {order.amount} {order.currency}\n")
        return order

    return around(driver, place_order=place_order)


def named_anew(driver: Merchant, was_paid: Callable[[str], bool]) -> Merchant:
    """The driver; a new order that has the merchant_uid of one that `was_paid` is placed anew.

    Nothing that is seen of such an order would be its own. Its `named_twice` are these merchant_uids. To place an order
    raises NotDescribed where every one is named so.
    """
    known, twice = set[str](), list[str]()

    def is_new(order: Order) -> bool:
        if order.merchant_uid not in known or not was_paid(order.merchant_uid):
            return True
        if order.merchant_uid not in twice:
            twice.append(order.merchant_uid)
        return False

    def place_order(*given: Any, **named: Any) -> Order:
        order = eventually(
            lambda: driver.place_order(*given, **named),
            is_new,
            limit_seconds=_NEW_NAME_SECONDS,
            shortest_seconds=_NEW_NAME_SECONDS / 10,
        )
        if order.merchant_uid in twice:
            facts = {"attempt": order.merchant_uid, "seconds": f"{_NEW_NAME_SECONDS:g}"}
            raise NotDescribed(Cause(Why.SHOP_NAMED_TWICE, facts=facts))
        known.add(order.merchant_uid)
        return order

    return around(driver, place_order=place_order, named_twice=twice)


def own_driver(path: Path, name: str, surroundings: Surroundings) -> Merchant:
    """An instance of a class of your own, made with the surroundings. Raises MerchantFileError."""
    if not path.is_file():
        raise MerchantFileError(f"merchant.driver: {path}: there is no such file")
    module_name = f"driver_{path.stem}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    assert spec is not None  # it ends in .py
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module  # dataclasses look their module up there
    try:
        spec.loader.exec_module(module)
        made = getattr(module, name)(surroundings)
    except Exception as error:  # anything may go wrong in somebody else's code; it is said in one line
        raise MerchantFileError(f"merchant.driver: {path}:{name}: {type(error).__name__}: {error}") from error
    if lacking := [part for part in (*ATTRIBUTES, *VERBS) if not hasattr(made, part)]:
        raise MerchantFileError(
            f"merchant.driver: {path}:{name} lacks {', '.join(lacking)} (conformance/merchant/protocol.py)"
        )
    return cast(Merchant, made)
