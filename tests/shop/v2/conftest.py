"""A shop that speaks PortOne V2, beside the emulator; the shop has two webhook secrets, of which PortOne has one."""

from collections.abc import Iterator

import httpx
import pytest

from emulator.server import Emulator
from shop.emulated import settings_from
from shop.server import Shop
from shop.settings import ShopSettings
from tests.shop.counter import OPERATOR
from tests.shop.v2.speaking import COMING, Speaking


@pytest.fixture(scope="session")
def servers_v2() -> Iterator[tuple[Emulator, Shop, str]]:
    with Emulator(tls=False) as emulator, httpx.Client(base_url=emulator.url) as control:
        imp_code = control.post("/_emulator/accounts", json={}).json()["imp_code"]
        taken = settings_from(emulator.url, "v2")
        of_v1 = ("imp_code", "imp_key", "imp_secret")
        keys = {name: value for name, value in taken.items() if name not in of_v1}
        keys |= {"operator_password": OPERATOR[1], "webhook_secrets": [COMING, *taken["webhook_secrets"]]}
        with Shop(ShopSettings.model_validate(keys)) as shop:
            yield emulator, shop, imp_code


@pytest.fixture
def second(servers_v2: tuple[Emulator, Shop, str]) -> Iterator[Speaking]:
    emulator, shop, imp_code = servers_v2
    account = f"{emulator.url}/_emulator/accounts/{imp_code}"
    with httpx.Client(base_url=shop.url) as buyer, httpx.Client(base_url=account, timeout=20) as control:
        control.post("reset").raise_for_status()
        second = Speaking(buyer, control, shop.store.settings)
        second.listen(f"{shop.url}/webhooks/portone", [second.secret])
        yield second
