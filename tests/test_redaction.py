"""No secret reaches a report, a trace or the terminal, wherever it enters; pictures hide card and key fields."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from playwright.sync_api import Browser, Playwright
from pydantic import BaseModel, SecretStr

from conformance.browser.setup import find_browser
from conformance.record.redaction import Redaction, passwords_in, secrets_in, tokens_in
from conformance.record.timeline import Timeline
from conformance.report.evidence import Evidence
from conformance.report.pictures import encoded, picture, redacted_archive
from emulator.secret_names import MASK
from fixtures import pictures
from fixtures.stash import PAGES
from tests import forks
from tests.fixtures.leaking import CANARIES, CARD, DATABASE, SENTENCES, STEPS, contents, feature, found
from tests.fixtures.mini_project import Case, Ended, MiniProject

LEVELS = {id: "SHOULD" if id == "DEMO-05" else "MUST" for id in SENTENCES}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Ended]:
    """A run with every kind of failure, each after secrets went by; alone, and on two workers."""
    ended = []
    for number, options in enumerate((("-rA", "-l"), ("-rA", "-n", "2"))):
        folder = tmp_path_factory.mktemp(f"leaks{number}")
        project = MiniProject(folder, [Case(id, level=level) for id, level in LEVELS.items()])
        project.write("steps/told.py", STEPS)
        project.write("features/demo.feature", feature(LEVELS))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SHOP_API_SECRET", CANARIES["environment"])
            patch.setenv("SHOP_DATABASE_URL", f"postgresql://shop:{DATABASE}@db.example/shop")
            ended.append(project.run(*options))
    return ended


def test_the_runs_end_in_every_way(runs: list[Ended]) -> None:
    for run in runs:
        verdicts = {"DEMO-01": "ERROR", "DEMO-02": "FAIL", "DEMO-03": "REVIEW", "DEMO-04": "ERROR", "DEMO-05": "WARN"}
        assert run.verdicts == verdicts
        assert run.requirement("DEMO-01")["reason"].startswith(f"RuntimeError: raised {MASK} with {MASK} at ")
        names = [name for name, _ in contents(run.reports)]
        assert {"conformance.html", "conformance.json", "conformance.md", "junit.xml"} <= set(names)
        assert any("allure-results" in name for name in names)
        assert any("evidence" in name for name in names)


@pytest.mark.parametrize("place", [*CANARIES, "database", "card"])
def test_no_file_and_no_line_holds_a_secret(runs: list[Ended], place: str) -> None:
    secret = {"database": DATABASE, "card": CARD}.get(place) or CANARIES[place]
    for run in runs:
        assert run.document
        assert found(secret, run.reports, run.output) == []


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("inner.txt", CANARIES["body"])
    (tmp_path / "a.json").write_text(json.dumps({"x": CANARIES["body"]}))
    places = found(CANARIES["body"], tmp_path, f"x {CANARIES['body']}")
    assert {place.partition(": ")[0] for place in places} >= {"terminal", "a.json", "a.zip/inner.txt"}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Authorization: Bearer abcdefgh12345678", f"Authorization: Bearer {MASK}"),
        ("authorization: Basic b3BlcmF0b3I6c2VjcmV0", f"authorization: Basic {MASK}"),
        ("Set-Cookie: session=abc; Path=/", f"Set-Cookie: {MASK}"),
        ('{"access_token": "abc", "a": 1}', f'{{"access_token": "{MASK}", "a": 1}}'),
        ("?imp_secret=abc&x=1", f"?imp_secret={MASK}&x=1"),
        ("postgresql://shop:pass@db:5432/shop", f"postgresql://shop:{MASK}@db:5432/shop"),
        ('Call log:\n  - fill("987")\n  - attempting', f'Call log:\n  - fill("{MASK}")\n  - attempting'),
        ('  - type("9\\"7") and', f'  - type("{MASK}") and'),
    ],
)
def test_what_looks_like_a_secret_is_masked_in_any_text(text: str, left: str) -> None:
    assert Redaction().text(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "https://shop.example:8080/orders?x=a@b.example",
        '<input type="password" name="pin">',
        "Expected the amount 10.50 USD; the merchant says that a cookie banner is shown.",
        "grace@example.com paid; basic things work",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert Redaction().text(text) == text


def test_headers_as_browsers_list_them_are_masked_by_their_name() -> None:
    headers = [{"name": "Cookie", "value": "a=b"}, {"name": "Accept", "value": "*/*"}]
    assert Redaction()(headers) == [{"name": "Cookie", "value": MASK}, {"name": "Accept", "value": "*/*"}]


def test_a_name_that_is_a_secret_is_masked_too() -> None:
    assert Redaction("s3cret-key")({"s3cret-key": 1}) == {MASK: 1}


def test_what_the_environment_calls_a_secret_is_one() -> None:
    redact = Redaction()
    redact.learn_environment(
        {"GITHUB_TOKEN": "ghp_abcdefgh", "DB": "mysql://u:p%40ssw0rd@h/n", "HOME": "/home/somebody", "API_KEY": "short"}
    )
    assert redact.text("ghp_abcdefgh p%40ssw0rd /home/somebody short") == f"{MASK} {MASK} /home/somebody short"


def test_passwords_of_addresses_are_known() -> None:
    assert list(passwords_in("postgresql://u:secret@h/n")) == ["secret"]
    assert list(passwords_in("http://[bad")) == []
    assert list(passwords_in("https://shop.example/a:b@c")) == []


@pytest.mark.parametrize(
    ("address", "tokens"),
    [
        ("https://shop.example/webhooks/portone", []),
        ("https://shop.example/release-candidate-of-today?stage=test", []),
        ("https://shop.example/hooks/T0ken-of-the-hook-x/portone", ["T0ken-of-the-hook-x"]),
        ("https://shop.example/hook?token=0123456789abcdef&a=1", ["0123456789abcdef"]),
        ("https://tunnel:s3cret@shop.example/hook", ["s3cret"]),
        ("https://s3cret@shop.example/hook", ["s3cret"]),
        ("https://shop.example/0123456789abcdef;v=0123456789abcde", ["0123456789abcdef"]),
        ("https://shop.example/0123456789012345/abcdefghijklmnop", []),
        ("https://[bad", []),
    ],
)
def test_what_lets_whoever_knows_the_address_in_is_a_secret(address: str, tokens: list[str]) -> None:
    assert list(tokens_in(address)) == tokens


class Inner(BaseModel):
    """Settings with a secret in them."""

    key: SecretStr
    name: str = "x"


class Outer(BaseModel):
    """Settings with more of them."""

    one: Inner
    several: list[Inner]
    by_name: dict[str, Inner]


def test_every_secret_of_the_settings_is_known() -> None:
    inner = [Inner(key=SecretStr(f"key-{n}")) for n in range(3)]
    settings = Outer(one=inner[0], several=[inner[1]], by_name={"a": inner[2]})
    assert sorted(secrets_in(settings)) == ["key-0", "key-1", "key-2"]


@pytest.mark.parametrize("option", ["--tracing", "--screenshot"])
def test_what_nobody_would_redact_is_refused(option: str) -> None:
    ended = forks.run("pytest", "--collect-only", "-q", option, "on")
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"{option}: the reports keep a redacted one" in ended.stderr


PAGE = """<title>Pay</title><body style="margin:0;background:#fff;font:40px sans-serif">
<input id=card autocomplete="cc-number" style="position:absolute;left:0;top:0;width:400px;height:60px">
<input id=cvv name="card_cvv" style="position:absolute;left:0;top:100px;width:400px;height:60px">
<input id=secret type=password style="position:absolute;left:0;top:200px;width:400px;height:60px">
<p id=told style="position:absolute;left:0;top:300px;margin:0">s3cret-of-the-shop</p>
<p id=plain style="position:absolute;left:0;top:400px;margin:0">An order</p>
<p style="position:absolute;left:0;top:450px;margin:0">s3cret &amp; &lt;more&gt; "of it"</p>
<input value='s3cret &amp; &lt;more&gt; "of it"' style="position:absolute;left:0;top:500px;width:400px;height:60px">
<iframe srcdoc="A window" style="position:absolute;left:0;top:600px;width:400px;height:60px"></iframe>"""
ESCAPED = 's3cret & <more> "of it"'
WIDGET = "https://api.paymentwall.com/api/ps"
COLOUR = """([data, x, y]) => new Promise(done => { const image = new Image(); image.onload = () => {
  const canvas = document.createElement('canvas'); canvas.width = image.width; canvas.height = image.height;
  const pen = canvas.getContext('2d'); pen.drawImage(image, 0, 0);
  done([...pen.getImageData(x, y, 1, 1).data].slice(0, 3));
}; image.src = data; })"""


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    # The sandbox serves against hostile pages; this one is ours, and as root Chromium has none.
    browser = playwright.chromium.launch(executable_path=str(find_browser().executable), args=["--no-sandbox"])
    yield browser
    browser.close()


def test_a_picture_hides_card_and_key_fields_and_secrets_in_the_text(chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 500, "height": 700})
    page.set_content(PAGE)
    page.fill("#card", CARD)
    redact = Redaction("s3cret-of-the-shop", ESCAPED)

    def hidden(taken: bytes, y: int) -> bool:
        red, green, blue = page.evaluate(COLOUR, [f"data:image/jpeg;base64,{encoded(taken)}", 200, y])
        return bool(red > 200 and green < 60 and blue > 200)

    taken = picture(page, redact)
    assert [hidden(taken, y) for y in (30, 130, 230, 325, 475, 530)] == [True] * 6
    assert not hidden(taken, 425)
    assert not hidden(taken, 630)
    assert hidden(picture(page, redact, whole=False), 630), "where cards are real, every frame"
    page.close()


def test_no_picture_is_kept_where_a_card_form_opened_while_it_was_taken(
    chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = chromium.new_page()
    page.route("**/*", lambda route: route.fulfill(body="A form", content_type="text/html"))
    evidence = Evidence(nodeid="a.py::test_it")
    config = SimpleNamespace(option=SimpleNamespace(xmlpath=str(tmp_path / "junit.xml")))
    parts = {"timeline": Timeline(Redaction()), "target": SimpleNamespace(real=True)}
    node = SimpleNamespace(stash={PAGES: [page]})
    request = SimpleNamespace(getfixturevalue=parts.__getitem__, config=config, node=node)

    def opens(*_: object, **__: object) -> bytes:
        page.goto(WIDGET)
        return b"a picture"

    def kept() -> list[object]:
        return list(pictures.taken(cast(pytest.FixtureRequest, request), evidence))

    page.goto("https://shop.example/")
    assert kept()
    assert len(evidence.pictures) == 1
    page.goto("https://shop.example/")
    monkeypatch.setattr(pictures, "picture", opens)
    assert kept() == []
    assert len(evidence.pictures) == 1
    page.close()


def test_a_trace_is_kept_without_secrets_and_without_pictures(chromium: Browser, tmp_path: Path) -> None:
    context = chromium.new_context()
    context.tracing.start(snapshots=True, screenshots=True)
    page = context.new_page()
    page.set_content(PAGE)
    page.fill("#card", CARD)
    redact = Redaction("s3cret-of-the-shop")
    raw = tmp_path / "raw.zip"
    context.tracing.stop(path=raw)
    context.close()
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "trace.zip").write_bytes(redacted_archive(raw.read_bytes(), redact))
    assert found("s3cret-of-the-shop", tmp_path, ""), "it is in the raw trace"
    assert found(CARD, tmp_path, "")
    assert found("s3cret-of-the-shop", tmp_path / "kept", "") == []
    assert found(CARD, tmp_path / "kept", "") == []
    with zipfile.ZipFile(io.BytesIO((tmp_path / "kept" / "trace.zip").read_bytes())) as archive:
        names = archive.namelist()
        lines = archive.read("trace.trace").decode().splitlines()
    assert not [name for name in names if name.endswith((".jpeg", ".png"))]
    assert all(json.loads(line) for line in lines), "it is a trace still"
