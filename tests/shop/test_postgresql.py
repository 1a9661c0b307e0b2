"""The shop, its defects' races and a merchant's `sql` on a real PostgreSQL: row locks, READ COMMITTED, decimals."""

from __future__ import annotations

import inspect
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from conformance.merchant.protocol import MerchantUnreachable
from conformance.merchant.toml import programs
from conformance.merchant.toml.filling import Filling
from conformance.settings.merchant_acts import Sql
from conformance.target.databases import UnusableDatabase, of_this_run
from conformance.target.rows import rows
from shop import orders
from shop.database import Database
from shop.portone import PortOne
from shop.settings import ShopSettings
from shop.store import Store
from tests import forks
from tests.shop import test_look_up_results, test_order_life, test_refunds
from tests.shop.counter import KEYS, Clock, Counter
from tests.shop.portone_stub import PortOneStub
from tests.shop.postgresql import MISSING, Postgres, binaries, started

LIMIT_SECONDS = 30.0
for _module in (test_order_life, test_refunds, test_look_up_results):
    for _name, _test in vars(_module).items():  # they are run here on PostgreSQL, by the counter_of below
        if _name.startswith("test_") and {"counter", "counter_of"} & set(inspect.signature(_test).parameters):
            globals()[f"{_name}_on_postgresql"] = _test


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all of them."""
    found = binaries() if os.name == "posix" else None
    if found is None:
        pytest.skip(MISSING)
    with started(found) as server:
        yield server


@pytest.fixture
def counter_of(postgres: Postgres) -> Iterator[Callable[..., Counter]]:
    """Opens a shop without a server, as the one beside does on SQLite."""
    with ExitStack() as opened:

        def open_counter(**settings: Any) -> Counter:
            stub, clock = PortOneStub(), Clock()
            chosen = ShopSettings.model_validate(KEYS | settings)
            database = Database(opened.enter_context(of_this_run(postgres.address())))
            opened.callback(database.close)
            portone = opened.enter_context(PortOne(chosen, httpx.MockTransport(stub)))
            return Counter(Store(chosen, database, portone, clock), stub, clock)

        yield open_counter


def test_the_shops_own_tests_are_run_here() -> None:
    assert sum(name.endswith("_on_postgresql") for name in globals()) >= 20


class TestAMerchantsSql:
    """`read_order.sql` as a merchant's file has it, asked of a table with the types that shops use."""

    SQL = "SELECT state, paid, note FROM orders WHERE number = :order"

    @pytest.fixture
    def database(self, postgres: Postgres) -> str:
        address = postgres.database()
        with psycopg.connect(address.replace("+psycopg", "")) as connection:
            connection.execute(
                "CREATE TABLE orders (number text PRIMARY KEY, state text, paid numeric(12,2), note text)"
            )
            connection.execute("INSERT INTO orders VALUES ('17', 'open', 10.50, NULL)")
        return address

    def row(self, address: str) -> Any:
        sql = Sql(url=address, query=self.SQL)
        found = programs.row("read_order", sql, {"order": "17"}, Filling({}, {}))
        assert found is not None
        return found.content

    def test_a_decimal_stays_exact(self, database: str) -> None:
        found = self.row(database)
        assert found == {"state": "open", "paid": Decimal("10.50"), "note": None}

    def test_what_is_not_committed_is_not_seen_and_a_locked_row_is_not_waited_for(self, database: str) -> None:
        with psycopg.connect(database.replace("+psycopg", "")) as connection:
            connection.execute("SELECT * FROM orders WHERE number = '17' FOR UPDATE")
            connection.execute("UPDATE orders SET state = 'paid' WHERE number = '17'")
            assert self.row(database)["state"] == "open"
            connection.commit()
            assert self.row(database)["state"] == "paid"

    def test_a_table_that_is_not_there_is_said_in_a_line(self, database: str) -> None:
        sql = Sql(url=database, query=self.SQL.replace("orders", "order_s"))
        with pytest.raises(MerchantUnreachable) as caught:
            programs.row("read_order", sql, {"order": "17"}, Filling({}, {}))
        assert str(caught.value) == (
            'read_order.sql: the database could not be asked: relation "order_s" does not exist'
        )


def test_two_at_once_change_a_locked_order_one_after_the_other(counter_of: Callable[..., Counter]) -> None:
    counter = counter_of()
    database, order = counter.store.database, counter.order()
    reading = threading.Barrier(2, timeout=LIMIT_SECONDS)

    def add(amount: str) -> None:
        reading.wait()
        with database.transaction() as session:
            found = orders.lock(session, order.reference)
            found.paid_amount = found.paid_amount + Decimal(amount)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(add, ("10.10", "0.20")))
    with database.reading() as session:
        assert orders.lock(session, order.reference).paid_amount == Decimal("10.30")


