"""The preflight alone, outside pytest, and the file that a run against your deployment begins with."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, sync_playwright

from conformance.browser.driver_setup import require_driver
from conformance.browser.setup import BrowserMissing, find_browser, launch_arguments
from conformance.machine.browser_gone import apart_from_the_terminal
from conformance.machine.places import COMMAND, PYTEST
from conformance.merchant.drivers import description_of
from conformance.merchant.toml import MerchantFileError
from conformance.real.golive import golive
from conformance.real.preflight import RealPreflight
from conformance.real.sandbox import sandbox
from conformance.record.redaction import Redaction, secrets_in
from conformance.record.timeline import Timeline
from conformance.settings.conformance_toml import CONFIG_VARIABLE, Settings, SettingsError, settings_of
from conformance.settings.secrets import SecretMissing
from conformance.target.deployment import deployment
from conformance.target.parts import Parts, Wanted
from conformance.target.preflight import Broken, Preflight, Stands
from conformance.verdict.catalogue import Stage

_REAL: Mapping[str, Callable[[Timeline, Wanted], AbstractContextManager[Parts]]] = {
    "sandbox": sandbox,
    "golive": golive,
}
TEMPLATE = Path(__file__).parent / "template.toml"
MINIMAL = Path(__file__).parent / "minimal.toml"


class CannotCheck(Exception):
    """The preflight cannot be begun; the text is one line: what, where, what to do."""


class AlreadyThere(Exception):
    """The file is there already, and is not overwritten."""


def checked(
    named: str | None, folder: Path, stage: Stage | None = None, limit_seconds: float | None = None
) -> Generator[Stands]:
    """Each leg as it was found to stand, without secrets. Raises CannotCheck, and Broken at the first that does not."""
    redact = Redaction()
    try:
        with closing(_legs(named, folder, stage, limit_seconds, redact)) as legs:
            for stands in legs:
                yield replace(stands, told=redact.text(stands.told))
    except (Broken, CannotCheck) as reason:
        reason.args = (redact.text(str(reason)),)
        raise


def _legs(
    named: str | None, folder: Path, stage: Stage | None, limit_seconds: float | None, redact: Redaction
) -> Generator[Stands]:
    try:
        settings = settings_of(named or os.environ.get(CONFIG_VARIABLE), folder)
        redact.learn(*secrets_in(settings))  # addresses are what it is about: they are told as they are
        redact.learn_environment(os.environ)
        if limit_seconds is not None:
            settings = settings.waiting(limit_seconds)
        with ExitStack() as stack:
            browsing = _Browsing(stack)
            stage = stage or settings.stage or Stage.TEST
            wanted = Wanted(stage=stage, settings=settings, new_context=browsing.new_context)
            if _takes_a_browser(settings):
                browsing.start()  # before the target, so that it is left after it
            timeline = Timeline(Redaction())  # it learns the keys of the account as well, which a leg tells on purpose
            if real := _REAL.get(settings.target or ""):
                parts = browsing.parts = stack.enter_context(real(timeline, wanted))
                yield from RealPreflight(parts, settings, stage).legs()
            else:
                parts = browsing.parts = stack.enter_context(deployment(timeline, wanted))
                yield from Preflight(parts, timeline, settings, browsing.new_context, stage).legs(_skipped(settings))
    except (SettingsError, SecretMissing, MerchantFileError, BrowserMissing) as reason:
        raise CannotCheck(str(reason)) from reason


def begun(path: Path, *, minimal: bool = False) -> Path:
    """The path of a new file that explains itself, or of the lines that most need. Raises AlreadyThere, and OSError."""
    if path.is_dir():
        path = path / "conformance.toml"
    if path.exists():
        raise AlreadyThere(f"{path} exists already and is not overwritten; name another file")
    text = (MINIMAL if minimal else TEMPLATE).read_text("utf-8")
    for typed, here in (("python -m conformance", COMMAND), ("python -m pytest", PYTEST)):
        text = text.replace(typed, here)
    path.write_text(text, "utf-8")
    return path


class _Browsing:
    """A browser of its own, started when it is needed first."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._browser: Browser | None = None
        self.parts: Parts | None = None

    def start(self) -> Browser:
        """The browser, running. Raises BrowserMissing."""
        if self._browser is None:
            found = find_browser()
            require_driver()
            with apart_from_the_terminal():
                playwright = self._stack.enter_context(sync_playwright())
            try:
                self._browser = playwright.chromium.launch(**launch_arguments(found))
            except Error as error:
                raise BrowserMissing(f"The browser {found} does not start: {error.message.splitlines()[0]}") from error
            self._stack.callback(self._browser.close)
        return self._browser

    def new_context(self, **options: Any) -> BrowserContext:
        """A session that reaches the provider's hosts through the gateway."""
        assert self.parts is not None
        return self.start().new_context(**{**self.parts.browser_context, **options})


def _takes_a_browser(settings: Settings) -> bool:
    merchant = settings.merchant
    described = merchant and description_of(merchant, settings.folder)
    return bool(described and (described.needs_browser or described.checkout))


def _skipped(settings: Settings) -> frozenset[str]:
    return settings.merchant.skip_checks if settings.merchant else frozenset()
