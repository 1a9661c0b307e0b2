"""The emulator's page as a desk: curl beside each act, search, faults, reset, two languages, what happened in words."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, expect

from emulator.client import Control
from emulator.server import Emulator
from tests.emulator.browser.screen import UNREADABLE, WIDER, Screen, screen
from tests.emulator.browser.shopfront import SECONDS
from tests.fixtures.accessibility import violations

TABS = ("payments", "tickets", "webhooks", "pingbacks", "calls", "faults", "connect")
VIEWER = 30 * SECONDS
"""Within which Swagger UI, 1.5 MB of script, has drawn 90 calls on a loaded machine."""
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
MACHINES = re.compile(
    r"https?://[^\s가-힣]+|cdn\.iamport\.kr|\w*imp[_\d]\w*|\b\w+_\w+\b|\b\w+(?:-\w+)+\b|/\w[\w/.{}]*|\?\w+=\w+|\{\w+\}"
    r"|application/\S+|\(\w+\)|openapi\.json|\b(?:English|curl|UTC|GMT|API|SDK|JSON|HTTP|GET|POST|USD|KRW|ref|Endpoint|URL|CVV|pc"
    r"|paid|cancelled|always|true|OpenAPI|channelKey|storeId|Cancelled by the merchant)\b",
    re.ASCII,
)
"""Identifiers, and what machines say: English on a Korean page, too."""
# Every text outside what shows values, addresses and commands as they are.
TEXTS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const told = walker.currentNode.parentElement.closest("pre, noscript, script, dd, .sub, .way, option");
    if (!told) found.push(walker.currentNode.data);
  }
  return found.join("\\n");
}"""


@pytest.fixture
def desk(emulator: Emulator, chromium: Browser) -> Iterator[Screen]:
    with chromium.new_context(viewport={"width": 1280, "height": 860}, timezone_id="Asia/Seoul") as context:
        yield from screen(emulator, context.new_page())


@pytest.fixture
def hand(emulator: Emulator, chromium: Browser) -> Iterator[Screen]:
    with chromium.new_context(viewport={"width": 390, "height": 844}) as context:
        yield from screen(emulator, context.new_page())


def done_by(command: str) -> httpx.Response:
    """What a shell would do with the curl that the page shows."""
    program, *words = shlex.split(command)
    assert program == "curl"
    given = {name: words[place + 1] for place, name in enumerate(words) if name in ("-X", "-H", "-d")}
    [url] = [word for word in words if word.startswith("http")]
    header, _, value = given["-H"].partition(": ") if "-H" in given else ("accept", "", "*/*")
    return httpx.request(given["-X"], url, headers={header: value}, content=given.get("-d"))


class TestCurl:
    def test_it_stands_beside_each_act_and_does_the_same(self, desk: Screen) -> None:
        desk.open()
        desk.control.cancel(desk.paid())
        expect(desk.page.locator("#complete-1")).to_be_visible()
        acts = desk.page.locator(".act")
        assert acts.count() == 5
        for number in range(acts.count()):
            expect(acts.nth(number).locator("button.curl")).to_have_text("curl")
        desk.page.locator("#complete-1-curl").click()
        command = desk.page.get_by_role("dialog").locator("pre").inner_text()
        assert command.startswith(
            f"curl -X POST '{desk.url}/_emulator/accounts/{desk.control.imp_code}/tickets/1/complete'"
        )
        assert done_by(command).status_code == 200
        assert desk.control.payments()[0]["status"] == "cancelled"

    def test_a_form_s_curl_says_what_is_typed(self, desk: Screen) -> None:
        desk.open()
        desk.paid()
        desk.press("Cancel …")
        desk.page.get_by_label("Amount").fill("3.00")
        desk.page.get_by_label("Reason").fill("The buyer's wish")
        command = desk.page.get_by_role("dialog").locator("pre").inner_text()
        assert done_by(command).status_code == 200
        [ticket] = desk.control.tickets()
        assert (ticket["amount"], ticket["state"]) == ("3.00", "waiting")
        assert "The buyer's wish" in json.dumps(desk.control.journal(kind="ticket")["entries"])

    def test_the_clock_s_are_in_one_place_and_the_address_is_changed_by_one(self, desk: Screen) -> None:
        desk.open()
        before = desk.control.clock()["now"]
        desk.page.locator("#clock-curl").click()
        commands = desk.page.get_by_role("dialog").locator("pre").all_inner_texts()
        assert [done_by(command).status_code for command in commands] == [200] * 5
        assert desk.control.clock()["now"] - before == pytest.approx((1 + 24 + 72) * 3600, abs=30)
        desk.press("Close")
        desk.tab("Connect")
        desk.page.get_by_label("Endpoint URL").fill("http://127.0.0.1:9/hook")
        assert done_by(desk.page.locator("#content pre").inner_text()).status_code == 200
        assert desk.control.settings()["webhook"]["test"]["url"] == "http://127.0.0.1:9/hook"

    def test_it_has_the_token_where_one_is_wanted(self, chromium: Browser) -> None:
        with Emulator(tls=False, control_token="let-me-in") as emulator, chromium.new_context() as context:
            Control.of_new_account(emulator.url, token="let-me-in").close()
            page = context.new_page()
            page.goto(f"{emulator.url}/#token=let-me-in")
            page.locator("#reset").click()
            assert "-H 'Authorization: Bearer let-me-in'" in page.get_by_role("dialog").locator("pre").inner_text()


