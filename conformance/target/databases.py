"""A database of the user's for the embedded shop: a run lies in a schema of its own, which is dropped.

A run holds a lock of the server's for as long as it is connected, however it ends. By that the next run in the same
database knows the schemas of runs that were killed, and drops them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import sqlalchemy
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from conformance.merchant.toml.programs import installing

_PREFIX = "conformance_"
MARK = "of one run of the conformance suite; dropped by the next one where that run was killed"
_RUNS = sqlalchemy.text(
    f"SELECT nspname FROM pg_namespace WHERE nspname ~ '^{_PREFIX}[0-9a-f]{{12}}$'"
    " AND obj_description(oid, 'pg_namespace') = :mark AND pg_get_userbyid(nspowner) = current_user"
)


class UnusableDatabase(Exception):
    """The database cannot be used; the text is one line: what, why, what to do."""


@contextmanager
def of_this_run(address: str) -> Iterator[str]:
    """An address in the PostgreSQL database at `address` where there is nothing yet. Raises UnusableDatabase."""
    try:
        url = sqlalchemy.make_url(address)
    except ArgumentError as error:
        raise UnusableDatabase(
            "--database: this is not an address; write postgresql+psycopg://user:password@host/name"
        ) from error
    shown = url.render_as_string()
    if url.get_backend_name() != "postgresql":
        raise UnusableDatabase(
            f"--database {shown}: only PostgreSQL is supported; without the option the shop uses SQLite"
        )
    schema = _PREFIX + secrets.token_hex(6)
    with ExitStack() as stack:
        try:
            engine = sqlalchemy.create_engine(url, poolclass=NullPool)
            lasting = engine.execution_options(isolation_level="AUTOCOMMIT")
            _hold(stack.enter_context(lasting.connect()), schema)
            _drop_what_was_left(engine)
            with engine.begin() as connection:
                connection.execute(sqlalchemy.text(f"CREATE SCHEMA {schema}"))
                connection.execute(sqlalchemy.text(f"COMMENT ON SCHEMA {schema} IS '{MARK}'"))
        except ModuleNotFoundError as error:
            raise UnusableDatabase(f"--database {shown} needs {installing(error.name or '')}") from error
        except SQLAlchemyError as error:
            said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise UnusableDatabase(f"--database {shown}: it cannot be used: {said}") from error
        try:
            yield url.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
        finally:
            with engine.begin() as connection:
                _drop(connection, schema)


def _hold(connection: sqlalchemy.Connection, schema: str) -> None:
    connection.execute(sqlalchemy.text("SELECT pg_advisory_lock(:key)"), {"key": _key(schema)})


def _key(schema: str) -> int:
    """What the server's lock of a schema is named by."""
    return int(schema.removeprefix(_PREFIX), 16)


def _drop_what_was_left(engine: sqlalchemy.Engine) -> None:
    """Drop the schemas of this user's runs that are not connected any more."""
    with engine.begin() as connection:
        for schema in connection.execute(_RUNS, {"mark": MARK}).scalars().all():
            free = sqlalchemy.text("SELECT pg_try_advisory_xact_lock(:key)")
            if connection.execute(free, {"key": _key(schema)}).scalar_one():
                _drop(connection, schema)


def _drop(connection: sqlalchemy.Connection, schema: str) -> None:
    connection.execute(sqlalchemy.text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
