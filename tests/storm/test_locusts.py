"""Locust's own troubles are not the merchant's: where it ends too early, or leaves orders out, nothing is judged."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from conformance.storm import locusts
from conformance.storm.happenings import Doing, Happening
from conformance.storm.locusts import LocustFailed, loaded
from conformance.storm.plan import LoadPlan, Shape
from tests.forks import ROOT

PLAN = LoadPlan(
    target="embedded", rate=2, number=2, users=2, seconds=1, emulator="http://127.0.0.1:9", token=None, imp_code="imp1",
    channel_key="key", webhook="http://127.0.0.1:9/",
)  # fmt: skip


def line(act: Doing, number: int, said: str = "") -> str:
    return Happening(act=act, number=number, said=said).model_dump_json()


@pytest.fixture
def instead(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A program in Locust's place; what it runs is appended."""
    program = ["import os, pathlib"]
    monkeypatch.setattr(locusts, "_command", lambda *_: [sys.executable, "-c", "\n".join(program)])
    return program


def tell(*lines: str) -> str:
    return f"pathlib.Path(os.environ['{locusts.TOLD}']).write_text({''.join(f'{one}{chr(10)}' for one in lines)!r})"


def test_all_orders_that_were_tried_are_what_happened(instead: list[str], tmp_path: Path) -> None:
    instead.append(tell(line(Doing.PLACE, 0), line(Doing.PLACE, 1), line(Doing.DONE, 0)))
    happened = loaded(PLAN, Shape(), tmp_path, None, lambda _: None)
    assert [one.act for one in happened] == [Doing.PLACE, Doing.PLACE, Doing.DONE]


def test_one_that_ends_before_its_work_is_an_error_with_its_last_word(instead: list[str], tmp_path: Path) -> None:
    instead.append("print('no module'); raise SystemExit(3)")
    with pytest.raises(LocustFailed, match=r"^Locust ended with 3: no module$"):
        loaded(PLAN, Shape(), tmp_path, None, lambda _: None)


def test_orders_that_were_left_out_are_an_error_and_not_lost(instead: list[str], tmp_path: Path) -> None:
    instead.append(tell(line(Doing.PLACE, 0), line(Doing.DONE, 0)) + "; print('a bug of a driver')")
    told = r"^1 of 2 orders were never tried\. Locust ended with 0: a bug of a driver$"
    with pytest.raises(LocustFailed, match=told):
        loaded(PLAN, Shape(), tmp_path, None, lambda _: None)


def test_where_nothing_could_be_bought_any_more_the_rest_need_not_be_tried(instead: list[str], tmp_path: Path) -> None:
    instead.append(tell(line(Doing.PLACE, 0, "HTTP 503"), line(Doing.DONE, 0)))
    assert len(loaded(PLAN, Shape(), tmp_path, None, lambda _: None)) == 2


def test_the_plan_is_nobody_elses_to_read(instead: list[str], tmp_path: Path) -> None:
    instead.append(tell(line(Doing.PLACE, 0), line(Doing.PLACE, 1), line(Doing.DONE, 0)))
    loaded(PLAN, Shape(), tmp_path, None, lambda _: None)
    if sys.platform != "win32":
        assert (tmp_path / "plan.json").stat().st_mode & 0o077 == 0
    assert LoadPlan.model_validate_json((tmp_path / "plan.json").read_bytes()) == PLAN


def test_nothing_but_locusts_own_file_imports_locust_and_nobody_imports_that() -> None:
    """It patches the sockets of its process: neither a run nor a test may come by it."""
    found = {}
    for folder in ("conformance", "fixtures", "steps", "emulator", "shop", "benchmarks", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [f"{node.module}.{one.name}" for one in node.names] if isinstance(node, ast.ImportFrom) else []
                if any(name.partition(".")[0] in ("locust", "gevent") or "locustfile" in name for name in names):
                    found[path.relative_to(ROOT).as_posix()] = True
    assert list(found) == ["conformance/storm/locustfile.py"]
    assert "locust" not in sys.modules