class TestSearch:
    def test_payments_are_found_by_whatever_is_written_in_them(self, desk: Screen) -> None:
        desk.open()
        for name, order in (("Green tea", "order-1"), ("Black tea", "order-2"), ("Mug", "order-3")):
            desk.control.pay(order, 12000, name=name)
        search, rows = desk.page.get_by_role("searchbox", name="Search"), desk.page.locator(".row")
        expect(rows).to_have_count(3)
        for wanted, names in (("tea", 2), ("TEA green", 1), ("order-3", 1), ("nothing", 0), ("", 3)):
            search.fill(wanted)
            expect(rows).to_have_count(names)
            expect(desk.page.locator("#found")).to_have_text(f"{names} of 3" if wanted else "")

    def test_webhooks_pingbacks_and_calls_are_found_too(self, desk: Screen) -> None:
        desk.open()
        first = str(desk.control.pay("order-1", 12000)["imp_uid"])
        desk.control.pay("order-2", 12000)
        desk.control.idle()
        for tab, here in (
            ("Webhooks", 1),
            ("Pingbacks", 1),
            ("Calls", len(desk.control.journal(imp_uid=first)["entries"])),
        ):
            desk.tab(tab)
            desk.page.get_by_role("searchbox", name="Search").fill(first)
            expect(desk.page.locator("#content details")).to_have_count(here)
        desk.control.pay("order-3", 12000)  # what comes meanwhile is searched as well
        expect(desk.page.get_by_role("tab", name="Payments 3")).to_be_visible()
        expect(desk.page.locator("#content details")).to_have_count(here)

    def test_what_is_typed_at_once_belongs_to_the_new_tab(self, desk: Screen) -> None:
        desk.open()
        for order in ("order-1", "order-2"):
            desk.control.pay(order, 12000)
        expect(desk.page.locator(".row")).to_have_count(2)
        desk.page.evaluate("""() => {
            const search = document.getElementById("search");
            document.getElementById("tab-webhooks").click();
            search.focus();
            search.value = "order-1";
            search.dispatchEvent(new Event("input"));
        }""")
        expect(desk.page.locator("#found")).to_have_text("1 of 2")
        desk.page.go_back()  # with the cursor still in the field
        expect(desk.page.get_by_role("tab", name="Payments 2")).to_have_attribute("aria-selected", "true")
        expect(desk.page.get_by_role("searchbox", name="Search")).to_have_value("")
        expect(desk.page.locator(".row")).to_have_count(2)


