"""Does what the file describes, in whichever way it is described, and says what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import httpx

from conformance.merchant.protocol import ActionAnswer, MerchantUnreachable, Order
from conformance.merchant.toml import programs, seen
from conformance.merchant.toml.browsing import Browsing
from conformance.merchant.toml.calls import Calls
from conformance.merchant.toml.filling import Filling
from conformance.merchant.toml.seen import Seen
from conformance.settings.merchant_acts import Act, Action
from conformance.verdict.reasons import Cause, Why


@dataclass(frozen=True)
class Acting:
    """Acts at one merchant's: by calls, in a browser, or by commands, which may take `timeout_seconds`."""

    calls: Calls
    browsing: Browsing
    timeout_seconds: float

    @contextmanager
    def done(
        self, key: str, act: Act, filling: Filling, *, words: str, order: Order | None = None
    ) -> Iterator[tuple[Seen, Filling]]:
        """What is seen and known once the act was done. Raises MerchantUnreachable where it could not be."""
        if act.path is not None:
            known = self.calls.prepared(key, act, filling)
            response = self.calls.well(self.calls.send(key, act, known, words=words, order=order), act)
            yield self.calls.seen(response, act, known), known
        elif act.command:
            yield programs.printed(key, act.command, filling, limit_seconds=self.timeout_seconds), filling
        else:
            with self.browsing.page(act.by, filling) as shown:
                yield shown, self.browsing.do(shown, act.steps, f"{key}.steps", filling)

    def acted(self, key: str, call: Action, filling: Filling, order: Order, *, words: str) -> ActionAnswer:
        """What an action answered; where the file names no message, there is none to read."""
        if call.command:
            ended = programs.ended(key, call.command, filling, limit_seconds=self.timeout_seconds)
            return ActionAnswer(accepted=ended.ok, message=ended.output.strip() if ended.ok else ended.complaint)
        if call.path is not None:
            known = self.calls.prepared(key, call, filling)
            return self.answered(key, call, self.calls.send(key, call, known, words=words, order=order), known)
        with self.browsing.page(call.by, filling) as shown:
            shown.page.set_extra_http_headers(filling.table(call.headers, f"{key}.headers"))
            call = self.browsing.do(shown, call.steps, f"{key}.steps", filling).sources(call, key)
            said = seen.text(shown, call.message)
            return ActionAnswer(accepted=not (call.refused_when and shown.has(call.refused_when)), message=said or "")

    def acted_together(self, key: str, call: Action, filling: Filling, times: int) -> None:
        """Take an action's steps in so many pages, and its last click in all of them at once.

        What comes of it is seen elsewhere. Raises MerchantUnreachable where the steps do not lead to that click.
        """
        clicks = [number for number, step in enumerate(call.steps) if step.click is not None]
        if not clicks:
            raise MerchantUnreachable(Cause(Why.SHOP_NO_CLICK, facts={"key": key}))
        last, place = clicks[-1], f"{key}.steps"
        with ExitStack() as stack:
            pages = [stack.enter_context(self.browsing.page(call.by, filling)) for _ in range(times)]
            known = [self.browsing.do(shown, call.steps[:last], place, filling) for shown in pages]
            self.browsing.click_together(pages, call.steps[last], f"{place}.{last}", known[-1])
            for shown, knows in zip(pages, known, strict=True):
                with suppress(MerchantUnreachable):  # one may well be refused: it is the tickets that count
                    self.browsing.do(shown, call.steps[last + 1 :], place, knows)

    def answered(self, key: str, call: Action, response: httpx.Response, filling: Filling) -> ActionAnswer:
        """What an action's answer means. Raises MerchantUnreachable for an error that is no refusal."""
        call = filling.sources(call, key)
        answer = self.calls.seen(response, call, filling)
        refused = response.status_code in call.refusals.status
        if not refused:
            self.calls.well(response, call)
            refused = any(answer.says(path, words) for path, words in call.refusals.said.items()) or bool(
                call.refused_when and answer.has(call.refused_when)
            )
        return ActionAnswer(accepted=not refused, message=seen.text(answer, call.message) or "")

    def trigger(self, key: str, act: Act, filling: Filling, order: Order, *, words: str) -> None:
        """Do it, whatever it says. Raises MerchantUnreachable for an error answer."""
        if act.path is not None:
            known = self.calls.prepared(key, act, filling)
            self.calls.well(self.calls.send(key, act, known, words=words, order=order), act)
        elif act.command:
            programs.ended(key, act.command, filling, limit_seconds=self.timeout_seconds)
        else:
            with self.browsing.page(act.by, filling) as shown:
                self.browsing.do(shown, act.steps, f"{key}.steps", filling)
