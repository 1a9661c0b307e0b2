"""The emulator, or the shop, in a process of its own that says on demand how much processor time it has taken.

`python -m benchmarks.storm_servers emulator`, or `… shop` with its settings as JSON in the first line of its input.
It says its address in a line of JSON, and then its processor seconds for each further line that it is given.
"""

from __future__ import annotations

import json
import sys
import time

from emulator.server import Emulator
from shop.server import Shop
from shop.settings import ShopSettings


def _say_seconds() -> None:
    for _ in sys.stdin:
        print(json.dumps({"seconds": time.process_time()}), flush=True)


def main() -> None:
    """Serve until standard input ends."""
    if sys.argv[1] == "emulator":
        with Emulator(tls=False) as emulator:
            print(json.dumps({"url": emulator.url}), flush=True)
            _say_seconds()
    else:
        with Shop(ShopSettings(**json.loads(sys.stdin.readline()))) as shop:
            print(json.dumps({"url": shop.url}), flush=True)
            _say_seconds()


if __name__ == "__main__":
    main()
