"""The ledger keeps what it was told, whatever becomes of its file, its disk, its clock, or who else wants it."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from unittest.mock import Mock

import pytest

from conformance.real.ledger import Ledger, LedgerError

ACCOUNT = "imp1 (http://127.0.0.1)"
SRC = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def begun(ledger: Ledger, merchant_uid: str = "A-1", method: str = "cc") -> None:
    """An attempt of 5 USD."""
    ledger.begin_attempt(merchant_uid, Decimal(5), "USD", method, "A scenario", ACCOUNT, "A")


def charged(ledger: Ledger, merchant_uid: str = "A-1", imp_uid: str = "imp_1") -> None:
    """An attempt of 5 USD that was paid."""
    begun(ledger, merchant_uid)
    ledger.charged(ACCOUNT, merchant_uid, imp_uid, Decimal(5), "USD", 1_790_000_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger is."""
    return tmp_path / "charges.sqlite"


@pytest.fixture
def kept(path: Path) -> Path:
    """A ledger with one charge and one attempt, closed."""
    ledger = Ledger(path)
    ledger.run = "run-1"
    charged(ledger)
    begun(ledger, "A-2")
    ledger.close()
    return path


def what(path: Path) -> tuple[list[str], list[str]]:
    """The charges and the open attempts in a ledger, and what was told when it was opened."""
    ledger = Ledger(path)
    try:
        books = ledger.books()
        charges = [charge.imp_uid for charge in ledger.outstanding()]
        return charges, [attempt.merchant_uid for attempt in books.open_attempts(ACCOUNT)]
    finally:
        ledger.close()


KEPT = (["imp_1"], ["A-2"])


def test_what_it_was_told_is_there_in_the_next_process(kept: Path) -> None:
    assert what(kept) == KEPT


def test_what_came_back_is_outstanding_no_more(kept: Path) -> None:
    ledger = Ledger(kept)
    ledger.came_back(ACCOUNT, "imp_1", Decimal(2))
    assert [one.amount - one.returned for one in ledger.outstanding()] == [Decimal(3)]
    ledger.came_back(ACCOUNT, "imp_1", Decimal(5))
    assert ledger.outstanding() == []
    ledger.close()


def test_a_payment_by_the_test_method_is_no_charge(path: Path) -> None:
    ledger = Ledger(path)
    begun(ledger, method="test")
    ledger.charged(ACCOUNT, "A-1", "imp_1", Decimal(5), "USD", 1)
    assert (ledger.outstanding(), len(ledger.books().charges)) == ([], 1)
    ledger.close()


def test_a_card_that_was_typed_where_none_was_to_be_is_a_charge(path: Path) -> None:
    ledger = Ledger(path)
    begun(ledger, "A-1", method="test")
    begun(ledger, "A-2", method="test")
    ledger.charged(ACCOUNT, "A-1", "imp_1", Decimal(5), "USD", 1, "card", "b1493096790")
    ledger.charged(ACCOUNT, "A-2", "imp_2", Decimal(5), "USD", 1, "card", "t1493096790")
    ledger.close()
    assert what(path)[0] == ["imp_1"]


def test_only_what_was_not_refused_counts_as_asked_for(kept: Path) -> None:
    ledger = Ledger(kept)
    key = (ACCOUNT, "imp_1")
    ledger.asking_back(*key, Decimal(2), "merchant")
    assert ledger.books().charges[key].unclear is not None
    ledger.asked_back(*key, "taken", "")
    assert (ledger.books().charges[key].left, ledger.books().charges[key].unclear) == (Decimal(3), None)
    ledger.asking_back(*key, Decimal(3), "api")
    ledger.asked_back(*key, "refused", "no")
    assert ledger.books().charges[key].left == Decimal(3)
    ledger.close()


def test_a_changed_setting_is_known_until_it_is_put_back(path: Path) -> None:
    ledger = Ledger(path)
    ledger.setting_changed("webhook endpoint", "https://shop.example/a", "https://tunnel.example/b")
    assert [one.before for one in ledger.books().settings.values()] == ["https://shop.example/a"]
    ledger.setting_restored("webhook endpoint", "attested by Ada")
    [setting] = ledger.books().settings.values()
    assert (setting.restored, setting.when) == ("attested by Ada", ledger.entries[-1].at)
    ledger.close()