class TestTheOption:
    def refused(self, address: str) -> str:
        with pytest.raises(UnusableDatabase) as caught, of_this_run(address):
            raise AssertionError("it was taken")
        return str(caught.value)

    def test_what_is_no_address_is_said(self) -> None:
        told = "--database: this is not an address; write postgresql+psycopg://user:password@host/name"
        assert self.refused("shop") == told

    def test_another_database_is_refused_without_its_password(self) -> None:
        assert self.refused("mysql+pymysql://shop:sesame@127.0.0.1/shop") == (
            "--database mysql+pymysql://shop:***@127.0.0.1/shop: only PostgreSQL is supported; "
            "without the option the shop uses SQLite"
        )

    def test_a_server_that_does_not_answer_is_said(self) -> None:
        told = self.refused("postgresql+psycopg://shop:sesame@127.0.0.1:9/shop")
        assert told.startswith("--database postgresql+psycopg://shop:***@127.0.0.1:9/shop: it cannot be used: ")
        assert "\n" not in told

    def test_a_driver_that_is_not_installed_is_named(self) -> None:
        assert self.refused("postgresql+pg8000://shop@127.0.0.1:9/shop") == (
            "--database postgresql+pg8000://shop@127.0.0.1:9/shop needs the Python package pg8000, which is not there: "
            "`.venv/bin/python -m pip install pg8000`"
        )

    def test_nothing_of_a_run_stays(self, postgres: Postgres) -> None:
        address = postgres.database()
        with of_this_run(address) as own:
            Database(own).close()
            assert schemas(address) != []
        assert schemas(address) == []


def schemas(address: str) -> list[str]:
    with psycopg.connect(address.replace("+psycopg", "")) as connection:
        found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'conformance%'").fetchall()
    return [str(name) for (name,) in found]


RACES = ("reads-then-writes", "asks-twice", "fulfils-each-time")


@pytest.mark.proof
def test_on_postgresql_the_shop_is_ready(postgres: Postgres, tmp_path: Path) -> None:
    address = postgres.database()
    ended = _run(tmp_path, f"--database={address}")
    assert ended["conclusion"] == "READY"
    assert schemas(address) == []


@pytest.mark.proof
@pytest.mark.parametrize("name", RACES)
def test_on_postgresql_a_race_turns_the_same_red(postgres: Postgres, tmp_path: Path, name: str) -> None:
    row = rows()[name]
    wanted = [f"--requirement={id}" for id in row.expected]
    ended = _run(tmp_path, *row.options, *wanted, f"--database={postgres.database()}")
    verdicts = {one["id"]: one["verdict"] for one in ended["requirements"] if one["id"] in row.expected}
    assert verdicts == {id: str(verdict) for id, verdict in row.expected.items()}


def _run(folder: Path, *arguments: str) -> Any:
    reports = [f"--junitxml={folder / 'junit.xml'}", f"--alluredir={folder / 'allure-results'}"]
    ended = forks.run("pytest", "-q", *reports, *arguments, limit_seconds=600)
    told = folder / "conformance.json"
    assert told.exists(), ended.output
    return json.loads(told.read_text("utf-8"))


class TestAKilledRun:
    """Its schema stays in the merchant's server: the next run drops it, and nothing else."""

    @pytest.fixture
    def killed(self, postgres: Postgres, tmp_path: Path) -> str:
        """The address of a database in which a run was killed."""
        address = postgres.database()
        (tmp_path / "killed.py").write_text(
            '"""A run that is killed."""\nimport os, signal, sys\n'
            "from conformance.target.databases import of_this_run\nfrom shop.database import Database\n"
            "with of_this_run(sys.argv[1]) as own:\n    Database(own).close()\n"
            "    os.kill(os.getpid(), signal.SIGKILL)\n",
            "utf-8",
        )
        environ = {**os.environ, "PYTHONPATH": str(forks.ROOT)}
        assert forks.run("killed", address, folder=tmp_path, environ=environ).returncode == -signal.SIGKILL
        with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
            others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            deadline = time.monotonic() + LIMIT_SECONDS  # the server hears of the end of a client a moment later
            while connection.execute(others).fetchall():
                assert time.monotonic() < deadline, "the server still has the killed run's connection"
                time.sleep(0.02)
        return address

    def test_leaves_a_schema_that_the_next_drops(self, killed: str) -> None:
        [left] = schemas(killed)
        with of_this_run(killed):
            [own] = schemas(killed)
            assert own != left
        assert schemas(killed) == []

    def test_that_one_alone(self, killed: str) -> None:
        """Neither that of a run under way nor what only looks like one."""
        with psycopg.connect(killed.replace("+psycopg", "")) as connection:
            connection.execute("CREATE SCHEMA conformance_0123456789ab")
            connection.execute("CREATE SCHEMA conformance_reports")
        with of_this_run(killed):
            under_way = set(schemas(killed))
            with of_this_run(killed):
                assert under_way < set(schemas(killed))
        assert sorted(schemas(killed)) == ["conformance_0123456789ab", "conformance_reports"]
