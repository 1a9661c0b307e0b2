"""Every target by its name, and the one way in which it is started: for a run, and for its preflight alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from conformance.merchant.drivers import description_of
from conformance.real.golive import golive
from conformance.real.sandbox import sandbox
from conformance.record.timeline import Timeline
from conformance.settings.conformance_toml import SettingsError
from conformance.settings.merchant_toml import MerchantFileError
from conformance.settings.secrets import SecretMissing
from conformance.target.databases import UnusableDatabase
from conformance.target.deployment import deployment
from conformance.target.embedded import UnknownDefect, embedded
from conformance.target.options import RunOptions
from conformance.target.target import Target

TARGETS: dict[str, Callable[[Timeline, RunOptions], AbstractContextManager[Target]]] = {
    "embedded": embedded,
    "merchant": deployment,
    "sandbox": sandbox,
    "golive": golive,
}
REAL_TARGETS = frozenset({"sandbox", "golive"})
"""Those whose clock and whose money are real."""
UNUSABLE = (UnknownDefect, UnusableDatabase, MerchantFileError, SettingsError, SecretMissing)
"""Why a target is not started: each is one line that says what, where, and what to do."""


@contextmanager
def started(timeline: Timeline, options: RunOptions) -> Iterator[Target]:
    """The target that the options name, running; its preflight has not been gone through. Raises one of UNUSABLE."""
    if options.browser and _takes_browser(options):
        options.browser()  # before the target, so that it is left after it
    with TARGETS[options.target](timeline, options) as target:
        yield target


def _takes_browser(options: RunOptions) -> bool:
    """Whether the merchant's driver, or the preflight's buyer, will take the browser. Raises MerchantFileError."""
    merchant = options.settings.merchant
    described = merchant and description_of(merchant, options.settings.folder)
    return bool(described and (described.needs_browser or (described.checkout and options.buys_in_browser)))
