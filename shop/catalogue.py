"""What the shop sells."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Product:
    """One thing for sale; `price` in major units of `currency` (10.50 USD is Decimal("10.50"))."""

    sku: str
    name: str  # PortOne takes 40 characters at most
    description: str
    price: Decimal
    currency: str


PRODUCTS = {
    product.sku: product
    for product in (
        Product(
            "mug",
            "Stoneware mug",
            "Thrown by hand, glazed in two blues. Holds 300 ml.",
            Decimal("10.50"),
            "USD",
        ),
        Product("tea", "Jeju green tea", "First flush from Jeju, 40 g in a paper box.", Decimal(12000), "KRW"),
        Product("print", "Lighthouse print", "Two-colour risograph on recycled paper, A4.", Decimal("4.20"), "EUR"),
        Product("dates", "Ajwa dates", "Soft and dark, 250 g in a tin.", Decimal("1.250"), "KWD"),
    )
}
