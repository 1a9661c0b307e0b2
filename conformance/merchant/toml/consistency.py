"""Refuses, when a description is read, what it cannot mean: unknown placeholders, and facts that are nowhere there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import sqlalchemy
from pydantic import BaseModel, SecretStr

from conformance.machine.files import A_LETTER_OFF, did_you_mean
from conformance.settings.merchant_acts import Act, Call, Person, spoken_of
from conformance.settings.merchant_sources import Source
from conformance.settings.merchant_toml import ACTS, MerchantFile, PlaceOrder, ReadOrder

ORDER = frozenset({"order", "merchant_uid", "imp_uid", "amount", "currency", "unique"})
_APART = ("before", "after", "steps", "partial_steps", "currencies")
"""What is looked at by itself."""
_MORE = {"checkout": "widget", "ship": "status"}
_FACTS = (
    "order", "merchant_uid", "amount", "currency", "state", "paid_amount", "cancelled_amount", "country", "fulfilments",
    "attention", "message",
)  # fmt: skip


def complaints(file: MerchantFile, secrets: Collection[str]) -> Iterator[str]:
    """One line for each key that speaks of something unknown, or looks for a fact where there is none."""
    for name, person in file.person.items():
        yield from _of(person, f"person.{name}", {*secrets, "unique"} if person.fresh else set(secrets))
    chosen = {name for table in file.place_order.currencies.values() for name in table}
    known = {*secrets, "unique", *chosen} | _captured_by(file, file.place_order.by)
    yield from _of_placing(file.place_order, known)
    of_orders = {*secrets, *ORDER, *chosen, *file.place_order.captures}
    for key in ("checkout", "read_order", "refund", "ship", "open_order", "open_order_as_staff", "reconcile"):
        if (table := getattr(file, key)) is not None:
            known = {*of_orders, *filter(None, [_MORE.get(key)])} | _captured_by(file, table.by)
            yield from _of(table, key, known)
            yield from _parameters(table, key, known - set(secrets) - {"imp_uid"})
    yield from _unfit(file)


def unused(file: MerchantFile, secrets: Collection[str]) -> tuple[str, ...]:
    """Those of the secrets that no placeholder of the file speaks of, by name."""
    return tuple(sorted(set(secrets) - set(_spoken(file))))


def _spoken(given: object) -> Iterator[str]:
    if isinstance(given, SecretStr):
        given = given.get_secret_value()
    if isinstance(given, str):
        yield from spoken_of(given)
    elif isinstance(given, BaseModel):
        yield from _spoken([value for _, value in given])
    elif isinstance(given, Mapping):
        yield from _spoken([*given.values()])
    elif isinstance(given, list | tuple):
        for value in given:
            yield from _spoken(value)


def _of_placing(place: PlaceOrder, known: set[str]) -> Iterator[str]:
    """The same for placing an order: the calls after it know its facts, and the other facts what those calls gave."""
    yield from _of(place, "place_order", known, _captures(place.after))
    after = known | _captures(place.before) | {name for name in place.facts if name not in place.told_after}
    for number, call in enumerate(place.after):
        yield from _unknown(call, f"place_order.after.{number}", after)
        after |= set(call.captures)


def _parameters(table: BaseModel, key: str, known: Collection[str]) -> Iterator[str]:
    """The parameters of a query that nothing is known of."""
    if isinstance(table, ReadOrder) and table.sql is not None:
        for name in sorted(set(sqlalchemy.text(table.sql.query).compile().params) - set(known)):
            meant = did_you_mean(name, known) or "known are " + ", ".join(f":{one}" for one in sorted(known))
            yield f"{key}.sql.query uses :{name}, which is not known there ({meant})"


def _captured_by(file: MerchantFile, by: str | None) -> set[str]:
    person = file.person.get(by) if by is not None else None
    return set(person.captures) | _captures(person.before) if person else set()


def _captures(calls: Iterable[Call]) -> set[str]:
    return set[str]().union(*(call.captures for call in calls))


def _of(table: BaseModel, key: str, known: set[str], later: Collection[str] = ()) -> Iterator[str]:
    """What a table speaks of that is not known where it stands; its calls and steps come one after the other.

    `later` are names that only its facts can speak of.
    """
    known = set(known)
    for number, call in enumerate(getattr(table, "before", ())):
        place = f"{key}.before.{number}"
        yield from _unknown(call, place, known)
        known |= set(call.captures)
    if isinstance(table, Person):
        yield from _unknown({"headers": table.headers}, key, known | set(table.captures))
    rest = {name: value for name, value in table if name not in _APART}
    if isinstance(table, Person):
        del rest["headers"]
    after = set(known)
    for steps in ("steps", "partial_steps"):
        within = set(known)
        for number, step in enumerate(getattr(table, steps, ())):
            yield from _unknown(step, f"{key}.{steps}.{number}", within)
            within |= set(step.capture or ())
        after |= within
    told = {name for name, value in rest.items() if isinstance(value, Source) or name == "captures"}
    yield from _unknown({name: value for name, value in rest.items() if name not in told}, key, after)
    yield from _unknown({name: rest[name] for name in rest if name in told}, key, after.union(later))


def _unknown(given: object, key: str, known: Collection[str]) -> Iterator[str]:
    if isinstance(given, SecretStr):
        given = given.get_secret_value()
    if isinstance(given, str):
        for name in sorted(spoken_of(given) - set(known)):
            meant = did_you_mean(name, known)
            if name == "unique" and key.startswith("person."):
                meant = f"it differs from order to order: give [{'.'.join(key.split('.')[:2])}] fresh = true"
            what = meant or f"known are {_listed(known)}; a secret is named in [merchant.secrets]"
            yield f"{key} uses {{{name}}}, which is not known there ({what})"
    elif isinstance(given, BaseModel):
        yield from _unknown({_written(name): value for name, value in given}, key, known)
    elif isinstance(given, Mapping):
        for name, value in given.items():
            yield from _unknown(value, f"{key}.{name}" if name else key, known)
    elif isinstance(given, list | tuple):
        for value in given:
            yield from _unknown(value, key, known)


def _written(name: str) -> str:
    """A field as the file writes it: a JSON path is the fact itself, an element's keys stand beside it."""
    return {"body": "json", "json_path": "", "find": ""}.get(name, name)


