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
IS_CHECKOUT = (PACKAGES / "pytest.ini").is_file()
ROOT = PACKAGES if IS_CHECKOUT else FEATURES
"""Where pytest.ini and conftest.py are: in front of the features, and among them where the project is installed."""
REPORTS = (ROOT if IS_CHECKOUT else Path.cwd()) / "reports"
_USERS = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
CACHE = ROOT / ".cache" if IS_CHECKOUT else _USERS / NAME
COMMAND = "python -m conformance" if IS_CHECKOUT else "conformance"
"""What people type for a verb of the command, as messages name it."""
PYTEST = "python -m pytest" if IS_CHECKOUT else "conformance run"
"""What people type to run scenarios."""
PYTHON = ".venv/bin/python" if IS_CHECKOUT else sys.executable
"""The Python that the suite runs in."""


def to_run(config: str, folder: Path, *options: str) -> str:
    """What is typed in `folder` to run the scenarios with these settings; elsewhere pytest finds them by name only."""
    named = [str(FEATURES)] if IS_CHECKOUT and folder.resolve() != ROOT else []
    return " ".join([PYTEST, *map(shlex.quote, [f"--config={config}", *options, *named])])
