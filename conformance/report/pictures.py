"""Pictures, films and traces of a buyer's pages, without what only a card's owner may know.

A trace, a film and a picture of a card form cannot be redacted: where cards or keys are real they are not made.
"""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import BrowserContext, Frame, Locator, Page

from conformance.browser.setup import playwrights_own
from conformance.machine import commands
from conformance.record.redaction import Redaction

_CARD_FIELDS = "input[autocomplete^='cc-'], input[type=password], input[name*=card], input[name*=cvv]"
_QUALITY = 70  # per cent, of JPEG
_LIMIT_MILLISECONDS = 5_000.0
_PICTURES = (".jpeg", ".jpg", ".png", ".webm")


def picture(page: Page, redact: Redaction, *, whole: bool = True) -> bytes:
    """The page as a JPEG in which card and key fields and known secrets are covered. Raises Playwright's Error.

    Not the `whole` page: what it has in frames is covered too, as a payment window may be about to open there.
    """
    hidden = [place for frame in page.frames for place in _hidden(frame, redact)]
    hidden += [] if whole else [page.locator("iframe")]
    return page.screenshot(type="jpeg", quality=_QUALITY, mask=hidden, timeout=_LIMIT_MILLISECONDS)


def encoded(taken: bytes) -> str:
    """A picture as base64, as a data address wants it."""
    return base64.b64encode(taken).decode()


def data_address_of(files: Iterable[Path]) -> str:
    """The last of these JPEG files that is there as a data address; empty without one."""
    there = [file for file in files if file.exists()]
    return f"data:image/jpeg;base64,{encoded(there[-1].read_bytes())}" if there else ""


def told_by(frame: Frame, script: str) -> str:
    """What a script makes of the document in a frame. Raises Playwright's Error, also where none comes in time."""
    return str(frame.locator(":root").evaluate(script, timeout=_LIMIT_MILLISECONDS))


def _hidden(frame: Frame, redact: Redaction) -> Iterator[Locator]:
    """What a picture of the frame must not show: card fields, and places where a secret stands."""
    yield frame.locator(_CARD_FIELDS)
    text = unescape(told_by(frame, "element => element.outerHTML"))
    for secret in redact.secrets:
        if secret in text:
            yield frame.get_by_text(secret)
            yield frame.locator(f"input[value*={json.dumps(secret, ensure_ascii=False)}]")


def trace(context: BrowserContext, redact: Redaction) -> bytes:
    """What was recorded of the context, redacted. Raises Playwright's Error."""
    with TemporaryDirectory(prefix="trace-") as folder:
        path = Path(folder) / "trace.zip"
        context.tracing.stop(path=path)
        return redacted_archive(path.read_bytes(), redact)


def redacted_archive(content: bytes, redact: Redaction) -> bytes:
    """The zip archive with every text in it redacted, line by line where a line is JSON; pictures are left out."""
    cleaned = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(cleaned, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            body = old.read(entry)
            if entry.filename.lower().endswith(_PICTURES):
                continue
            new.writestr(entry.filename, _redacted_body(body, redact))
    return cleaned.getvalue()


def _redacted_body(body: bytes, redact: Redaction) -> bytes:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return body
    return "\n".join(_redacted_line(line, redact) for line in text.split("\n")).encode()


def _redacted_line(line: str, redact: Redaction) -> str:
    if line.startswith(("{", "[")):
        try:
            return json.dumps(redact(json.loads(line)), ensure_ascii=False)
        except json.JSONDecodeError:
            pass
    return redact.text(line)


FILMS = "videos"
_PROGRAMS = {"linux": "ffmpeg-linux", "darwin": "ffmpeg-mac", "win32": "ffmpeg-win64.exe"}
_ENCODER = "libvpx"  # what Playwright asks ffmpeg for
_LIMIT_SECONDS = 20.0


def find_ffmpeg(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Playwright's own ffmpeg, else the system's if it can write what Playwright films in; None without either."""
    own = playwrights_ffmpeg(environ)
    if own is not None and own.is_file():
        return own
    found = shutil.which("ffmpeg", path=environ.get("PATH", ""))
    if found is None or sys.platform == "win32":  # where links need rights, Playwright must have its own
        return None
    encoders = commands.run([found, "-hide_banner", "-encoders"], limit_seconds=_LIMIT_SECONDS)
    return Path(found) if encoders.ok and _ENCODER in encoders.output else None


def playwrights_ffmpeg(environ: Mapping[str, str]) -> Path | None:
    """Where Playwright's own would lie on this platform."""
    folder, program = playwrights_own("ffmpeg", environ), _PROGRAMS.get(sys.platform)
    return folder / program if folder and program else None