def test_two_runs_that_changed_a_setting_have_it_put_back_together(path: Path) -> None:
    ledger = Ledger(path)
    for run in ("run-1", "run-2"):
        ledger.begin_run(run, ACCOUNT, "", {})
        ledger.setting_changed("webhook endpoint", "https://shop.example/a", "https://tunnel.example/b")
    assert [one.run for one in ledger.books().not_restored().values()] == ["run-2"]
    ledger.setting_restored("webhook endpoint", "attested by Ada")
    assert [(one.run, one.restored) for one in ledger.books().settings.values()] == [
        ("run-1", "attested by Ada"),
        ("run-2", "attested by Ada"),
    ]
    ledger.close()


def test_it_is_for_its_owner_only(kept: Path) -> None:
    assert [oct(file.stat().st_mode & 0o777) for file in (kept, Path(f"{kept}.copy"))] == ["0o600", "0o600"]


def test_two_runs_at_once_are_told_so(kept: Path) -> None:
    first = Ledger(kept)
    with pytest.raises(LedgerError, match="in use by another run; wait for it to end"):
        Ledger(kept)
    begun(first, "A-3")
    first.close()
    assert what(kept) == (["imp_1"], ["A-2", "A-3"])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (sqlite3.SQLITE_BUSY, "is in use by another run"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "is in use by another run"),
        (sqlite3.SQLITE_LOCKED, "is in use by another run"),
        (sqlite3.SQLITE_CANTOPEN, "cannot be used"),
        (None, "cannot be used"),
    ],
)
def test_what_sqlite_means_is_read_by_its_code(
    kept: Path, code: int | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = sqlite3.OperationalError("words of another version, nothing is locked")
    if code is not None:
        error.sqlite_errorcode = code
    monkeypatch.setattr(sqlite3, "connect", Mock(side_effect=error))
    with pytest.raises(LedgerError, match=said):
        Ledger(kept)


def test_a_process_that_was_killed_leaves_it_free(kept: Path) -> None:
    told = (
        "import os, signal, sys; from pathlib import Path; from conformance.real.ledger import Ledger;"
        "ledger = Ledger(Path(sys.argv[1])); ledger.setting_changed('a', 'b', 'c');"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", told, str(kept)], cwd=SRC, check=False, capture_output=True, text=True
    )
    assert ended.returncode != 0, ended.stderr
    ledger = Ledger(kept)
    assert list(ledger.books().not_restored()) == ["a"]
    ledger.close()


def _overwritten(path: Path) -> None:
    path.write_bytes(b"no database at all, and longer than its header would be" * 40)


def _torn(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _one_letter_changed(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE entry SET line = replace(line, '\"5\"', '\"1\"') WHERE number = 2")
    connection.commit()
    connection.close()


def _pages_zeroed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [_overwritten, _torn, _one_letter_changed, _pages_zeroed])
def test_a_damaged_file_is_set_aside_and_made_anew_from_the_copy(kept: Path, damage: Callable[[Path], None]) -> None:
    damage(kept)
    damaged = kept.read_bytes()
    ledger = Ledger(kept)
    told, entries = " ".join(ledger.told), len(ledger.entries)
    ledger.close()
    assert re.search(r"is damaged \(.+\): it is kept as charges\.sqlite\.damaged-1, and was restored", told)
    assert kept.with_name("charges.sqlite.damaged-1").read_bytes() == damaged
    assert entries == 3
    assert what(kept) == KEPT


def test_a_damaged_file_without_a_copy_is_left_as_it_is(kept: Path) -> None:
    Path(f"{kept}.copy").unlink()
    _overwritten(kept)
    damaged = kept.read_bytes()
    with pytest.raises(LedgerError, match=r"is damaged .* no copy .* look in PortOne's console") as told:
        Ledger(kept)
    assert "\n" not in str(told.value)
    assert kept.read_bytes() == damaged


@pytest.mark.parametrize("lost", ["", ".copy"])
def test_one_of_the_two_files_is_enough(kept: Path, lost: str) -> None:
    Path(f"{kept}{lost}").unlink()
    assert what(kept) == KEPT
    assert what(kept) == KEPT
    assert Path(f"{kept}.copy").read_text("utf-8").count("\n") == 3


def test_a_torn_last_line_of_the_copy_is_mended(kept: Path) -> None:
    copy = Path(f"{kept}.copy")
    whole = copy.read_bytes()
    copy.write_bytes(whole[:-20])
    assert what(kept) == KEPT
    assert copy.read_bytes() == whole


def test_an_older_file_is_completed_from_the_copy(kept: Path) -> None:
    older = kept.read_bytes()
    ledger = Ledger(kept)
    charged(ledger, "A-3", "imp_3")
    ledger.close()
    kept.write_bytes(older)
    ledger = Ledger(kept)
    assert (len(ledger.outstanding()), ledger.told) == (
        2,
        [f"{kept} lacked the last 2 lines: they were taken from its copy"],
    )
    ledger.close()


def test_the_copy_of_another_ledger_is_not_mixed_in(kept: Path, tmp_path: Path) -> None:
    other = Ledger(tmp_path / "other.sqlite")
    for number in range(9):
        begun(other, f"B-{number}")
    other.close()
    Path(f"{kept}.copy").write_bytes((tmp_path / "other.sqlite.copy").read_bytes())
    assert what(kept) == KEPT
    assert "B-1" not in Path(f"{kept}.copy").read_text("utf-8")


def test_a_full_disk_is_told_and_nothing_that_stands_is_lost(kept: Path) -> None:
    ledger = Ledger(kept)
    pages = ledger._connection.execute("PRAGMA page_count").fetchone()[0]
    ledger._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerError, match=r"cannot be written \(database or disk is full\)"):
        ledger.setting_changed("x", "y" * 9000, "z")
    ledger.close()
    assert what(kept) == KEPT


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_for_the_copy_is_told_as_well(kept: Path) -> None:
    ledger = Ledger(kept)
    copy = Path(f"{kept}.copy")
    copy.unlink()
    copy.symlink_to("/dev/full")
    with pytest.raises(LedgerError, match=r"cannot be written \(No space left on device\)"):
        begun(ledger, "A-3")
    copy.unlink()
    begun(ledger, "A-4")
    ledger.close()
    kept.unlink()
    assert what(kept) == (["imp_1"], ["A-2", "A-3", "A-4"])


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="an administrator may write everything")
def test_a_file_that_cannot_be_written_is_told(kept: Path) -> None:
    kept.chmod(0o400)
    with pytest.raises(LedgerError, match="must be able to read and write it"):
        Ledger(kept)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"the folder .*/nowhere does not exist; make it"):
        Ledger(tmp_path / "nowhere" / "charges.sqlite")


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"charges\.ledger: .* cannot be used"):
        Ledger(tmp_path)


def test_somebody_elses_database_is_not_touched(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE orders (number INTEGER)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="is not a ledger of this suite; name another file"):
        Ledger(path)
    assert path.read_bytes() == before


def test_a_ledger_of_a_newer_version_is_not_touched(kept: Path) -> None:
    connection = sqlite3.connect(kept)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    with pytest.raises(LedgerError, match="newer version of this suite"):
        Ledger(kept)


@pytest.mark.parametrize("step", [timedelta(days=-400), timedelta(days=400)], ids=["back", "forward"])
def test_a_clock_that_is_set_loses_nothing(path: Path, step: timedelta) -> None:
    times = iter([NOON, NOON, NOON + step, NOON + step, NOON + step])
    ledger = Ledger(path, lambda: next(times))
    charged(ledger)
    charged(ledger, "A-2", "imp_2")
    ledger.came_back(ACCOUNT, "imp_1", Decimal(5))
    ledger.close()
    assert what(path) == (["imp_2"], [])
