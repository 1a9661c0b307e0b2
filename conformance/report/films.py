"""Films of the buyer's browser: where they lie, and what Playwright makes them with."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from conformance.browser.setup import playwrights_own
from conformance.machine import commands

FOLDER = "videos"
_PROGRAMS = {"linux": "ffmpeg-linux", "darwin": "ffmpeg-mac", "win32": "ffmpeg-win64.exe"}
_ENCODER = "libvpx"  # what Playwright asks ffmpeg for
_LIMIT_SECONDS = 20.0


def find_ffmpeg(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Playwright's own ffmpeg, else the system's if it can write what Playwright films in; None without either."""
    own = playwrights(environ)
    if own is not None and own.is_file():
        return own
    found = shutil.which("ffmpeg", path=environ.get("PATH", ""))
    if found is None or sys.platform == "win32":  # where links need rights, Playwright must have its own
        return None
    encoders = commands.run([found, "-hide_banner", "-encoders"], limit_seconds=_LIMIT_SECONDS)
    return Path(found) if encoders.ok and _ENCODER in encoders.output else None


def playwrights(environ: Mapping[str, str]) -> Path | None:
    """Where Playwright's own would lie on this platform."""
    folder, program = playwrights_own("ffmpeg", environ), _PROGRAMS.get(sys.platform)
    return folder / program if folder and program else None
