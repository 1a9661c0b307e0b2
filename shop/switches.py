"""Switches: faults and other ways of working, put into the shop from outside by their names."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from difflib import get_close_matches
from typing import TypeVar

T = TypeVar("T")
_FEW = 12  # names that a line can list


class UnknownSwitch(Exception):
    """A defect or a variant was named that does not exist; the text says which was meant, or where all stand."""


def chosen(option: str, names: Sequence[str], known: Mapping[str, T]) -> list[T]:
    """What stands under these names, which were given with `option`. Raises UnknownSwitch."""
    for name in names:
        if name not in known:
            raise UnknownSwitch(f"{option} {name}: there is no such name; {_hint(name, known)}")
    return [known[name] for name in names]


def _hint(name: str, known: Mapping[str, T]) -> str:
    if close := get_close_matches(name, known, n=3):
        return f"did you mean {' or '.join(close)}?"
    return f"choose from {', '.join(known)}" if len(known) <= _FEW else "docs/proof.md tells all of them"


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
