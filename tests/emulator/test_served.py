"""What the application does around its routes: with who leaves in the middle of a request, and with slashes."""

import asyncio
from typing import Any

import pytest

from emulator.accounts import Accounts
from emulator.portone.letting_in import TOKEN_PATH
from emulator.portone.tokens import Tokens
from emulator.server import application
from emulator.wire import Wire


def sent(path: str, *came: dict[str, Any]) -> list[dict[str, Any]]:
    """What a POST is answered with; `came` is what the server tells of its body."""
    answered: list[dict[str, Any]] = []
    told = iter(came)

    async def receive() -> dict[str, Any]:
        return next(told)

    async def send(message: Any) -> None:
        answered.append(message)

    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": path, "query_string": b"",
        "headers": [(b"host", b"api.iamport.kr")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
    }  # fmt: skip
    asyncio.run(application(Accounts(Wire()), Tokens())(scope, receive, send))  # type: ignore[arg-type]  # ASGI's own
    return answered


@pytest.mark.parametrize("path", [TOKEN_PATH, f"{TOKEN_PATH}/"])
def test_who_leaves_in_the_middle_of_a_request_is_no_error(path: str) -> None:
    begun = {"type": "http.request", "body": b'{"imp_key":', "more_body": True}
    assert [message.get("status") for message in sent(path, begun, {"type": "http.disconnect"})] == [400, None]


@pytest.mark.parametrize("path", [TOKEN_PATH, f"{TOKEN_PATH}/"])
def test_a_trailing_slash_changes_nothing(path: str) -> None:
    whole = {"type": "http.request", "body": b'{"imp_key":"1","imp_secret":"2"}', "more_body": False}
    start, body = sent(path, whole)
    assert start["status"] == 401
    assert "인증에 실패하였습니다" in body["body"].decode()
