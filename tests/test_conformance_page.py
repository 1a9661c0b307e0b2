"""The page is one file that loads nothing, says at the top what to fix, and can be read by everybody, twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from conformance.browser.setup import find_browser
from conformance.record.timeline import Event
from conformance.report import page as pages
from conformance.report.document import ConformanceDocument, ScopeFacts
from conformance.report.evidence import Evidence, Sentence
from conformance.verdict.algebra import Verdict
from conformance.verdict.catalogue import catalogue
from conformance.verdict.reasons import Cause, Why, term, told
from tests.fixtures.accessibility import violations
from tests.fixtures.reported import BY_VERDICT, NOT_RUN, document, ending_as

ROOT = Path(__file__).resolve().parent.parent
NOW = 1_795_617_773.0
READ = Event("read", "suite", "merchant", "The merchant is asked for the order", NOW + 3, NOW + 3.1, status=200)
EVENTS = [
    Event("order", "suite", "merchant", "The merchant places an order", NOW, NOW + 0.1, status=201),
    Event(
        "cancel", "merchant", "portone", "POST /payments/cancel", NOW + 1, NOW + 1.2, clock=NOW, status=200,
        method="POST", url="/payments/cancel", request={"headers": {}, "body": {"imp_uid": "imp_1"}},
        response={"code": 1, "message": "</script><b>no</b>"},
    ),
    Event("ticket", "portone", "paymentwall", "POST /ticket", NOW + 2, NOW + 2.1, clock=NOW + 300_000, status=200),
    replace(READ, response={"status": "waiting"}),
]  # fmt: skip
SENTENCES = [
    ("Given an order that was paid", NOW - 1),
    ("When the Merchant is asked to refund it", NOW + 0.5),
    ("Then the order is cancelled", NOW + 2.5),
]


def evidence_of(made: ConformanceDocument, *, events: int = 4) -> dict[str, Evidence]:
    """The same evidence for every scenario, the last sentence broken where it is not PASS."""
    kept = {}
    for scenario in (s for r in made.requirements for s in r.scenarios):
        broken = scenario.outcome is not Verdict.PASS
        sentences = [Sentence(text=text, began=began, ended="well") for text, began in SENTENCES]
        if broken:
            sentences[-1].ended = "broken"
        several = [replace(EVENTS[n % 4], began=NOW + 3 * n / events) for n in range(events)]
        kept[scenario.nodeid] = Evidence(
            nodeid=scenario.nodeid,
            sentences=sentences,
            events=several,
            marked=[events - 1] if broken else [],
            reason=scenario.reason,
        )
    return kept


def written(folder: Path, made: ConformanceDocument, *, events: int = 4) -> Path:
    file = folder / "conformance.html"
    file.write_text(pages.render(made, evidence_of(made, events=events), folder / "evidence"), "utf-8")
    return file


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    # The sandbox serves against hostile pages; this one is ours, and as root Chromium has none.
    browser = playwright.chromium.launch(executable_path=str(find_browser().executable), args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = document(complete=False, errors=("gw0 crashed <there>",))
    return written(tmp_path_factory.mktemp("page"), made)


@pytest.fixture
def shown(chromium: Browser, file: Path) -> Iterator[Page]:
    page = chromium.new_page()
    page.goto(file.as_uri())
    yield page
    page.close()


def test_it_says_at_the_top_what_failed_why_and_what_to_change(shown: Page) -> None:
    failed = BY_VERDICT[Verdict.FAIL]
    expect(shown.get_by_role("heading", name="NOT READY")).to_be_visible()
    card, first = shown.locator(".card.v-FAIL"), shown.locator(".fix li").filter(has_text=failed.id)
    for one in (card, first):
        expect(one).to_contain_text(failed.id)
        expect(one).to_contain_text(f"Why it is {Verdict.FAIL}.")
    expect(card).to_contain_text(failed.remedy)
    box = first.bounding_box()
    assert box is not None
    assert box["y"] < 900, "without scrolling far"


def test_what_failed_comes_before_what_broke_and_each_says_what_to_do(shown: Page) -> None:
    for several in (".card h3 .badge", ".fix .badge"):
        badges = [text.split()[1] for text in shown.locator(several).all_inner_texts()]
        assert badges == ["ERROR", "FAIL", "ERROR"], "what broke outside any scenario stands first"
    expect(shown.locator(".card.v-ERROR").last).to_contain_text("This is no verdict about the merchant")
    warned = shown.locator("#cards ~ .plain li").filter(has_text=BY_VERDICT[Verdict.WARN].id)
    expect(warned.first).to_contain_text(BY_VERDICT[Verdict.WARN].remedy)


def test_of_several_scenarios_it_says_which_came_out_so_and_what_could_not_be_shown(
    tmp_path: Path, chromium: Browser
) -> None:
    failed, unshown = BY_VERDICT[Verdict.FAIL], BY_VERDICT[Verdict.INCONCLUSIVE]
    good = replace(ending_as(Verdict.PASS), nodeid="a::good", title="Goes well", requirements=(failed.id,))
    waits = replace(ending_as(Verdict.INCONCLUSIVE), nodeid="a::waits", blocked_by=(failed.id,))
    page = chromium.new_page()
    made = document(more=[good, waits])
    own = {one.id: [s for s in one.scenarios if s.blocked_by or one.id != unshown.id] for one in made.requirements}
    blocked = [one.model_copy(update={"scenarios": own[one.id]}) for one in made.requirements]
    page.goto(written(tmp_path, made.model_copy(update={"requirements": blocked})).as_uri())
    card = page.locator(".card.v-FAIL")
    expect(card.locator(".in")).to_have_text(["Ends as FAIL"])
    expect(card).to_contain_text("Other scenarios of this requirement that passed: 1")
    expect(card).not_to_contain_text("Goes well")
    attention = page.locator(".front .plain li").filter(has_text="blocked by")
    expect(attention).to_have_count(1)
    expect(attention.get_by_role("link")).to_have_text([failed.id, unshown.id])
    terms = [page.locator(f"#{id} dt").all_text_contents() for id in (failed.id, unshown.id)]
    told = [[term for term in own if term.startswith(("What to change", "If it fails"))] for own in terms]
    assert [len(one) for one in told] == [1, 1]
    assert told[0][0].startswith("What to change")
    assert told[1][0].startswith("If it fails"), "nothing showed that a change is needed"
    page.close()


def test_what_a_person_must_look_at_is_told_in_korean_too(tmp_path: Path, chromium: Browser) -> None:
    made = document()
    looked = next(one for one in catalogue().requirement if one.look)
    cause = [
        Cause(Why.EXPIRED, (looked.id,), {"who": "Ada", "expires": "2026-01-01"}),
        Cause(Why.LOOK, (looked.id,), {"look": looked.look, "look_ko": looked.look_ko}),
        Cause(Why.ATTEST),
    ]
    said = {"outcome": Verdict.REVIEW, "reason": "Words that nobody reads again.", "cause": cause}
    scenarios = [made.requirements[0].scenarios[0].model_copy(update=said)]
    facts = {"verdict": Verdict.REVIEW, "scenarios": scenarios, "look": looked.look, "look_ko": looked.look_ko}
    made = made.model_copy(update={"requirements": [made.requirements[0].model_copy(update=facts)], "language": "ko"})
    page = chromium.new_page()
    page.goto(written(tmp_path, made).as_uri())
    first = page.locator("#cards ~ .plain li").first
    expect(first.get_by_text(str(looked.look_ko))).to_be_visible()
    expect(first.get_by_text("attestations.toml에 확인 내용을 기록합니다")).to_be_visible()
    expect(first.get_by_text("Ada의 확인이 2026-01-01에 만료되었습니다.")).to_be_visible()
    expect(first.get_by_text(str(looked.look), exact=True)).to_be_hidden()
    page.close()


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE])
def test_a_reason_that_the_suite_made_is_told_in_korean_and_a_steps_own_as_it_is(
    tmp_path: Path, chromium: Browser, verdict: Verdict
) -> None:
    made = document()
    known = [Cause(Why.ORDER_STATE, facts={"order": "A-1", **term("expected", "paid"), **term("state", "unpaid")})]
    cause = [*known, Cause(Why.SAID, facts={"said": "The page shows 'Oops'."})]
    [whole] = [one for one in made.requirements if one.verdict is verdict]
    scenarios = [one.model_copy(update={"cause": cause, "reason": told(cause)}) for one in whole.scenarios]
    facts = {"scenarios": scenarios, "reason": told(cause)}
    others = [one.model_copy(update=facts) if one is whole else one for one in made.requirements]
    page = chromium.new_page()
    made = made.model_copy(update={"requirements": others, "language": "ko"})
    page.goto(written(tmp_path, made).as_uri())
    open_all(page)
    korean = "주문 A-1의 상태는 '결제 완료'이어야 합니다. 고객사가 알린 상태는 '미결제'입니다."
    assert {one.inner_text() for one in page.get_by_text("A-1").all() if one.is_visible()} == {korean}
    expect(page.locator(f"#{whole.id} .reason").get_by_text("The page shows 'Oops'.")).to_be_visible()
    page.get_by_role("button", name="English").click()
    assert not [one for one in page.get_by_text("주문 A-1").all() if one.is_visible()]
    expect(page.locator(f"#{whole.id} .reason").get_by_text("Expected order A-1 to be paid")).to_be_visible()
    page.close()


def open_all(page: Page) -> None:
    """Unfold whatever is folded."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")


