"""What was proved of this very state of the project, so that a proof that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import shutil
from functools import cache
from pathlib import Path

from tests.forks import ROOT

FOLDER = ROOT / ".cache" / "proof"
HELD = ("conformance", "emulator", "examples", "features", "fixtures", "shop", "steps", "tests")
"""The folders whose files a proof is about."""
_MADE = frozenset({"__pycache__", "node_modules", "certificates", ".venv", ".hypothesis"})
PASSED, ROWS, SCENARIOS = "passed.txt", "rows", "scenarios"
FIRST_WORKER = "gw0"


@cache
def folder() -> Path:
    """Where this state's results are; those of other states are removed."""
    own = FOLDER / _state()
    for other in FOLDER.glob("*"):
        if other != own:
            shutil.rmtree(other, ignore_errors=True)
    own.mkdir(parents=True, exist_ok=True)
    return own


def _state() -> str:
    digest = hashlib.sha256()
    files = [ROOT / "conftest.py", ROOT / "pytest.ini", ROOT / "lock-dev.txt"]
    for name in HELD:
        files += (path for path in (ROOT / name).rglob("*") if path.is_file() and not _MADE.intersection(path.parts))
    for path in sorted(files):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def passed() -> set[str]:
    """The node IDs of what has passed."""
    file = folder() / PASSED
    return set(file.read_text("utf-8").splitlines()) if file.exists() else set()


def keep(nodeid: str) -> None:
    """Keep that it has passed."""
    with (folder() / PASSED).open("a", encoding="utf-8") as out:
        out.write(f"{nodeid}\n")


def forget() -> None:
    """Prove everything anew."""
    shutil.rmtree(folder(), ignore_errors=True)
    folder.cache_clear()