class TestFaults:
    def test_one_is_added_met_and_removed(self, desk: Screen) -> None:
        desk.open()
        desk.tab("Faults")
        desk.page.get_by_label("With which calls").select_option("webhook")
        desk.page.get_by_label("HTTP status").fill("503")
        desk.press("Add the fault")
        desk.said("The fault is added: another answer, webhook.")
        expect(desk.page.get_by_role("tab", name="Faults 1")).to_be_visible()
        desk.control.pay("order-1", 12000)
        desk.control.idle()
        [webhook] = desk.control.webhooks()
        assert webhook["answer"]["status"] == 503
        expect(desk.page.locator("#content")).to_contain_text("used up · 1 call met so far")
        desk.press("Remove")
        desk.said("Fault 1 is removed.")
        expect(desk.page.locator("#content")).to_contain_text("No faults.")

    def test_only_what_a_kind_has_is_asked_for(self, desk: Screen) -> None:
        desk.open()
        desk.tab("Faults")
        desk.page.get_by_label("What goes wrong", exact=True).select_option("delay")
        expect(desk.page.get_by_label("HTTP status")).to_be_hidden()
        desk.page.get_by_label("Seconds late").fill("0.5")
        desk.page.get_by_label("How many calls").fill("")
        desk.press("Add the fault")
        desk.said("The fault is added")
        [fault] = desk.control.faults()
        assert (fault["what"], fault["call"], fault["seconds"], fault["times"]) == ("delay", "look-up", 0.5, None)
        assert done_by(desk.page.locator("#content pre").inner_text()).status_code == 201
        assert len(desk.control.faults()) == 2
        desk.press("Remove all")
        desk.said("All faults are removed.")
        assert desk.control.faults() == []

    def test_a_wrong_number_is_refused_in_words(self, desk: Screen) -> None:
        desk.open()
        desk.tab("Faults")
        desk.page.get_by_label("How many calls").fill("1.5")
        desk.page.locator("form").evaluate("(form) => { form.noValidate = true; }")
        desk.press("Add the fault")
        desk.said("'times':")
        assert desk.control.faults() == []


def test_reset_asks_first_and_forgets_everything(desk: Screen) -> None:
    desk.open()
    desk.paid()
    desk.control.break_call("hang", "cancel", times=None)
    desk.press("Reset …")
    assert len(desk.control.payments()) == 1
    desk.press("Reset it")
    desk.said("The account is in its first state.")
    expect(desk.page.get_by_role("heading", name="No payment yet")).to_be_visible()
    assert (desk.control.payments(), desk.control.faults()) == ([], [])
    desk.tab("Calls")
    expect(desk.page.locator("#content")).to_contain_text("Nothing has happened yet.")


def test_what_an_act_led_to_is_said_in_words(desk: Screen) -> None:
    desk.open()
    desk.paid()
    desk.press("Cancel …")
    desk.press("Cancel it")
    desk.said("Cancellation requested: 1 ticket opened.")
    desk.press("Refuse")
    desk.said("Ticket 1 was decided: 1 ticket refused.")
    desk.press("+ 1 hour")
    desk.said("Advanced 1 hour: nothing was due.")
    desk.press("Charge back …")
    desk.press("Charge it back")
    desk.said("Charged back: 1 webhook sent.")


def test_a_webhook_that_hangs_holds_the_words_up_for_a_second_only(desk: Screen) -> None:
    desk.open()
    desk.paid()
    desk.control.break_call("hang", "webhook", times=None)
    desk.press("Refund at Paymentwall")
    desk.said("Paymentwall gave the money back: 1 webhook sent.")
    desk.control.remove_faults()


def test_each_time_has_its_time_zone(desk: Screen) -> None:
    desk.open()
    desk.control.cancel(desk.paid())
    hour = re.compile(r"\d\d:\d\d:\d\d(?! GMT\+9)")
    for tab in TABS:
        desk.page.evaluate("tab => { location.hash = tab; }", tab)
        expect(desk.page.get_by_role("tab", selected=True)).to_have_id(f"tab-{tab}")
        shown = desk.page.locator("body").inner_text()
        assert " GMT+9" in shown
        assert hour.findall(shown) == [], tab


def open_in_korean(shown: Screen) -> None:
    """With a payment, a ticket, a webhook that failed, a fault, and the language chosen on the page."""
    shown.open()
    shown.control.break_call("answer", "webhook", status=500, times=None)
    imp_uid = shown.paid("머그잔")
    shown.control.cancel(imp_uid)
    shown.page.get_by_role("button", name="한국어").click()
    expect(shown.page.get_by_text("연결됨", exact=True)).to_be_visible()


