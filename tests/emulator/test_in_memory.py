"""What the emulator's sides send each other in memory arrives as it would by a socket."""

import asyncio
from collections.abc import Mapping

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from emulator.answers import Answer, ConnectFailed, TimedOut, Timeouts
from emulator.wire import Wire


async def _echo(request: Request) -> Response:
    told = [request.method, request.url.path, request.url.query, (await request.body()).decode()]
    told += [f"{name}: {value}" for name, value in sorted(request.headers.items())]
    return PlainTextResponse("\n".join(told), 201, {"X-Kind": "echo"})


async def _broken(_: Request) -> Response:
    raise RuntimeError("broken")


async def _in_parts(_: Request) -> Response:
    return StreamingResponse(iter([b"one ", b"two"]), media_type="text/plain; charset=euc-kr")


async def _never(_: Request) -> Response:
    await asyncio.Event().wait()
    return Response()


APP = Starlette(
    routes=[
        Route("/echo/{name:path}", _echo, methods=["GET", "POST"]),
        Route("/broken", _broken),
        Route("/parts", _in_parts),
        Route("/never", _never),
    ]
)


def sent(method: str, url: str, **more: object) -> Answer:
    return asyncio.run(Wire({"sides.example": APP}).send(method, url, **more))  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("method", "url", "more"),
    [
        ("GET", "https://sides.example/echo/a%20b?x=1&y=%ED%95%9C&z=a+b", {}),
        ("GET", "http://sides.example:8080/echo/한 글?q=한 글", {}),
        ("POST", "https://sides.example/echo/json", {"json": {"name": "한"}, "headers": {"X-Own": "yes"}}),
        ("POST", "https://sides.example/echo/form", {"data": {"name": "a b"}}),
        ("GET", "https://sides.example/echo/", {"params": {"goodsid": "imp_1", "a": "&="}}),
    ],
)
def test_it_is_the_request_that_httpx_makes(method: str, url: str, more: Mapping[str, object]) -> None:
    answer = sent(method, url, **more)
    assert (answer.status, answer.headers["x-kind"]) == (201, "echo")

    async def by_httpx() -> str:
        transport = httpx.ASGITransport(APP)
        async with httpx.AsyncClient(transport=transport) as client:
            client.headers.clear()
            given = {"content": answer_content(more), "headers": headers_of(more), "params": more.get("params")}
            return (await client.request(method, url, **given)).text  # type: ignore[arg-type]  # by name

    assert answer.text == asyncio.run(by_httpx())


def answer_content(more: Mapping[str, object]) -> bytes | None:
    given = more.get("json"), more.get("data")
    return {0: None, 1: '{"name":"한"}'.encode(), 2: b"name=a+b"}[bool(given[0]) + 2 * bool(given[1])]


def headers_of(more: Mapping[str, object]) -> dict[str, str]:
    kinds = {"json": "application/json", "data": "application/x-www-form-urlencoded"}
    own = dict(more.get("headers", {}))  # type: ignore[call-overload]  # a table of texts
    sent_as = [kind for key, kind in kinds.items() if key in more]
    return {**own, "content-type": sent_as[0]} if sent_as else own


def test_what_breaks_is_answered_with_500_and_what_comes_in_parts_is_whole() -> None:
    assert sent("GET", "https://sides.example/broken").status == 500
    assert sent("GET", "https://sides.example/parts").text == "one two"


def test_who_never_answers_is_given_up_and_no_address_is_said() -> None:
    with pytest.raises(TimedOut, match="did not answer in time"):
        sent("GET", "https://sides.example/never", timeouts=Timeouts(total_seconds=0.05))
    with pytest.raises(ConnectFailed, match="longer than 65536 characters"):
        sent("GET", f"https://sides.example/echo/{'x' * 70_000}")
