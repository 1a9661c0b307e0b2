"""Other ways in which a good merchant may work, each small and named, switched on from outside like the defects.

None turns anything red: the suite demands outcomes, not ways. Where one needs another description for the suite, a TOML
file of the same name lies beside the modules.
"""

from shop.variants import answering, asking, pages, storing
from shop.variants.registry import VARIANTS, Variant

__all__ = ["VARIANTS", "Variant", "answering", "asking", "pages", "storing"]
