"""`python -m conformance.machine.system_packages NAME…`: installs packages of Debian or Ubuntu, where root asks."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence

from conformance.machine import commands

LIMIT_SECONDS = 300
_BOUNDS = ("Acquire::Retries=3", "Acquire::http::Timeout=20", "DPkg::Lock::Timeout=60")


def may_install() -> bool:
    """Whether there is an apt-get, and this user may use it."""
    return sys.platform != "win32" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(names: Sequence[str], why: str, say: Callable[[str], None] = print) -> bool:
    """Whether the packages could be installed; `why` is what is missing, as it begins the line that is said."""
    if not may_install():
        return False
    say(f"{why}: apt-get installs {' '.join(names)} (once)")
    _apt_get("update")  # an index that is only partly there may do: what counts is the installation
    ended = _apt_get("install", "--yes", "--no-install-recommends", *names)
    if not ended.ok:
        say(f"  it could not: {ended.complaint}")
    return ended.ok


def _apt_get(*arguments: str) -> commands.Ended:
    return commands.run(
        ["apt-get", *(part for bound in _BOUNDS for part in ("-o", bound)), *arguments],
        limit_seconds=LIMIT_SECONDS,
        environ={"DEBIAN_FRONTEND": "noninteractive"},
    )


if __name__ == "__main__":
    raise SystemExit(0 if install(sys.argv[1:], "Not here yet") else 1)
