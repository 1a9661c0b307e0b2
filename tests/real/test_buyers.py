"""Who pays with real money asks before, writes down before the widget opens, and pays by nothing else than agreed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, Request

from conformance.browser.journey import Journey
from conformance.browser.setup import find_browser, launch_arguments
from conformance.browser.visits import Visit
from conformance.browser.widget import Card, Widget
from conformance.merchant.protocol import Checkout
from conformance.network.gateway import Gateway, Lead
from conformance.real.buyers import PayingPerson, RealBuyer, Script, card_of, chooses, in_country, told
from conformance.real.charging import NotPermitted, Permission
from conformance.record.redaction import Redaction
from conformance.record.timeline import Timeline
from conformance.settings.real import BuyerSettings, CardSettings, ChargesSettings
from conformance.settings.secrets import Secret, SecretMissing
from conformance.target.charging import Attempt
from conformance.verdict.endings import NotApplicable, NotObservable
from emulator.server import Emulator
from tests.real.standing_in import CHANNEL

PAGE = """
<script src="https://cdn.iamport.kr/v1/iamport.js"></script>
<button onclick="IMP.request_pay({channelKey: 'CHANNEL', merchant_uid: 'order-UID', name: 'A mug', amount: 10.5,
  currency: 'USD', buyer_name: 'Grace Hopper', buyer_email: 'grace@example.com'}, () => 0)">Pay</button>
