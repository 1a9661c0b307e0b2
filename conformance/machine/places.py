"""Where the project lies, in a checkout or installed, and where its reports and what it keeps between runs go."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

NAME = "portone-paymentwall-conformance"
"""The distribution's."""
PACKAGES = Path(__file__).resolve().parents[2]
"""The folder of conformance/, features/ and the others."""
FEATURES = PACKAGES / "features"
BINDER = "test_conformance.py"
"""Where the scenarios are bound, in the folder of the features."""
IS_CHECKOUT = (PACKAGES / "pytest.ini").is_file()
ROOT = PACKAGES if IS_CHECKOUT else FEATURES
"""Where pytest.ini and conftest.py are: in front of the features, and among them where the project is installed."""
REPORTS = (ROOT if IS_CHECKOUT else Path.cwd()) / "reports"
_USERS = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
CACHE = ROOT / ".cache" if IS_CHECKOUT else _USERS / NAME
COMMAND = "python -m conformance" if IS_CHECKOUT else "conformance"
"""What people type for a verb of the command, as messages name it."""
RUN = f"{COMMAND} run"
"""What people type to run scenarios."""
PYTHON = ".venv/bin/python" if IS_CHECKOUT else sys.executable
"""The Python that the suite runs in."""


def to_run(*options: str) -> str:
    """What is typed to run scenarios with these options."""
    return " ".join([RUN, *map(shlex.quote, options)])
