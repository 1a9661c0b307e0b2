"""The payment window: the page that a widget call opens, and the charge that its button asks for."""

import re
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from emulator.incoming import address, json_object, query_of
from emulator.journal import Kind
from emulator.paymentwall import texts
from emulator.paymentwall.calls import Problem, WidgetCall, read, read_other
from emulator.paymentwall.cards import CODES, REVIEW_CODES, TEST_CARDS, Card, Declined, Invalid, judged
from emulator.paymentwall.state import ProjectState

Projects = Callable[[str], ProjectState | None]

TEMPLATES = Path(__file__).parent / "templates"
CARD_METHOD = "cc"
_TWO_LETTERS = re.compile(r"[A-Za-z]{2}")
BRANDS = {"pw_1": "Paymentwall", "t3_1": "Terminal3"}


async def show(request: Request, projects: Projects) -> Response:
    """`GET /api/subscription/`: the payment window, or a page that says why there is none.

    That page has HTTP 200 too, as Paymentwall's own clients read the body of no other [seen in their tests].
    """
    began, query = time.time(), dict(request.query_params)
    call = read(query, projects)
    if isinstance(call, Problem):
        return _refused(request, projects, began, query, call)
    response = _window(call, _language(request), query_of(request), request.scope["scheme"] == "https")
    _record(request, projects, "widget", began, response.status_code, query=query)
    return response


async def show_other(request: Request, projects: Projects, text: str) -> Response:
    """`GET /api/ps/`, `/api/cart/`: a page that says why there is no such window; `text` is its key in `texts`."""
    began, query = time.time(), dict(request.query_params)
    return _refused(request, projects, began, query, read_other(query, projects, text))


def _refused(
    request: Request, projects: Projects, began: float, query: Mapping[str, str], problem: Problem
) -> Response:
    language = _language(request)
    message = texts.text(problem.text, language, problem.detail)
    response = _page("error.html", language, HTTPStatus.OK, message=message)
    _record(request, projects, "widget", began, response.status_code, query=query, error=message)
    return response


async def charge(request: Request, projects: Projects) -> Response:
    """`POST /api/subscription/charge?{the widget call's query}`: pay what the signed call asks for.

    The body is JSON: `method`, `country`, and for a card `card: {number, expiry, cvv, holder}`. Answers 200 with
    `result` `paid` or `review` and the `location` to take the buyer to, 402 declined, 422 invalid (with `field`),
    and what the window would answer for a bad call. The window's own protocol is inferred.
    """
    began, query = time.time(), dict(request.query_params)
    language = _language(request)
    call = read(query, projects)
    form = await json_object(request)
    if isinstance(call, Problem):
        status, answer = call.status, _saying("error", texts.text(call.text, language, call.detail))
    else:
        address = request.client.host if request.client else ""
        status, answer = await _charged(call, form, language, address)
    _record(request, projects, "charge", began, status, query=query, body=form, answer=answer)
    return JSONResponse(answer, status)


async def _charged(
    call: WidgetCall, form: Mapping[str, Any], language: texts.Language, address: str
) -> tuple[int, dict[str, Any]]:
    country = call.country or _country(form.get("country"))
    method = str(form.get("method", ""))
    if method not in call.offered(country):
        return 422, {**_saying("invalid", texts.text("method_unavailable", language)), "field": "method"}
    review = None
    if method == CARD_METHOD:
        card = _card(form.get("card"))
        match _judged(card, call.state.clock.now()):
            case Invalid(field, key):
                return 422, {**_saying("invalid", texts.text(key, language)), "field": field}
            case Declined(key):
                return 402, _saying("declined", texts.text(key, language))
        review = REVIEW_CODES.get(card.cvv.strip())
    made = await call.state.charge(
        uid=call.uid,
        goods_id=call.goods_id,
        amount=call.amount,
        currency=call.currency,
        method=method,
        country=country,
        review=review,
        called_with=call.parameters,
        ip=address,
    )
    result = "review" if made.state == "under_review" else "paid"
    # `$ref` in the address stands for the reference (Paymentwall docs, "Optional").
    return 200, {"result": result, "ref": made.ref, "location": call.success_url.replace("$ref", made.ref)}


def _card(given: object) -> Card:
    fields = given if isinstance(given, dict) else {}
    return Card(*(str(fields.get(name, "")) for name in ("number", "expiry", "cvv", "holder")))


def _judged(card: Card, now: float) -> Invalid | Declined | None:
    today = datetime.fromtimestamp(now, UTC)
    return judged(card, today.year, today.month)


def _window(call: WidgetCall, language: texts.Language, query: str, secure: bool) -> Response:
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
        secure=secure,
        script_texts=_script_texts(language, call.state.clock.now()),
        amount=texts.with_symbol(call.amount, call.currency, language),
        amount_with_code=texts.with_code(call.amount, call.currency),
        test_cards=TEST_CARDS,
        test_codes=CODES,
        charge_url=f"/api/subscription/charge?{query}",
    )


def _script_texts(language: texts.Language, now: float) -> dict[str, str]:
    """What the page's script says by itself; under a field's name, what to say when it is not filled in."""
    keys = {
        "number": "number_invalid",
        "expiry": "expiry_invalid",
        "cvv": "cvv_invalid",
        "holder": "holder_missing",
        **{key: key for key in ("paying", "paid", "review", "closed", "no_answer")},
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
        auto_reload=False,
    )
    # As Paymentwall writes it: an apostrophe between tags is no danger.
    environment.filters["apostrophes"] = lambda said: Markup(str(escape(said)).replace("&#39;", "'"))
    environment.globals["inline"] = _inlined
    return environment


@cache
def _inlined(name: str) -> Markup:
    return Markup((TEMPLATES / name).read_text("utf-8"))


def _language(request: Request) -> texts.Language:
    return texts.language(request.query_params.get("lang"), request.headers.get("accept-language", ""))


def _country(given: object) -> str:
    """The country that Paymentwall takes the buyer to be in: any two letters, as it may well name an odd one."""
    return given if isinstance(given, str) and _TWO_LETTERS.fullmatch(given) else texts.DEFAULT_COUNTRY


def _saying(result: str, message: str) -> dict[str, Any]:
    return {"result": result, "message": message}


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
    error: str | None = None,
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
        url=address(request),
        headers=request.headers,
        body=body,
        status=status,
        response=answer,
        error=error,
        imp_uid=query.get("ag_external_id"),
    )