def test_on_a_phone_nothing_is_wider_than_the_page(tmp_path: Path, chromium: Browser) -> None:
    made = document()
    failed = next(one for one in made.requirements if one.verdict is Verdict.FAIL)
    long = failed.model_copy(update={"reason": f"Nobody answers at http://127.0.0.1:5000/orders/{'A' * 60}/checkout"})
    page = chromium.new_page(viewport={"width": 390, "height": 800})
    page.goto(written(tmp_path, made.model_copy(update={"requirements": [long]})).as_uri())
    for language in ("en", "ko"):
        page.locator(f"button[data-lang={language}]").click()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()


def test_every_requirement_is_there_with_its_verdict(shown: Page) -> None:
    for verdict, requirement in BY_VERDICT.items():
        expect(shown.locator(f"#{requirement.id} > summary .badge")).to_contain_text(verdict)
    expect(shown.locator(f"#{NOT_RUN.id} > summary .badge")).to_contain_text("not run")


def test_a_link_to_the_evidence_opens_it(shown: Page) -> None:
    id = BY_VERDICT[Verdict.FAIL].id
    expect(shown.locator(f"#{id} .scenario")).to_be_hidden()
    shown.locator(".card.v-FAIL").get_by_role("link").click()
    expect(shown.locator(f"#{id} svg.seq").first).to_be_visible()
    expect(shown.locator(f"#{id} .sentences .broken")).to_have_text(
        "✗ Then the order is cancelled", use_inner_text=True
    )
    shown.get_by_text("Requests and answers, as curl").locator("visible=true").first.click()
    expect(shown.locator(f"#{id} pre")).to_contain_text("curl -X POST https://api.iamport.kr/payments/cancel")


