"""No card, key, password or token leaves a run: canaries on each target that others have a part in.

A few requirements are run, chosen for the places where a secret can enter; `make proof` runs them all.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.depth import WHOLE
from tests.fixtures.deployed import Deployment, Ended, bounded_by
from tests.fixtures.leaking import contents, found
from tests.real.leaky_front import front
from tests.real.standing_in import CONSENT, SECRETS, StandIn

NUMBER, EXPIRY, CVV = "4242 4242 4242 4242", "11/34", "9173"
CANARIES = {
    "STAND_IN_KEY": "cnry-key/+&<é>-7f3a",
    "STAND_IN_SECRET": "cnry-secret/+&<é>-7f3a",
    "CARD_HOLDER": "Cnry Holder-7f3a",
    "OPERATOR_PASSWORD": "cnry-operator/+&<é>-7f3a",
    "PACKER_PASSWORD": "cnry-packer-7f3a",
    "SOME_API_TOKEN": "cnry-environment-7f3a",
    "SHOP_DATABASE_URL": "postgresql://shop:cnry-database-7f3a@db.example/shop",
}
"""As the environment of a run holds them; whatever of it is the secret begins with cnry."""
COOKIE = "cnry-cookie-7f3a"
TUNNEL, HOOK = "cnry-tunnel-7f3a9c51", "cnry-hook-7f3a9c51"
ATTESTED = "cnry-attested-7f3a"
NO_PLACE_FOR_A_CVV = '[buyer.widget]\ncvv = { label = "Country" }'
"""It is typed into something else, which Playwright tells, and no card is charged."""
CARD = {"CARD_NUMBER": NUMBER, "CARD_EXPIRY": EXPIRY, "CARD_CVV": CVV}
OF_OTHERS = re.compile(r"^(account\.toml|conformance\.toml|console\.txt|stand-in\.log|shop\.)")
"""What the test itself, the stand-in and the shop write; everything else is the run's."""


def leaks(folder: Path, ended: Ended, *more: str) -> list[str]:
    """Every place in the run's files and lines that holds a canary, the card's number, its expiry or its CVV."""
    secrets = {re.sub(r"^.*:(?=cnry)|@.*$", "", value) for value in CANARIES.values()} | {COOKIE, *more}
    secrets |= {NUMBER, NUMBER.replace(" ", ""), NUMBER.replace(" ", "-")}
    # Three or four digits stand in many a number: where they are a whole text or value they are the card's.
    secrets |= {form for short in (CVV, EXPIRY) for form in (f'"{short}"', f"'{short}'", f">{short}<", f"={short}&")}
    secrets.add(html.escape(f'"{CVV}"'))
    places = [place for secret in sorted(secrets) for place in found(secret, folder, ended.output)]
    return [place for place in places if not OF_OTHERS.match(place)]


def page_of(portone_secret: str) -> str:
    """What a careless shop writes into its pages: PortOne's secret escaped only, as what a browser shows is."""
    told = (CANARIES["OPERATOR_PASSWORD"], CANARIES["SHOP_DATABASE_URL"], NUMBER)
    return f"<p>{html.escape(portone_secret)}</p>" + "".join(f"<p>{html.escape(text)}</p>{text}" for text in told)


@contextmanager
def shop_behind(deployment: Deployment, port: int, tunnels: Mapping[str, str], **shop: str) -> Iterator[None]:
    """The shop, with the canaries as its passwords, behind the front."""
    passwords = {name.lower(): CANARIES[name] for name in ("OPERATOR_PASSWORD", "PACKER_PASSWORD")}
    page = page_of(shop["imp_secret"])
    with deployment.shop(**passwords, **shop), front(port, tunnels, deployment.url, COOKIE, page):
        yield


def names(folder: Path) -> set[str]:
    return {name for name, _ in contents(folder)}


@pytest.mark.deeper
def test_none_leaves_a_run_at_the_test_account(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path, secrets={**SECRETS, **CANARIES, **CARD})
    tunnel = f"http://127.0.0.1:{stand_in.ports[3]}/{TUNNEL}"
    receiver = f"http://127.0.0.1:{stand_in.ports[2]}"
    more = CONSENT + "\n[waits]\nwait_seconds = 0\n"
    public = ("[receiver]", f'[receiver]\npublic_url = "{tunnel}"')
    brief = ("[buyer]", "[buyer]\nlimit_seconds = 20")
    with (
        stand_in.running(f"{tunnel}/portone/webhook"),
        front(stand_in.ports[3], {f"/{TUNNEL}": receiver}, receiver, COOKIE, ""),
    ):
        ended = stand_in.run(stand_in.configure("sandbox", more, public, brief), *bounded_by("CANCEL-09"))
        token = stand_in.token()
    assert "waiting for Paymentwall since" in ended.output, ended.output
    kept = names(tmp_path)
    assert {"charges.sqlite", "charges.sqlite.copy"} <= kept, "a card was charged"
    assert [name for name in kept if name.startswith("waits/")]
    assert leaks(tmp_path, ended, TUNNEL, token) == []


