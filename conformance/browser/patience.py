"""How long a buyer waits for a page, and what is noted where it does not come to what they wait for."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Error, Page

from conformance.browser.hearing import Hearing
from conformance.browser.visits import Visit
from conformance.machine.settling import eventually
from conformance.merchant.pages import NO_PAGE, reason, stop_loading, within
from conformance.record.timeline import Timeline
from conformance.verdict.reasons import Cause, Causes, Why


class Patience:
    """Waits at most `limit_seconds` for each thing, and notes what stopped the buyer as the visit's obstacle."""

    def __init__(self, visit: Visit, hearing: Hearing, timeline: Timeline, limit_seconds: float) -> None:
        self.limit_seconds = limit_seconds
        self._visit = visit
        self._hearing = hearing
        self._timeline = timeline

    def until(self, holds: Callable[[], bool], obstacle: Cause | None, limit_seconds: float | None = None) -> bool:
        """Wait until it holds. Returns whether an obstacle was noted since it did not.

        Raises NotObservable or SettingsError where the buyer does not pay what the page asks for.
        """
        visit, limit = self._visit, limit_seconds or self.limit_seconds
        seen = eventually(
            holds,
            bool,
            limit_seconds=limit,
            settled=lambda: bool(visit.obstacle) or self._hearing.refusal is not None,
            wait=visit.keep_going,
        )
        if self._hearing.refusal is not None:
            raise self._hearing.refusal
        if not seen and obstacle and not visit.obstacle:
            errors = visit.page_errors and (Cause(Why.PAGE_RAISED, facts={"errors": str(visit.page_errors)}),)
            self._stop((obstacle, within(limit), *errors, *visit.refused()))
            return True
        return False

    def rest(self) -> None:
        """Wait until the page has nothing under way, at most until the limit."""
        self.until(self._visit.quiet, None)
        for event in self._visit.wait_no_more():
            self._timeline.record(event)

    def attempt(
        self, act: Callable[[], object], obstacle: Cause, seen: Callable[[Page], Causes] = lambda _: ()
    ) -> None:
        """Do it; an obstacle is noted where it cannot be done, with what is `seen` on the page."""
        if self._visit.obstacle:
            return
        try:
            act()
        except Error as error:
            self.note(obstacle, error, seen)

    def note(self, obstacle: Cause, error: Error, seen: Callable[[Page], Causes] = lambda _: ()) -> None:
        """Note that the buyer was stopped by this error."""
        visit = self._visit
        self._stop((obstacle, reason(error, self.limit_seconds), *seen(visit.page), *visit.refused()))
        if visit.page.url == NO_PAGE:
            stop_loading(visit.page)

    def _stop(self, obstacle: Causes) -> None:
        self._visit.obstacle = obstacle
        self._timeline.speak_of("sdk-request_pay")