def test_what_comes_from_elsewhere_is_text(shown: Page) -> None:
    assert shown.locator("pre b").count() == 0
    expect(shown.locator(".card.v-ERROR").first).to_contain_text("gw0 crashed <there>")


def test_the_switch_turns_it_into_korean_and_back(shown: Page) -> None:
    shown.get_by_role("button", name="한국어").click()
    assert shown.evaluate("document.documentElement.lang") == "ko"
    expect(shown.get_by_role("heading", name="먼저 수정할 항목")).to_be_visible()
    expect(shown.get_by_role("heading", name="Fix these first")).to_be_hidden()
    shown.get_by_role("button", name="English").click()
    expect(shown.get_by_role("heading", name="Fix these first")).to_be_visible()


def test_it_opens_in_the_language_that_was_asked_for(tmp_path: Path, chromium: Browser) -> None:
    file = written(tmp_path, document().model_copy(update={"language": "ko"}))
    page = chromium.new_page(java_script_enabled=False)
    page.goto(file.as_uri())
    expect(page.get_by_role("heading", name="먼저 수정할 항목")).to_be_visible()
    page.close()


def test_the_filter_leaves_what_is_not_pass(shown: Page) -> None:
    passed = shown.locator(f"#{BY_VERDICT[Verdict.PASS].id}")
    expect(passed).to_be_visible()
    shown.get_by_label("Show only what is not PASS").check()
    expect(passed).to_be_hidden()
    expect(shown.locator(f"#{BY_VERDICT[Verdict.WARN].id}")).to_be_visible()


