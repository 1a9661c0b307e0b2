"""What a scenario has made before it was put aside is not made again, and what waits is kept whole or not at all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from conformance.acts.purchases import Purchase
from conformance.merchant.protocol import Order
from conformance.real import resuming
from conformance.record.redaction import Redaction
from conformance.settings.conformance_toml import read_settings
from conformance.target.memory import Memory
from conformance.target.waits import Record, Wait, Waiting, Waits, WaitsError, fingerprint, new_run, read_waits
from conformance.verdict.endings import NotObservable

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECRET = "the-secret-of-the-account"


@dataclass
class Shop:
    """Makes orders, and counts them."""

    made: int = 0

    def order(self) -> Purchase:
        self.made += 1
        return Purchase(Order(f"A{self.made}", f"A{self.made}-1", Decimal("10.50"), "USD", f"{SECRET}@example.com"))


def memory() -> Memory:
    begun = Memory(Redaction(SECRET))
    begun.begin("features/x.py::test_it", "It", ("CANCEL-03",))
    return begun


def again(before: Memory) -> Memory:
    """The same scenario in a later process, from what is on disk."""
    record = Record(
        run="r", target="t", stage="test", started=NOW, fingerprint="f", reports=Path("reports"), kept=before.kept
    )
    return_of = Record.model_validate_json(record.model_dump_json())
    later = Memory(Redaction(SECRET), kept=return_of.kept)
    later.begin("features/x.py::test_it", "It", ("CANCEL-03",))
    return later


def test_what_was_made_is_made_once_and_comes_back_as_it_was() -> None:
    shop, first = Shop(), memory()
    made = [first.keep("placed", Purchase, shop.order) for _ in range(2)]
    later = again(first)
    assert [later.keep("placed", Purchase, shop.order).order.reference for _ in range(2)] == ["A1", "A2"]
    assert [one.order for one in made] == [shop_order(1), shop_order(2)]
    assert shop.made == 2
    assert later.keep("placed", Purchase, shop.order).order == shop_order(3)


def shop_order(number: int) -> Order:
    return Order(f"A{number}", f"A{number}-1", Decimal("10.50"), "USD", f"{SECRET}@example.com")


def test_what_was_put_aside_halfway_goes_on_halfway() -> None:
    shop, first = Shop(), memory()

    def waits() -> Purchase:
        first.keep("placed", Purchase, shop.order)
        raise Waiting(Wait(nodeid="x", scenario="It", requirements=(), since=NOW))

    with pytest.raises(Waiting):
        first.keep("waiting", Purchase, waits)
    later = again(first)
    whole = later.keep("waiting", Purchase, lambda: later.keep("placed", Purchase, shop.order))
    assert (whole.order.reference, shop.made) == ("A1", 1)
    last = again(later)
    assert last.keep("waiting", Purchase, shop.order).order.reference == "A1"
    assert shop.made == 1


def test_no_secret_gets_into_it() -> None:
    shop, first = Shop(), memory()
    first.keep("placed", Purchase, shop.order)
    assert SECRET not in str(first.kept)
    assert first.kept


def test_a_given_that_waits_is_remembered_for_all_scenarios_and_forgotten_when_it_ended() -> None:
    shop, run = Shop(), memory()

    def shown(*, comes: bool) -> None:
        with run.within("once: it"):
            run.keep("placed", Purchase, shop.order)
            if not comes:
                raise Waiting(Wait(nodeid="x", scenario="It", requirements=(), since=NOW))

    with pytest.raises(Waiting):
        shown(comes=False)
    run.begin("features/x.py::test_other", "Other", ())
    with pytest.raises(Waiting):
        shown(comes=False)
    assert shop.made == 1
    shown(comes=True)
    assert "once: it" not in run.kept
    assert shop.made == 1


def test_time_passes_by_itself_and_as_fast_as_the_stand_ins() -> None:
    slow = memory()
    with pytest.raises(Waiting) as caught:
        slow.let_pass(timedelta(days=2))
    until = caught.value.wait.until
    assert until is not None
    assert timedelta(days=1.9) < until - datetime.now(UTC) < timedelta(days=2)
    assert str(caught.value).startswith("waiting since ")
    fast = memory()
    fast.speed = 1e6
    with pytest.raises(Waiting):
        fast.let_pass(timedelta(days=20_000))
    fast.begin("features/x.py::test_it", "It", ())
    fast.speed = 1e15
    fast.let_pass(timedelta(days=20_000))


def test_what_is_never_answered_is_not_waited_for() -> None:
    never = memory()
    never.never_answered = True
    with pytest.raises(NotObservable, match="with a test project key Paymentwall opens none"):
        never.wait(NOW, order="A1", imp_uid="imp_1")


def waits_in(folder: Path, **changed: str) -> Waits:
    facts = {"run": "r1", "target": "sandbox", "stage": "test", "fingerprint": "f", **changed}
    record = Record(started=NOW, reports=folder / "reports", **facts)  # type: ignore[arg-type]
    record.waits["x"] = Wait(nodeid="x", scenario="It", requirements=("CANCEL-03",), since=NOW, imp_uid="imp_1")
    return Waits(folder / "waits" / facts["run"], record)


def test_what_waits_is_kept_as_long_as_something_does(tmp_path: Path) -> None:
    waits = waits_in(tmp_path)
    waits.settle()
    assert read_waits(waits.folder).record == waits.record
    waits.record.waits.clear()
    waits.settle()
    with pytest.raises(WaitsError, match="No such file"):
        read_waits(waits.folder)


def test_what_cannot_be_kept_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "waits").write_text("a file where the folder should be")
    with pytest.raises(WaitsError) as caught:
        waits_in(tmp_path).save()
    assert str(caught.value).endswith("so this run cannot be resumed")
    assert "\n" not in str(caught.value)


def test_a_run_is_named_by_when_it_began() -> None:
    assert new_run(NOW).startswith("20260102-030405-")
    assert new_run(NOW) != new_run(NOW)


def settings_file(folder: Path, text: str = "") -> Path:
    path = folder / "conformance.toml"
    path.write_text(text)
    return path


def test_a_run_that_cannot_go_on_is_one_clear_line(tmp_path: Path) -> None:
    config = str(settings_file(tmp_path))

    def refused(run: str | None = None, config: str = config) -> str:
        with pytest.raises(resuming.CannotResume) as caught:
            resuming.resume(run, config, tmp_path)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert refused().startswith(f"Nothing waits: there is no run in {tmp_path}")
    waits = waits_in(tmp_path)
    waits.save()
    assert refused("r2") == "Nothing waits of run r2; runs that wait: r1"
    assert refused().startswith("Run r1 was made with another account or merchant than ")
    file = waits.folder / "waits.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "version": 2}))
    assert refused().startswith(f"{file} is damaged, or was written by another version of this suite (1 faults)")
    file.write_text("{")
    assert refused().startswith(f"{file} is damaged")
    assert "No such file" in refused(config=str(tmp_path / "other.toml"))


def test_a_run_is_about_its_account_and_merchant_not_about_how_long_it_waits(tmp_path: Path) -> None:
    def of(text: str, target: str = "sandbox") -> str:
        return fingerprint(read_settings(settings_file(tmp_path, text)), target, "test")

    same = of("")
    assert of("[waits]\nwait_seconds = 1\n[receiver]\npublic_url = 'https://another.tunnel'\n") == same
    assert of("", "golive") != same
    assert of("[emulator]\nimp_code = 'imp00000000'\n") != same
