"""What every handler works with: the settings, the database, PortOne and a clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from shop.database import Database
from shop.generations import GENERATIONS, Account, Generation
from shop.settings import ShopSettings


def wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Store:
    """One running shop."""

    settings: ShopSettings
    database: Database
    portone: Account
    clock: Callable[[], datetime] = wall_clock

    @property
    def spoken(self) -> Generation:
        """PortOne's generation that this shop speaks."""
        return GENERATIONS[self.settings.api]
