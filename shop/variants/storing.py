"""Other habits of a database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy.orm import Session

from shop.database import Database
from shop.variants.registry import variant


@variant()
def reads_what_is_committed() -> AbstractContextManager[Any]:
    """Reads see whatever was committed meanwhile, statement by statement, as PostgreSQL's READ COMMITTED lets them."""

    @contextmanager
    def reading(database: Database) -> Iterator[Session]:
        engine = database.engine.execution_options(isolation_level="AUTOCOMMIT", reads_only=True)
        with Session(engine, expire_on_commit=True) as session:
            yield session

    return patch.object(Database, "reading", reading)