def test_it_loads_nothing(chromium: Browser, file: Path) -> None:
    page = chromium.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    assert asked == [file.as_uri()]
    assert said == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_everybody_can_read_it(chromium: Browser, file: Path, scheme: str, width: int, language: str) -> None:
    page = chromium.new_page(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page.goto(file.as_uri())
    page.locator(f"button[data-lang={language}]").click()
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "it runs off the side"
    page.close()


def test_printed_it_needs_no_script_to_have_what_is_not_pass(chromium: Browser, file: Path) -> None:
    page = chromium.new_page(java_script_enabled=False)
    page.goto(file.as_uri())
    page.emulate_media(media="print")
    for verdict in (Verdict.FAIL, Verdict.ERROR):
        expect(page.locator(f"#fix-{BY_VERDICT[verdict].id}")).to_be_visible()
    expect(page.locator(f"#{BY_VERDICT[Verdict.PASS].id} .scenario")).to_be_hidden()
    expect(page.get_by_role("heading", name="Sign-off")).to_be_visible()
    for left_out in ("button", "nav", "#filter"):
        expect(page.locator(left_out).first).to_be_hidden()
    page.close()


def large(scenarios: int) -> ConformanceDocument:
    """A run of many scenarios of which every fifth failed."""
    made = document()
    failed, passed = (r for r in made.requirements if r.verdict in (Verdict.FAIL, Verdict.PASS))
    chosen = [failed if n % 5 == 0 else passed for n in range(scenarios)]
    several = [
        r.model_copy(
            update={
                "id": f"{r.area}-{n:02}",
                "scenarios": [s.model_copy(update={"nodeid": f"f.py::test_{n}"}) for s in r.scenarios],
            }
        )
        for n, r in enumerate(chosen)
    ]
    return made.model_copy(
        update={"requirements": several, "scope": ScopeFacts(known=scenarios, ran=scenarios, interrupted=False)}
    )


def test_150_scenarios_are_below_3_mb_and_open_within_a_second(tmp_path: Path, chromium: Browser) -> None:
    file = written(tmp_path, large(150), events=25)
    assert 200_000 < file.stat().st_size < 3_000_000
    plain = tmp_path / "plain.html"
    lines = "<p>A plain page that is as long.</p>\n" * (file.stat().st_size // 37)
    plain.write_text(f"<!DOCTYPE html><title>Plain</title>{lines}", "utf-8")
    page = chromium.new_page()
    tries = [(_opened(page, file), _opened(page, plain)) for _ in range(3)]
    expect(page.get_by_text("A plain page").first).to_be_visible()
    page.goto(file.as_uri())
    expect(page.get_by_role("heading", name="NOT READY")).to_be_visible()
    assert page.locator(".requirement").count() == 150
    page.close()
    assert any(took < max(1000, bare) for took, bare in tries), f"milliseconds, beside a plain page: {tries}"


def _opened(page: Page, file: Path) -> float:
    """How many milliseconds the browser takes for a page."""
    page.goto(file.as_uri())
    took: float = page.evaluate("performance.getEntriesByType('navigation')[0].domComplete")
    return took


def test_calls_beyond_the_budget_are_left_to_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "BUDGET", 10)
    html = written(tmp_path, document()).read_text("utf-8")
    assert "curl -X" not in html
