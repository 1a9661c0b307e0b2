"""A database of the user's for the embedded shop: a run lies in a schema of its own, which is dropped."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from conformance.merchant.toml.programs import installing

_PREFIX = "conformance_"


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
    try:
        engine = sqlalchemy.create_engine(url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text(f"CREATE SCHEMA {schema}"))
    except ModuleNotFoundError as error:
        raise UnusableDatabase(f"--database {shown} needs {installing(error.name or '')}") from error
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise UnusableDatabase(f"--database {shown}: it cannot be used: {said}") from error
    try:
        yield url.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
    finally:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text(f"DROP SCHEMA {schema} CASCADE"))
