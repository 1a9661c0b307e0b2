"""Ends a program with one sentence where a package that the project declares is not installed, on import.

What is started imports it before anything else: after a pull that needs a new package, that import would fail anywhere.
It takes nothing but the standard library.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

DECLARED = Path(__file__).with_name("pyproject.toml")


def missing(declared: Path) -> list[str]:
    """The packages that a pyproject.toml needs on every system and that are not installed here, in its order."""
    needed = tomllib.loads(declared.read_text("utf-8"))["project"]["dependencies"]
    names = [re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in needed if ";" not in one]
    return [name for name in names if not _is_here(name)]


def _is_here(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


if absent := missing(DECLARED):
    print(
        f"Not installed in this Python, and needed since the last update: {', '.join(absent)}. Run `make browser`, "
        f"which sets .venv up again; without make: {sys.executable} -m pip install --require-hashes -r lock.txt",
        file=sys.stderr,
    )
    raise SystemExit(2)