def test_in_korean_nothing_is_english_but_what_machines_say(desk: Screen) -> None:
    open_in_korean(desk)
    imp_uid = desk.control.payments()[0]["imp_uid"]
    assert desk.page.locator("html").get_attribute("lang") == "ko"
    for tab in (*TABS, f"payment={imp_uid}"):
        desk.page.evaluate("tab => { location.hash = tab; }", tab)
        expect(desk.page.locator("#content")).not_to_contain_text("불러오는 중")
        text = desk.page.evaluate(TEXTS)
        left = re.findall(r"[A-Za-z]{2,}", MACHINES.sub("", text))
        assert left == [], f"{tab}: {text}"
    desk.page.reload()
    expect(desk.page.get_by_role("button", name="한국어")).to_have_attribute("aria-pressed", "true")
    desk.page.locator('[data-advance="259200"]').click()
    desk.said("시계를 3일 앞당겼습니다: 티켓 1건 승인, 웹훅 1건 전송.")
    desk.page.get_by_role("button", name="English").click()
    expect(desk.page.get_by_text("Live", exact=True)).to_be_visible()


def test_the_demo_shop_speaks_korean_too(desk: Screen) -> None:
    desk.open("/demo")
    desk.page.get_by_role("button", name="한국어").click()
    expect(desk.page.get_by_role("heading", name="수제 머그잔")).to_be_visible()
    expect(desk.page.get_by_role("button", name="10.50 USD 결제하기")).to_be_visible()


@pytest.mark.parametrize("width", ["desk", "hand"])
def test_it_is_accessible_in_both_languages_and_themes(request: pytest.FixtureRequest, width: str) -> None:
    shown: Screen = request.getfixturevalue(width)
    open_in_korean(shown)
    for language in ("한국어", "English"):
        shown.page.get_by_role("button", name=language).click()
        for scheme in SCHEMES:
            shown.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for tab in TABS:
                shown.page.evaluate("tab => { location.hash = tab; }", tab)
                expect(shown.page.get_by_role("tab", selected=True)).to_have_id(f"tab-{tab}")
                assert shown.page.evaluate(WIDER) == [], tab
                assert shown.page.evaluate(UNREADABLE) == [], tab
            assert violations(shown.page) == []
    shown.page.evaluate("location.hash = 'faults'")
    assert violations(shown.page) == []
    shown.page.locator("#reset").click()
    assert violations(shown.page) == []


class TestTheApiPage:
    def test_a_call_of_the_control_plane_is_tried_and_nothing_comes_from_elsewhere(self, desk: Screen) -> None:
        desk.page.set_default_timeout(VIEWER)
        desk.page.goto(f"{desk.url}/docs")
        expect(desk.page.locator("h2", has_text="PortOne V1 and Paymentwall emulator")).to_be_visible(timeout=VIEWER)
        desk.page.locator("#operations-tag-Control_plane").click()
        call = desk.page.locator("#operations-Control_plane-pay")
        call.scroll_into_view_if_needed()
        call.locator(".opblock-summary-control").click()
        code = call.get_by_placeholder("imp_code")
        expect(code).not_to_have_value("")  # the first account's, filled in
        code.fill(desk.control.imp_code)
        call.locator("textarea").first.fill(json.dumps({"merchant_uid": "tried-1", "amount": 12000}))
        call.get_by_role("button", name="Execute").click()
        answered = call.locator(".live-responses-table tbody .response-col_status").first
        expect(answered).to_contain_text("201", timeout=VIEWER)
        assert [one["merchant_uid"] for one in desk.control.payments()] == ["tried-1"]
        assert desk.complaints == []

    def test_it_is_led_to_from_the_page_and_back(self, desk: Screen) -> None:
        desk.open()
        desk.tab("Connect")
        desk.page.get_by_role("link", name="All calls, to read and to try").click()
        expect(desk.page.locator("h2", has_text="PortOne V1 and Paymentwall emulator")).to_be_visible(timeout=VIEWER)
        desk.page.get_by_role("link", name="To the emulator's page").click()
        expect(desk.page.get_by_text("Live", exact=True)).to_be_visible()
