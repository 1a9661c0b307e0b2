"""What a widget call (`/api/subscription/?key=…&sign=…`) asks Paymentwall for, or why it is refused.

Source: Paymentwall's documentation, "Widget API" and "Test Payment Method"; guide for the widget codes and
pw_1's version. The texts of refusals other than the first are inferred.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import is_currency

from emulator.paymentwall.money import exact
from emulator.paymentwall.project import WORKING_PW_1_VERSION, Method
from emulator.paymentwall.signatures import Version, widget_version
from emulator.paymentwall.state import TEST_METHOD, ProjectState
from emulator.paymentwall.texts import countries

ALL_METHODS = "all"
IMPORTED = " [import]"  # behind the name of a project that was made through PortOne (PortOne docs)


@dataclass(frozen=True, slots=True)
class Problem:
    """A refused call: `text` is the key of a message in `texts`, `detail` is put into it.

    `status` is that of an answer to a program; the page that a buyer reads has HTTP 200.
    """

    status: int
    text: str
    detail: str = ""


NOT_AUTHORIZED = Problem(403, "not_authorized")


@dataclass(frozen=True, slots=True)
class WidgetCall:
    """A genuine call. `amount` is in major units; `country` is alpha-2, None where the buyer chooses. `parameters` are
    all that was passed, but for key and signature.
    """

    state: ProjectState
    widget: str
    uid: str
    goods_id: str
    name: str
    amount: Decimal
    currency: str
    email: str
    country: str | None
    methods: Mapping[str, Method]
    success_url: str
    failure_url: str
    seller: str
    parameters: Mapping[str, str]

    def offered(self, country: str) -> dict[str, Method]:
        """The methods for a buyer in `country`, by short code."""
        return {code: method for code, method in self.methods.items() if method.offered_in(country)}


def read(query: Mapping[str, str], projects: Callable[[str], ProjectState | None]) -> WidgetCall | Problem:
    """Verify a call and take it apart."""
    if (genuine := _genuine(query, projects)) is None:
        return NOT_AUTHORIZED
    state, version = genuine
    project = state.project
    missing = [name for name in ("uid", "ag_external_id", "ag_name", "amount", "currencyCode") if not query.get(name)]
    if missing:
        return Problem(400, "parameter_missing", missing[0])
    if problem := _widget_problem(state, query.get("widget", "")):
        return problem
    currency = query["currencyCode"]
    if not is_currency(currency):
        return Problem(400, "currency_unknown", currency)
    amount = exact(query["amount"], currency)
    if amount is None:
        return Problem(400, "amount_invalid", query["amount"])
    methods = _methods(state, query, protected=version > 1)
    asked = query.get("country_code", "").upper()
    country = asked if asked in countries("en") else None
    if not any(country is None or method.offered_in(country) for method in methods.values()):
        return Problem(400, "no_method")
    return WidgetCall(
        state=state,
        widget=query["widget"],
        uid=query["uid"],
        goods_id=query["ag_external_id"],
        name=query["ag_name"],
        amount=amount,
        currency=currency,
        email=query.get("email", ""),
        country=country,
        methods=methods,
        success_url=_web_address(query.get("success_url", "")),
        failure_url=_web_address(query.get("failure_url", "")),
        seller=query.get("project_name") or project.name.removesuffix(IMPORTED),
        parameters={name: value for name, value in query.items() if name not in ("key", "sign", "sign_version")},
    )


def read_other(query: Mapping[str, str], projects: Callable[[str], ProjectState | None], text: str) -> Problem:
    """Verify a call of a widget that sells something else than digital goods, to which there is no more than `text`."""
    return NOT_AUTHORIZED if _genuine(query, projects) is None else Problem(404, text)


def _genuine(
    query: Mapping[str, str], projects: Callable[[str], ProjectState | None]
) -> tuple[ProjectState, Version] | None:
    """Whose call it is, and in which version it is signed; None where key or signature are wrong."""
    state = projects(query.get("key", ""))
    if state is None:
        return None
    project = state.project
    version = widget_version(query, project.secret_key, project.widget_signature_versions)
    return None if version is None else (state, version)


def _widget_problem(state: ProjectState, code: str) -> Problem | None:
    widget = state.project.widgets.get(code)
    if widget is None:
        return Problem(404, "widget_unknown", code)
    # The guide says only that pw_1 works properly in this version alone; how it fails in others is inferred.
    if code == "pw_1" and widget.version != WORKING_PW_1_VERSION:
        return Problem(409, "widget_version", widget.version or "")
    return None


def _methods(state: ProjectState, query: Mapping[str, str], *, protected: bool) -> dict[str, Method]:
    """The active methods of the project that `ps` leaves. Test Payment is among them only where it is asked for as
    documented: on a LIVE project by `test_mode=1`; on another by `evaluation=1` or the console's Evaluation mode,
    and by `ps=test`. Either parameter counts only where the signature protects it, from version 2 on.
    """
    only, project = query.get("ps") or ALL_METHODS, state.project

    def asks(name: str) -> bool:
        return protected and query.get(name) == "1"

    if project.live:
        shows_test = asks("test_mode")
    else:
        shows_test = (asks("evaluation") or project.evaluation) and only == TEST_METHOD
    return {
        code: method
        for code, method in project.methods.items()
        if method.active and only in (ALL_METHODS, code) and (code != TEST_METHOD or shows_test)
    }


def _web_address(url: str) -> str:
    # A redirect to `javascript:` would run in Paymentwall's page.
    return url if url.startswith(("https://", "http://")) else ""
