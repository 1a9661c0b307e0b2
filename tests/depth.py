"""How deep the tests go that can go deeper: `make proof` takes them in whole."""

from __future__ import annotations

import os

WHOLE = "CONFORMANCE_WHOLE" in os.environ
"""Whether what is bounded in `make test` is run without its bounds."""
