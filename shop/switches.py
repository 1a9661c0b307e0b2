"""Switches: faults and other ways of working, put into the shop from outside by their names."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from difflib import get_close_matches
from typing import TypeVar

T = TypeVar("T")


class UnknownSwitch(Exception):
    """A defect or a variant was named that does not exist; the text lists those that do, in one line."""


def chosen(option: str, names: Sequence[str], known: Mapping[str, T]) -> list[T]:
    """What stands under these names, which were given with `option`. Raises UnknownSwitch."""
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            meant = f" (did you mean {close[0]}?)" if close else ""
            raise UnknownSwitch(f"{option} {name}: there is none of this name{meant}; choose of {', '.join(known)}")
    return [known[name] for name in names]


@contextmanager
def switched(defects: Sequence[str], variants: Sequence[str]) -> Iterator[None]:
    """The shop that is built and used inside has these faults and works in these ways. Raises UnknownSwitch."""
    from shop.defects import DEFECTS  # both import all of the shop, which knows no switch
    from shop.variants import VARIANTS

    ways, faults = chosen("--variant", variants, VARIANTS), chosen("--defect", defects, DEFECTS)
    with ExitStack() as stack:
        for switch in [*(way.switch for way in ways), *(fault.switch for fault in faults)]:
            stack.enter_context(switch())
        yield
