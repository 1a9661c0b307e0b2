"""Answers that take their time, as over a long line: every call from outside waits before it is looked at."""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send


class Delayed:
    """The same application, `seconds` (real) later; calls wait side by side."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(self._seconds)
        await self._app(scope, receive, send)
