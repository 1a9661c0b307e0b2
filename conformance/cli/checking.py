"""The preflight alone, outside pytest, and the file that a run against your deployment begins with."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import ExitStack, closing
from pathlib import Path

from playwright.sync_api import Browser, Error, sync_playwright

from conformance.browser.driver_setup import require_driver
from conformance.browser.setup import BrowserMissing, find_browser, launch_arguments
from conformance.machine.browser_gone import apart_from_the_terminal
from conformance.machine.places import COMMAND
from conformance.real.targets import REAL_TARGETS, UNUSABLE, started
from conformance.record.redaction import Redaction, secrets_in
from conformance.record.timeline import Timeline
from conformance.settings.conformance_toml import CONFIG_VARIABLE, SettingsError, settings_of
from conformance.target.legs import Broken, Stands
from conformance.target.options import RunOptions
from conformance.verdict.catalogue import Api, Stage
from conformance.verdict.endings import Reasoned, causes_of
from conformance.verdict.reasons import masked

TEMPLATE = Path(__file__).parent / "template.toml"
MINIMAL = Path(__file__).parent / "minimal.toml"


class CannotCheck(Reasoned):
    """The preflight cannot be begun; the text is one line: what, where, what to do."""


class AlreadyThere(Exception):
    """The file is there already, and is not overwritten."""


def checked(
    named: str | None,
    folder: Path,
    stage: Stage | None = None,
    limit_seconds: float | None = None,
    api: Api | None = None,
) -> Generator[Stands]:
    """Each leg as it was found to stand, without secrets. Raises CannotCheck, and Broken at the first that does not."""
    redact = Redaction()
    try:
        with closing(_legs(named, folder, stage, limit_seconds, api, redact)) as legs:
            for stands in legs:
                yield stands.masked(redact.text)
    except Broken as broken:
        broken.mask(redact.text)
        raise
    except CannotCheck as reason:
        raise CannotCheck(*masked(causes_of(reason), redact.text)) from reason


def _legs(
    named: str | None,
    folder: Path,
    stage: Stage | None,
    limit_seconds: float | None,
    api: Api | None,
    redact: Redaction,
) -> Generator[Stands]:
    try:
        settings = settings_of(named or os.environ.get(CONFIG_VARIABLE), folder)
        redact.learn(*secrets_in(settings))  # addresses are what it is about: they are told as they are
        redact.learn_environment(os.environ)
        settings = settings.speaking(api or settings.api)
        if limit_seconds is not None:
            settings = settings.waiting(limit_seconds)
        with ExitStack() as stack:
            options = RunOptions(
                stage=stage or settings.stage or Stage.TEST,
                target=settings.target if settings.target in REAL_TARGETS else "merchant",
                settings=settings,
                browser=_OwnBrowser(stack).start,
            )
            timeline = Timeline(Redaction())  # it learns the keys of the account as well, which a leg tells on purpose
            yield from stack.enter_context(started(timeline, options)).legs()
    except (*UNUSABLE, BrowserMissing) as reason:
        raise CannotCheck(*causes_of(reason)) from reason


def generation(named: str | None, folder: Path, api: Api | None) -> Api:
    """The generation of PortOne that is checked, in whose words; V1 where the settings cannot be read."""
    try:
        return api or settings_of(named or os.environ.get(CONFIG_VARIABLE), folder).api
    except SettingsError:
        return Api.V1


def begun(path: Path, *, minimal: bool = False) -> Path:
    """The path of a new file that explains itself, or of the lines that most need. Raises AlreadyThere, and OSError."""
    if path.is_dir():
        path = path / "conformance.toml"
    if path.exists():
        raise AlreadyThere(f"{path} exists already and is not overwritten; name another file")
    text = (MINIMAL if minimal else TEMPLATE).read_text("utf-8")
    path.write_text(text.replace("python -m conformance", COMMAND), "utf-8")
    return path


class _OwnBrowser:
    """A browser of its own, started when it is needed first."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._browser: Browser | None = None

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