@pytest.mark.deeper
def test_none_leaves_a_run_at_a_deployment_that_lets_them_out(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path, secrets={**SECRETS, **CANARIES, **CARD})
    outside = f"http://127.0.0.1:{stand_in.ports[3]}"
    tunnels = {f"/{TUNNEL}": f"http://127.0.0.1:{stand_in.ports[2]}", f"/{HOOK}": stand_in.deployment.url}
    golive = f'\n[golive]\ntake_endpoint = true\nformer_endpoint = "{outside}/{HOOK}/webhooks/portone"\n'
    config = stand_in.configure(
        "golive",
        CONSENT + golive,
        ("[receiver]", f'[receiver]\npublic_url = "{outside}/{TUNNEL}"'),
        (f'base_url = "{stand_in.deployment.url}"', f'base_url = "{outside}"'),
        ("[buyer]", "[buyer]\nlimit_seconds = 20"),
        ("[buyer.card]", "[buyer.card]" if WHOLE else f"{NO_PLACE_FOR_A_CVV}\n\n[buyer.card]"),
    )
    (tmp_path / "console.txt").write_text(ATTESTED, "utf-8")
    (tmp_path / "attestations.toml").write_text(
        '[[attestation]]\nrequirement = "SETUP-08"\nwho = "Ada"\nwhen = 2026-01-01\nexpires = 2099-01-01\n'
        'evidence = "console.txt"\n',
        "utf-8",
    )
    ids = bounded_by("CHECKOUT-06", "CHECKOUT-17", "SETUP-08", "CANCEL-02")
    with (
        stand_in.running(f"{outside}/{TUNNEL}/portone/webhook"),
        shop_behind(stand_in.deployment, stand_in.ports[3], tunnels, **stand_in.account),
    ):
        ended = stand_in.run(config, *ids, "-rA")
        token = stand_in.token()
    assert ended.verdicts["CHECKOUT-17"] == "FAIL", ended.output
    assert ended.verdicts["SETUP-08"] == "PASS"
    assert WHOLE or "Element is not an <input>" in ended.output, "what was typed for a CVV was refused"
    kept = names(tmp_path)
    assert "reports/conformance.html" in kept
    assert not [name for name in kept if name.endswith((".zip", ".webm"))]
    # Where the webhooks went before is written down, for whoever must put it back, in the ledger and nowhere else.
    hooks = found(HOOK, tmp_path, ended.output)
    assert {place.partition(": ")[0] for place in hooks if not OF_OTHERS.match(place)} <= {
        "charges.sqlite",
        "charges.sqlite.copy",
    }
    assert leaks(tmp_path, ended, ATTESTED, token) == []


@pytest.mark.deeper
def test_none_leaves_a_run_of_a_deployment_on_the_emulator(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    config = deployment.configure()
    outside = f"http://127.0.0.1:{Deployment(tmp_path).ports[0]}"
    text = config.read_text("utf-8").replace(f'base_url = "{deployment.url}"', f'base_url = "{outside}"')
    secret = CANARIES["STAND_IN_SECRET"]
    text = text.replace("[emulator]", '[emulator]\nimp_secret = { env = "STAND_IN_SECRET" }')
    config.write_text(text, "utf-8")
    with shop_behind(deployment, int(outside.rpartition(":")[2]), {}, imp_secret=secret):
        chosen = [*bounded_by("CHECKOUT-17", "CANCEL-02"), "--traces=full", "-rA"]
        ended = deployment.run(f"--config={config}", *chosen, environ={**CANARIES, **CARD})
    verdicts = ended.verdicts
    assert {id: verdicts[id] for id in ("CHECKOUT-17", "CANCEL-02")} == {"CHECKOUT-17": "FAIL", "CANCEL-02": "PASS"}
    kept = names(tmp_path)
    for ending in (".jpg", "trace.zip"):
        assert [name for name in kept if name.endswith(ending)]
    assert leaks(tmp_path, ended) == []
