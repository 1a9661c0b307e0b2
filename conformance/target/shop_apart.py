"""The conformant shop in a process of its own, so that what it takes is not taken from the emulator's share.

Under load both would wait for one interpreter, and the figures would be of neither. It is told its settings on standard
input, says its address on standard output, and ends when its input does: also where this process is killed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any

from shop.server import Shop
from shop.settings import ShopSettings
from shop.switches import switched

_MODULE = "conformance.target.shop_apart"
_END_SECONDS = 10.0


class ShopNotStarted(Exception):
    """The process ended before it served; the text is the last thing it printed."""


@dataclass(frozen=True)
class ShopApart:
    """A shop that serves from a process of its own."""

    url: str
    process: subprocess.Popen[str]

    def close(self) -> None:
        """End it; it gives back what it has."""
        for end in (self.process.stdin, self.process.stdout):
            if end is not None:
                end.close()
        try:
            self.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def started_apart(
    stack: ExitStack, settings: ShopSettings, defects: Sequence[str], variants: Sequence[str]
) -> ShopApart:
    """The shop with these faults and ways of working; it ends with the stack. Raises ShopNotStarted."""
    # No pipe: it would stop the shop once it is full.
    said = stack.enter_context(TemporaryFile())  # noqa: SIM115  # the stack closes it
    process = subprocess.Popen(
        [sys.executable, "-m", _MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=said,
        text=True,
        encoding="utf-8",
    )
    assert process.stdin is not None
    assert process.stdout is not None
    told = {"settings": _revealed(settings), "defects": [*defects], "variants": [*variants]}
    process.stdin.write(json.dumps(told) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        process.communicate()
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").strip().splitlines()
        raise ShopNotStarted((lines or [f"it ended with {process.returncode}"])[-1])
    shop = ShopApart(json.loads(line)["url"], process)
    stack.callback(shop.close)
    return shop


def _revealed(settings: ShopSettings) -> dict[str, Any]:
    facts = settings.model_dump(exclude_none=True)
    return {name: _plain(value) for name, value in facts.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


def main() -> None:
    """Serve until standard input ends."""
    told = json.loads(sys.stdin.readline())
    with switched(told["defects"], told["variants"]), Shop(ShopSettings(**told["settings"])) as shop:
        print(json.dumps({"url": shop.url}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
