"""Other ways in which a good merchant may work, each small and named, switched on from outside like the defects.

None turns anything red: the suite demands outcomes, not ways. Where the suite is to hear of one, a TOML file of the
same name beside the modules says what differs from shop.toml.
"""

from shop.variants import answering, asking, deciding, pages, storing
from shop.variants.registry import VARIANTS, Variant

__all__ = ["VARIANTS", "Variant", "answering", "asking", "deciding", "pages", "storing"]
