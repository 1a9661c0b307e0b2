"""Hears what a shop's page asks of the SDK and is told by it, what it asks of its shop, and what it says in dialogs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import BrowserContext, Dialog, Response

from conformance.browser.buyers import Buyer
from conformance.browser.probe import event_of
from conformance.browser.visits import Visit, asked_of_shop, said_in_a_dialog
from conformance.record.timeline import Event, Timeline
from conformance.settings.conformance_toml import SettingsError
from conformance.verdict.endings import NotObservable


class Hearing:
    """Writes it all into the visit and the timeline; `forged` results are the suite's own, and said to be."""

    def __init__(self, visit: Visit, timeline: Timeline, buyer: Buyer, *, forged: bool) -> None:
        self.visit = visit
        self.refusal: NotObservable | SettingsError | None = None
        """Why the buyer does not pay what the page asks for; to be raised where a payment is waited for."""
        self.opened_before = 0
        """How many addresses were open when the page asked for a payment last."""
        self._timeline = timeline
        self._buyer = buyer
        self._forged = forged

    def listen(self, context: BrowserContext) -> None:
        """Hear every page of this context from now on, also one that has only just opened."""
        for page in context.pages:
            self.visit.watch(page)
        self.visit.listen(context)
        context.on("page", self.visit.watch)
        context.on("dialog", self._hear)
        context.on("response", self._note_asked)
        context.expose_binding("__conformance_tell", self._tell)

    def _note_asked(self, response: Response) -> None:
        if asked := asked_of_shop(response):
            self._timeline.record(asked)

    def _hear(self, dialog: Dialog) -> None:
        self._timeline.record(said_in_a_dialog(dialog))
        self.visit.answer(dialog)

    def _tell(self, source: Mapping[str, Any], told: Mapping[str, Any]) -> None:
        visit, what, given = self.visit, str(told["type"]), told["detail"]
        meant, words = given, self.visit.words
        if what == "repriced":
            self.note_repriced(given)
            return
        if what == "init":
            visit.inits.setdefault(told["document"], []).append(given)
        elif what == "request_pay":
            visit.page = source["page"]  # the shop may have opened another one for it
            meant = words.asked(given)
            try:
                self._buyer.asked(meant)
            except (NotObservable, SettingsError) as refusal:  # raised where it is waited for: here the page listens
                self.refusal = refusal
                raise
            visit.requested.append(meant)
            visit.awaits_result, self.opened_before = bool(told["callback"]), len(visit.addresses)
            visit.told_at = len(visit.responses)
        else:
            meant = words.told(given)
            visit.results.append(meant)
        self._timeline.record(event_of(what, given, forged=self._forged, meant=meant, api=words.api))

    def note_repriced(self, given: Mapping[str, Any]) -> None:
        """Note where a buyer changed the price, and what was sent with it."""
        self.visit.repriced.append(given)
        now = time.time()
        words = f"The buyer changed the price in {given['where']}"
        self._timeline.record(Event("repriced", "browser", "merchant", words, now, now, url=given.get("sent")))