<script>IMP.init('imp12345678')</script>
"""
CARD = Card(holder="Ada Lovelace")
A_PAGES_TURN_SECONDS = 0.5
CONSENT = ChargesSettings(allow_real_charges=True, max_amount={"USD": Decimal(20)}, max_charges=2)


def attempt(amount: str = "10.50", currency: str = "USD", method: str = "cc") -> Attempt:
    return Attempt("order-1", Decimal(amount), currency, method, "A scenario")


@pytest.mark.parametrize(
    ("settings", "wanted", "said"),
    [
        (ChargesSettings(), attempt(), "no consent to charge 10.50 USD: charges.allow_real_charges is false"),
        (CONSENT, attempt(currency="KRW"), "no consent to charge 10.50 KRW: charges.max_amount has no KRW"),
        (CONSENT, attempt("20.01"), "20.01 USD are more than charges.max_amount allows, 20 USD"),
        (CONSENT, attempt("Infinity"), "more than charges.max_amount allows"),
    ],
)
def test_nothing_is_charged_that_nobody_allowed(settings: ChargesSettings, wanted: Attempt, said: str) -> None:
    with pytest.raises(NotPermitted) as caught:
        Permission(settings).permit(wanted)
    assert said in str(caught.value)


def test_charges_are_capped_and_test_payments_are_none() -> None:
    permission = Permission(CONSENT)
    for _ in range(2):
        permission.permit(attempt("20"))
        permission.permit(attempt(method="test"))
    with pytest.raises(NotPermitted, match="this run has made its 2 charges"):
        permission.permit(attempt())
    permission.permit(attempt(method="test"))


def test_a_buyer_pays_from_their_own_country_only() -> None:
    in_country(None, None)
    in_country("KR", "KR")
    with pytest.raises(NotApplicable, match="the buyer is in KR, and pays from there, not from JP"):
        in_country("JP", "KR")
    with pytest.raises(NotObservable, match=r"set buyer\.country"):
        in_country("JP", None)


def test_what_a_buyer_with_a_real_card_cannot_choose_is_said() -> None:
    chooses(method=None, channel=None)
    with pytest.raises(NotObservable, match="cannot choose method 'paypal', channel 'other'"):
        chooses(method="paypal", channel="other")


def test_a_card_comes_from_the_environment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = CardSettings(**{part: Secret(env=f"TEST_{part}") for part in ("number", "expiry", "cvv", "holder")})
    for part in ("number", "expiry", "cvv"):
        monkeypatch.setenv(f"TEST_{part}", part)
    with pytest.raises(SecretMissing, match=r"the environment has no TEST_holder, which buyer\.card\.holder names"):
        card_of(settings)
    monkeypatch.setenv("TEST_holder", "Ada Lovelace")
    assert card_of(settings) == Card("number", "expiry", "cvv", "Ada Lovelace")
    assert card_of(None) is None


def test_a_person_is_told_what_to_do_and_what_not_to() -> None:
    charged = " ".join(told(attempt(), BuyerSettings()))
    assert "pay 10.50 USD (attempt order-1) by your own card. It is CHARGED 10.50 USD" in charged
    assert "Do not choose a method whose payments cannot be refunded." in charged
    warned = " ".join(told(attempt(), BuyerSettings(), ["mint", "paysafecard"]))
    assert "Do not choose a method whose payments cannot be refunded (mint, paysafecard)." in warned
    free = " ".join(told(attempt(method="test"), BuyerSettings()))
    assert "by 'Test Payment', which moves no money" in free
    assert "Do not type a card number" in free
    assert "You have 600 s" in free


@dataclass
class Noted:
    """Charges that are only noted, with what is asked of whoever notes them."""

    facts: list[str] = field(default_factory=list)
    on_begun: Callable[[], None] = lambda: None

    def begun(self, attempt: Attempt) -> None:
        self.on_begun()
        self.facts.append(f"begun {attempt.merchant_uid} {attempt.amount} {attempt.currency} {attempt.method}")

    def permit(self, attempt: Attempt) -> None:
        self.facts.append(f"permitted {attempt.merchant_uid}")

    def seen(self, merchant_uid: str) -> None:
        self.facts.append(f"seen {merchant_uid}")

    def setting_changed(self, name: str, before: str, after: str) -> None:
        raise NotImplementedError


class Shop:
    """A checkout page on the way to a stand-in without control, and a browser that is led there."""

    def __init__(self, stack: ExitStack, browser: Browser, *, test_method: bool = True) -> None:
        self.emulator = stack.enter_context(Emulator(tls=True, control=False))
        methods = {"test": {"active": test_method}}
        self.emulator.have_account(
            {
                "imp_code": "imp12345678",
                "channels": [{"channel_key": CHANNEL, "pg_id": "t_standin", "secret_key": "stand-in", "sandbox": True}],
                "paymentwall": {"methods": methods},
            }
        )
        self.html: str = PAGE.replace("CHANNEL", CHANNEL).replace("UID", "7")
        lead = Lead("127.0.0.1", self.emulator.port, self.emulator.tls_port)
        gateway = stack.enter_context(Gateway(lead))
        self._browser = browser
        self._options: dict[str, Any] = {"proxy": {"server": gateway.url}, "ignore_https_errors": True}
        self.context: BrowserContext = browser.new_context(**self._options)
        stack.callback(self.context.close)
        self.context.route(
            "http://127.0.0.1:1/**", lambda route: route.fulfill(content_type="text/html", body=self.html)
        )

    def visited(self, buyer: RealBuyer, *, limit_seconds: float = 10) -> tuple[Journey, Visit]:
        journey = Journey(self.context, Timeline(Redaction()), limit_seconds=limit_seconds, buyer=buyer)
        checkout = Checkout("http://127.0.0.1:1/checkout", "Pay")
        visit = journey.open(checkout)
        journey.press_pay(visit, checkout)
        return journey, visit


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    opened = playwright.chromium.launch(**launch_arguments(find_browser()))
    yield opened
    opened.close()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def script(charges: Any, *, needs_card: bool, card: Card | None = CARD) -> Script:
    buyer = Script(BuyerSettings(by="script", limit_seconds=5), charges, card=card)
    buyer.begin("A scenario", needs_card=needs_card)
    return buyer


def test_a_script_pays_by_card_what_needs_one_after_it_was_written_down_and_permitted(
    stack: ExitStack, browser: Browser
) -> None:
    charges = Noted()
    journey, visit = Shop(stack, browser).visited(script(charges, needs_card=True))
    journey.pay(visit, Card())
    assert visit.obstacle == ()
    assert visit.results[-1]["success"] is True
    assert charges.facts == ["begun order-7 10.5 USD cc", "permitted order-7", "seen order-7"]


def test_a_script_pays_by_the_test_method_where_no_card_is_needed(stack: ExitStack, browser: Browser) -> None:
    charges = Noted()
    journey, visit = Shop(stack, browser).visited(script(charges, needs_card=False, card=None))
    journey.pay(visit, Card())
    assert visit.results[-1]["success"] is True
    assert charges.facts[0] == "begun order-7 10.5 USD test"
    assert "use_test_method" not in visit.request  # what the page itself asked for stays as it was


def test_a_widget_without_the_test_method_is_said_and_no_card_is_charged_instead(
    stack: ExitStack, browser: Browser
) -> None:
    shop = Shop(stack, browser, test_method=False)
    journey, visit = shop.visited(script(Noted(), needs_card=False), limit_seconds=2)
    with pytest.raises(NotObservable, match="the widget does not offer Test Payment"):
        journey.pay(visit, Card())
    assert visit.results == []


@pytest.mark.parametrize(
    ("means", "card", "said"),
    [
        (Card(cvv="111"), CARD, "pays with their own card, and not by a card that is declined"),
        ("PayPal", CARD, "pays with their own card, and not by PayPal"),
        (Card(), None, r"has no card to pay with: set buyer\.card"),
    ],
)
def test_what_they_cannot_pay_by_is_not_paid(
    means: Card | str, card: Card | None, said: str, stack: ExitStack, browser: Browser
) -> None:
    charges = Noted()
    journey, visit = Shop(stack, browser).visited(script(charges, needs_card=True, card=card))
    with pytest.raises(NotObservable, match=said):
        journey.pay(visit, means)
    assert charges.facts == ["begun order-7 10.5 USD cc"]


def test_the_widget_does_not_open_before_the_attempt_is_written_down(stack: ExitStack, browser: Browser) -> None:
    charges, shop = Noted(), Shop(stack, browser)
    asked: list[Request] = []
    written: list[float] = []
    shop.context.on("request", lambda request: asked.append(request))

    def slowly() -> None:
        time.sleep(A_PAGES_TURN_SECONDS)  # in which a page that did not wait would have gone on
        written.append(time.time())

    charges.on_begun = slowly
    journey, visit = shop.visited(script(charges, needs_card=True))
    journey.read_widget(visit)
    [widget] = [request for request in asked if _is_widget(request)]
    assert widget.timing["startTime"] / 1000 >= written[0]


def test_an_attempt_that_cannot_be_written_down_opens_no_widget(stack: ExitStack, browser: Browser) -> None:
    def full() -> None:
        raise NotPermitted("the ledger cannot be written")

    charges, shop = Noted(on_begun=full), Shop(stack, browser)
    asked: list[Request] = []
    shop.context.on("request", lambda request: asked.append(request))
    with pytest.raises(NotPermitted, match="the ledger cannot be written"):
        shop.visited(script(charges, needs_card=True))
    shop.context.pages[0].wait_for_timeout(A_PAGES_TURN_SECONDS * 1000)
    assert not list(filter(_is_widget, asked))


def _is_widget(request: Request) -> bool:
    return request.is_navigation_request() and "paymentwall.com" in request.url


def test_a_person_does_in_the_browser_what_the_terminal_says(stack: ExitStack, browser: Browser) -> None:
    said: list[str] = []
    shop = Shop(stack, browser)
    person = PayingPerson(BuyerSettings(limit_seconds=5), Noted(), say=said.append)
    person.begin("A scenario", needs_card=True)
    journey, visit = shop.visited(person)

    def act(line: str) -> None:
        said.append(line)
        frame = Widget().frame(visit.page)
        if line.startswith("Your turn") and frame is not None:
            Widget().fill(frame, CARD)

    person.say = act
    journey.pay(visit, Card())
    assert visit.results[-1]["success"] is True
    assert said[0].startswith("Your turn, in the browser: pay 10.5 USD (attempt order-7) by your own card.")


def test_a_person_who_closes_the_window_ends_the_wait(stack: ExitStack, browser: Browser) -> None:
    shop = Shop(stack, browser)
    person = PayingPerson(BuyerSettings(limit_seconds=60), Noted(), say=lambda _: None)
    person.begin("A scenario", needs_card=True)
    journey, visit = shop.visited(person)
    person.say = lambda _: visit.page.close()
    with pytest.raises(NotObservable, match="the payment was not made: the page was closed"):
        journey.pay(visit, Card())


def test_a_card_that_the_bank_declines_is_not_the_merchants_fault(stack: ExitStack, browser: Browser) -> None:
    buyer = script(Noted(), needs_card=True, card=Card(number="4000 0000 0000 0002"))
    buyer.limit_seconds = 0
    journey, visit = Shop(stack, browser).visited(buyer, limit_seconds=2)
    with pytest.raises(
        NotObservable, match=r"paying led to no result within 2 s.*; the widget showed .Your card was declined"
    ):
        journey.pay(visit, Card())


def test_a_failure_that_the_page_is_told_is_written_down_and_is_not_the_merchants_fault() -> None:
    charges = Noted()
    told_so = {"success": False, "error_msg": "(PG) Declined"}
    with pytest.raises(NotObservable, match=r"did not succeed: the page was told “\(PG\) Declined”"):
        script(charges, needs_card=True).came_back({"merchant_uid": "order-7"}, told_so, ())
    assert charges.facts == ["seen order-7"]
