"""The payment window: the page that a widget call opens, and the charge that its button asks for."""

import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from emulator.journal import Kind
from emulator.paymentwall import texts
from emulator.paymentwall.calls import Call, Problem, read
from emulator.paymentwall.cards import TEST_CARDS, Card, Declined, Invalid, judged
from emulator.paymentwall.state import ProjectState

Projects = Callable[[str], ProjectState | None]

TEMPLATES = Path(__file__).parent / "templates"
CARD_METHOD = "cc"
BRANDS = {"pw_1": "Paymentwall", "t3_1": "Terminal3"}


async def show(request: Request, projects: Projects) -> Response:
    """`GET /api/subscription/`: the payment window, or a page that says why there is none (403, 404 …
    [inferred]).
    """
    began, query = time.time(), dict(request.query_params)
    language = _language(request)
    call = read(query, projects)
    if isinstance(call, Problem):
        response = _page("error.html", language, call.status, message=texts.text(call.text, language, call.detail))
    else:
        response = _window(call, language, request.url.query, request.url.scheme == "https")
    _record(request, projects, "widget", began, response.status_code, query=query)
    return response


async def charge(request: Request, projects: Projects) -> Response:
    """`POST /api/subscription/charge?{the widget call's query}`: pay what the signed call asks for.

    The body is JSON: `method`, `country`, and for a card `card: {number, expiry, cvv, holder}`. Answers 200
    with the `location` to take the buyer to, 402 declined, 422 invalid (with `field`), and what the window
    would answer for a bad call.
    """
    began, query = time.time(), dict(request.query_params)
    language = _language(request)
    call = read(query, projects)
    form = await _json_object(request)
    if isinstance(call, Problem):
        status, answer = call.status, _saying("error", texts.text(call.text, language, call.detail))
    else:
        status, answer = await _charged(call, form, language)
    _record(request, projects, "charge", began, status, query=query, body=form, answer=answer)
    return JSONResponse(answer, status)


async def _charged(call: Call, form: Mapping[str, Any], language: texts.Language) -> tuple[int, dict[str, Any]]:
    country = call.country or _country(form.get("country"))
    method = str(form.get("method", ""))
    if method not in call.offered(country):
        return 422, {**_saying("invalid", texts.text("method_unavailable", language)), "field": "method"}
    if method == CARD_METHOD:
        match _judged(form.get("card"), call.state.clock.now()):
            case Invalid(field, key):
                return 422, {**_saying("invalid", texts.text(key, language)), "field": field}
            case Declined(key):
                return 402, _saying("declined", texts.text(key, language))
    made = await call.state.charge(
        uid=call.uid,
        goods_id=call.goods_id,
        amount=call.amount,
        currency=call.currency,
        method=method,
        country=country,
    )
    return 200, {"result": "paid", "ref": made.ref, "location": call.success_url}


def _judged(given: object, now: float) -> Invalid | Declined | None:
    fields = given if isinstance(given, dict) else {}
    card = Card(*(str(fields.get(name, "")) for name in ("number", "expiry", "cvv", "holder")))
    today = datetime.fromtimestamp(now, UTC)
    return judged(card, today.year, today.month)


def _window(call: Call, language: texts.Language, query: str, secure: bool) -> Response:
    country = call.country or texts.DEFAULT_COUNTRY
    offered = call.offered(country) if call.country else call.methods
    methods = [
        {
            "code": code,
            "name": method.name_ko if language == "ko" else method.name_en,
            "countries": " ".join(method.countries),
        }
        for code, method in offered.items()
    ]
    return _page(
        "widget.html",
        language,
        HTTPStatus.OK,
        call=call,
        project=call.state.project,
        methods=methods,
        chosen=methods[0]["code"] if methods else None,
        country=country,
        countries=texts.countries(language),
        brand=BRANDS.get(call.widget, "Paymentwall"),
        seller=call.state.project.name.removesuffix(" [import]"),
        secure=secure,
        script_texts=_script_texts(language, call.state.clock.now()),
        amount=texts.with_symbol(call.amount, call.currency, language),
        amount_with_code=texts.with_code(call.amount, call.currency),
        test_cards=TEST_CARDS,
        charge_url=f"/api/subscription/charge?{query}",
    )


def _script_texts(language: texts.Language, now: float) -> dict[str, str]:
    """What the page's script says by itself; under a field's name, what to say when it is not filled in."""
    keys = {
        "number": "number_invalid",
        "expiry": "expiry_invalid",
        "cvv": "cvv_invalid",
        "holder": "holder_missing",
        **{key: key for key in ("paying", "paid", "closed", "no_answer")},
    }
    # Test cards are valid for three years from the account's clock, which may be far from the browser's.
    fill_expiry = f"12/{(datetime.fromtimestamp(now, UTC).year + 3) % 100:02d}"
    return {name: texts.text(key, language) for name, key in keys.items()} | {"fill_expiry": fill_expiry}


def _page(template: str, language: texts.Language, status: int, **values: Any) -> Response:
    nonce = secrets.token_urlsafe(16)

    def say(key: str, detail: str = "") -> str:
        return texts.text(key, language, detail)

    html = _templates().get_template(template).render(t=say, language=language, nonce=nonce, **values)
    return HTMLResponse(html, status, headers=_headers(nonce))


def _headers(nonce: str) -> dict[str, str]:
    # Any page may frame the window (that is what it is for), but nothing from elsewhere runs in it or sees
    # its address.
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'"
    )
    return {"content-security-policy": policy, "referrer-policy": "no-referrer", "cache-control": "no-store"}


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["inline"] = lambda name: Markup((TEMPLATES / name).read_text("utf-8"))
    return environment


def _language(request: Request) -> texts.Language:
    return texts.language(request.query_params.get("lang"), request.headers.get("accept-language", ""))


def _country(given: object) -> str:
    return given if isinstance(given, str) and given in texts.countries("en") else texts.DEFAULT_COUNTRY


def _saying(result: str, message: str) -> dict[str, Any]:
    return {"result": result, "message": message}


async def _json_object(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _record(
    request: Request,
    projects: Projects,
    kind: Kind,
    began: float,
    status: int,
    *,
    query: Mapping[str, str],
    body: Any = None,
    answer: Any = None,
) -> None:
    state = projects(query.get("key", ""))
    if state is None:
        return
    state.journal.record(
        kind=kind,
        source="browser",
        target="paymentwall",
        began=began,
        ended=time.time(),
        clock=state.clock.now(),
        method=request.method,
        url=str(request.url),
        headers=request.headers,
        body=body,
        status=status,
        response=answer,
        imp_uid=query.get("ag_external_id"),
    )
