"""What is asked of the merchant without HTTP: a command of this machine, or a query to its database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import sqlalchemy
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from conformance.machine.commands import NOT_STARTED, TIMED_OUT, Ended, run
from conformance.machine.places import PYTHON
from conformance.merchant.protocol import MerchantUnreachable, NotDescribed
from conformance.merchant.toml.filling import Filling
from conformance.merchant.toml.seen import Document, parsed
from conformance.settings.merchant_acts import Sql
from conformance.verdict.reasons import Cause, Why


def ended(key: str, command: Sequence[str], filling: Filling, *, limit_seconds: float) -> Ended:
    """How the command ended, whichever its exit status. Raises MerchantUnreachable where it did not run or end."""
    told = run(filling.each(command, f"{key}.command"), limit_seconds=limit_seconds, apart=True)
    if told.status == NOT_STARTED:
        raise NotDescribed(_of(Why.SHOP_NOT_STARTED, key, command, said=told.output[:200]))
    if told.status == TIMED_OUT:
        raise MerchantUnreachable(_of(Why.SHOP_NOT_ENDED, key, command, seconds=f"{limit_seconds:g}"))
    return told


def printed(key: str, command: Sequence[str], filling: Filling, *, limit_seconds: float) -> Document:
    """The JSON that the command printed. Raises MerchantUnreachable where it failed or printed none."""
    told = ended(key, command, filling, limit_seconds=limit_seconds)
    if not told.ok:
        status = str(told.status)
        raise MerchantUnreachable(_of(Why.SHOP_ENDED_WITH, key, command, status=status, said=told.complaint))
    try:
        return Document(parsed(told.output))
    except json.JSONDecodeError as error:
        said = repr(told.output[:200])
        raise MerchantUnreachable(_of(Why.SHOP_PRINTED_NO_JSON, key, command, said=said)) from error


def row(key: str, sql: Sql, facts: Mapping[str, object], filling: Filling) -> Document | None:
    """The row that the query gives, by column; None where there is none. Raises MerchantUnreachable."""
    try:
        engine = sqlalchemy.create_engine(_url(sql.url, f"{key}.sql.url", filling), poolclass=NullPool)
        query = sqlalchemy.text(sql.query)
        wanted = set(query.compile().params)
        if missing := sorted(wanted - set(facts)):
            raise NotDescribed(Cause(Why.SHOP_QUERY_UNKNOWN, facts={"key": key, "name": missing[0]}))
        with engine.connect() as connection:
            found = connection.execute(query, {name: facts[name] for name in wanted}).mappings().first()
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise MerchantUnreachable(Cause(Why.SHOP_NO_DATABASE, facts={"key": key, "said": said})) from error
    except ModuleNotFoundError as error:
        raise NotDescribed(f"{key}.sql.url needs {installing(error.name or '')}") from error
    return None if found is None else Document(dict(found))


def _of(kind: Why, key: str, command: Sequence[str], **facts: str) -> Cause:
    return Cause(kind, facts={"key": key, "command": command[0], **facts})


def installing(module: str) -> str:
    """The missing module of a database's driver, and what installs it."""
    install = f"`{PYTHON} -m pip install {_PACKAGES.get(module, module)}`"
    return f"the Python package {module}, which is not there: {install}{_OTHERWISE.get(module, '')}"


def _url(template: str, key: str, filling: Filling) -> sqlalchemy.URL:
    """The address with its placeholders filled, whatever characters a password has. Raises MerchantUnreachable."""
    url = sqlalchemy.make_url(template)

    def filled(part: object) -> str | None:
        return None if part is None else filling(str(part), key)

    return url.set(
        username=filled(url.username),
        password=filled(url.password),
        host=filled(url.host),
        database=filled(url.database),
    )


_PACKAGES = {"psycopg": "'psycopg[binary]'", "psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}
"""What gives a module, where it is called otherwise."""
_OTHERWISE = {
    "MySQLdb": ", or write mysql+pymysql:// and install pymysql",
    "psycopg2": ", or write postgresql+psycopg:// and install 'psycopg[binary]'",
}