def _listed(known: Collection[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(known)) or "none"


def _unfit(file: MerchantFile) -> Iterator[str]:
    """Facts that are looked for where they cannot be."""
    for key in ("place_order", "read_order", "refund", "ship"):
        act = getattr(file, key)
        if act is None:
            continue
        where, ways = _ways(act)
        for name, source in _sources(act):
            if source.way not in ways and not (source.way == "request_pay" and isinstance(act, PlaceOrder)):
                yield f"{key}.{name} = {source} cannot be read from {where}; use {', '.join(ways)}"
            elif where == _ANSWER and source.find is not None and source.find.css is None:
                yield f"{key}.{name} = {source}: in an answer an element is found by css only"
    place = file.place_order
    if place.asked_by_page and file.checkout is None:
        yield "place_order uses request_pay, which is read on the page of [checkout]: describe it"
    yield from _idle(file)
    changes = place.body is not None or place.form or place.method != "GET" or not place.path
    spoken = spoken_of(f"{place.path} {place.steps} {place.command} {place.before}")
    for currency, table in place.currencies.items():
        if not (changes and place.path) and not spoken.intersection(table):
            name = next(iter(table), "product")
            yield f"place_order.currencies.{currency} changes nothing: write {{{name}}} where place_order differs"
        yield from _unknown_changes(place, currency, spoken)


def _unknown_changes(place: PlaceOrder, currency: str, spoken: Collection[str]) -> Iterator[str]:
    """What a currency changes that place_order does not have.

    What every currency names may be added, unless it is what place_order has but for a letter.
    """
    own = {*(place.body or {}), *place.form, *spoken}
    by_all = set.intersection(*(set(table) for table in place.currencies.values()))
    known = own | {name for name in by_all if not did_you_mean(name, own, alike=A_LETTER_OFF)}
    for name in place.currencies[currency]:
        if name not in known:
            others = known.union(*place.currencies.values()) - {name}
            what = did_you_mean(name, others) or f"known are {', '.join(sorted(others)) or 'none'}"
            yield (
                f"place_order.currencies.{currency}.{name} is in neither json nor form of place_order, and nothing "
                f"there speaks of {{{name}}} ({what})"
            )


_OF_CALLS = ("method", "body", "form", "headers", "follow", "login", "partial", "refused", "failed")
"""Keys that say something of a call, and nothing of steps or of a command."""


def _idle(file: MerchantFile) -> Iterator[str]:
    """Keys that would be passed over in silence, since what they belong to is not there."""
    acts = {name: act for name in ACTS if (act := getattr(file, name)) is not None}
    persons = {f"person.{name}": person for name, person in file.person.items()}
    for key, table in {**acts, **persons}.items():
        if table.path is None:
            own = {*_OF_CALLS} - ({"headers", "login"} if isinstance(table, Person) else set())
            for name in sorted(own & table.model_fields_set):
                yield f"{key}.{_written(name)} does nothing: it goes with path"
        for name, belongs in (("partial_steps", "steps"), ("partial_command", "command")):
            if getattr(table, name, ()) and not getattr(table, belongs):
                yield f"{key}.{name} does nothing: it goes with {belongs}"


_ANSWER = "the answer of a call"


def _ways(act: Act) -> tuple[str, tuple[str, ...]]:
    if act.steps or (isinstance(act, ReadOrder) and act.path is not None and act.on_page):
        return "a page", ("find", "regex", "address", "cookie", "request_pay", "value")
    if act.path is not None:
        return _ANSWER, ("json_path", "find", "regex", "address", "cookie", "header", "value")
    return "what a command or a query gives", ("json_path", "value")


def _sources(act: Act) -> Iterator[tuple[str, Source]]:
    for name in _FACTS:
        if isinstance(source := getattr(act, name, None), Source):
            yield name, source
    for name, source in getattr(act, "captures", {}).items():
        yield f"captures.{name}", source
