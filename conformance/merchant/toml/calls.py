"""HTTP calls to the merchant: in whose session, within which limits, to which hosts, each noted in the timeline."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from conformance.merchant.protocol import MerchantUnreachable, Order
from conformance.merchant.surroundings import Surroundings
from conformance.merchant.toml.filling import Filling
from conformance.merchant.toml.seen import Answer, captures
from conformance.network.connections import client_of, in_words
from conformance.record.prices import Repricing
from conformance.record.timeline import Event
from conformance.settings.merchant_acts import Act, Call, Login, Person, spoken_of
from conformance.verdict.reasons import Cause, Why, term, told, within

_REDIRECTS = 10
_REFUSED: Mapping[int, Cause] = {
    httpx.codes.UNAUTHORIZED: Cause(Why.SHOP_NOT_LOGGED_IN),
    httpx.codes.FORBIDDEN: Cause(Why.SHOP_FORBIDDEN),
}
_PAGE_EXPIRED = 419
"""What Laravel answers where the token of a form is missing."""
_NOT_AS_DESCRIBED = 422
"""What FastAPI answers where a body is missing."""
_SHOWN = 200
KINDS = {"place_order": "order", "read_order": "read", "open_order": "open", "open_order_as_staff": "open"}
"""The timeline's words for what the file's keys describe."""


class Session(NamedTuple):
    """Whose session it is; `unique` is the order's where it is somebody new for each, else empty."""

    by: str | None
    unique: str


@dataclass
class Calls:
    """The sessions at one merchant: one for everybody who is not logged in, and one for each person who is.

    Of a `fresh` person there is one for each order. `by_browser` gives the cookies of those who log in by steps. While
    there is a `repricing`, each call says another price than the file and the shop's pages say.
    """

    name: str
    surroundings: Surroundings
    persons: Mapping[str, Person]
    timeout_seconds: float
    by_browser: Callable[[str, Filling], Sequence[Mapping[str, Any]]] = lambda *_: ()
    repricing: Repricing | None = None
    _clients: dict[Session, httpx.Client] = field(default_factory=dict)
    _captured: dict[Session, Mapping[str, object]] = field(default_factory=dict)

    def close(self) -> None:
        """Let connections go."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def session(self, by: str | None, filling: Filling) -> Session:
        """Which session this person's acts belong to: of somebody `fresh`, that of the order."""
        fresh = by is not None and self.persons[by].fresh
        return Session(by, str(filling.facts.get("unique", "")) if fresh else "")

    def prepared(self, key: str, act: Act, filling: Filling, *, turned_away: bool = False) -> Filling:
        """What is known once the calls before an act were made in its session. Raises MerchantUnreachable.

        Where somebody may be `turned_away` on the way, what they were not given is empty.
        """
        client = self._client(act.by, filling)
        known = filling.knowing(self._captured.get(self.session(act.by, filling), {}))
        return self._made(client, f"{key}.before", act.before, known, turned_away=turned_away)

    def followed_up(self, key: str, act: Act, after: Sequence[Call], filling: Filling) -> Filling:
        """What is known once the calls after an act were made in its session. Raises MerchantUnreachable."""
        return self._made(self._client(act.by, filling), f"{key}.after", after, filling)

    def send(self, key: str, act: Act, filling: Filling, *, words: str, order: Order | None = None) -> httpx.Response:
        """The answer to the call that `key` describes. Raises MerchantUnreachable when there is none."""
        client = self._client(act.by, filling)
        login = act.login and (act.login.username, filling(act.login.password.get_secret_value(), f"{key}.login"))
        content, path = self._said(act, key, filling)
        headers = filling.table(act.headers, f"{key}.headers")
        began = time.time()
        response = self._answer(
            client,
            act.method,
            path,
            key,
            act.named,
            headers=headers,
            auth=login,
            follow_redirects=act.follow,
            **content,
        )
        self.surroundings.timeline.record(
            Event(
                KINDS.get(key, key), "suite", "merchant", f"The merchant {words}", began, time.time(),
                merchant_uid=order.merchant_uid if order else None, status=response.status_code,
                request=content.get("json", content.get("data")), response=for_evidence(response),
                method=act.method, url=str(response.request.url),
            )
        )  # fmt: skip
        return response

    def seen(self, response: httpx.Response, act: Act, filling: Filling) -> Answer:
        """The facts of an answer, whatever its status."""
        return Answer(response, self._client(act.by, filling), lambda: self.unexpected(act, response))

    def well(self, response: httpx.Response, act: Act) -> httpx.Response:
        """The answer, if it is no error. Raises MerchantUnreachable otherwise."""
        if response.is_error:
            raise MerchantUnreachable(self.unexpected(act, response))
        return response

    def unexpected(self, act: Act | Call, response: httpx.Response) -> Cause:
        """One sentence about an answer that nobody expected."""
        leads = [Cause(Why.SHOP_REDIRECTS, facts={"url": response.headers["Location"]})] if _led(response) else []
        hints = [_REFUSED[response.status_code]] if response.status_code in _REFUSED else []
        if hints and isinstance(act, Act) and (act.login or act.by):
            hints = [Cause(Why.SHOP_LOG_IN_REFUSED)]
        if act.method != "GET":
            hints += _of_sending(act, response.status_code)
        beside = {**_inserted("to", leads), **_inserted("hint", hints)}
        return Cause(Why.SHOP_ANSWERED, facts={**self._answered(act.named, response), **beside})

    def _answered(self, call: str, response: httpx.Response) -> Mapping[str, str]:
        """Who answered which call, and how, as facts."""
        shown = repr(response.text[:_SHOWN])
        return {"merchant": self.name, "call": call, "status": str(response.status_code), "said": shown}

    def cookies(self, by: str, filling: Filling) -> list[dict[str, Any]]:
        """The cookies of somebody who is logged in by a call, as a browser takes them."""
        host = urlsplit(self.surroundings.base_url).hostname or ""
        return [
            {"name": one.name, "value": one.value or "", "path": one.path, "secure": one.secure,
             "domain": host if one.domain == f"{host}.local" else one.domain}
            for one in self._client(by, filling).cookies.jar
        ]  # fmt: skip

    def _client(self, by: str | None, filling: Filling) -> httpx.Client:
        session = self.session(by, filling)
        if session not in self._clients:
            client = client_of(
                base_url=self.surroundings.base_url,
                timeout=self.timeout_seconds,
                max_redirects=_REDIRECTS,
                verify=self.surroundings.verify,
                event_hooks={"request": [self.surroundings.guard]},
            )
            self._clients[session] = client
            if by is not None:
                try:
                    self._captured[session] = self._log_in(client, by, self.persons[by], filling)
                except MerchantUnreachable:
                    self._clients.pop(session).close()
                    raise
        return self._clients[session]

    def _log_in(self, client: httpx.Client, by: str, person: Person, filling: Filling) -> Mapping[str, object]:
        """Log somebody in; what was captured on the way."""
        key = f"person.{by}"
        if person.login:
            client.auth = _basic(person.login, filling, key)
        captured = frozenset(person.captures).union(*(call.captures for call in person.before))
        later = {name for name, value in person.headers.items() if captured.intersection(spoken_of(value))}
        headers = {name: value for name, value in person.headers.items() if name not in later}
        client.headers.update(filling.table(headers, f"{key}.headers"))
        if person.path is None:
            for one in self.by_browser(by, filling) if person.steps else ():
                client.cookies.set(one["name"], one["value"], one["domain"], one["path"])
            return {}
        known = self._made(client, f"{key}.before", person.before, filling)
        named, path = f"{person.method} {person.path}", known(person.path, f"{key}.path")
        response = self._answer(client, person.method, path, key, named, **_content(person, key, known))
        if response.is_error:
            raise MerchantUnreachable(Cause(Why.SHOP_LOG_IN, facts={"key": key, **self._answered(named, response)}))
        no_json = {name: fact for name, fact in self._answered(named, response).items() if name != "status"}
        answer = Answer(response, client, lambda: Cause(Why.SHOP_NO_JSON, facts=no_json))
        known = known.knowing(captures(answer, person.captures, f"{key}.captures", known))
        for name in later:
            client.headers[name] = known(person.headers[name], f"{key}.headers.{name}")
        return {name: value for name, value in known.facts.items() if name in captured}

    def _made(
        self, client: httpx.Client, key: str, several: Sequence[Call], filling: Filling, *, turned_away: bool = False
    ) -> Filling:
        for number, call in enumerate(several):
            place = f"{key}.{number}"
            content, path = self._said(call, place, filling)
            response = self._answer(
                client, call.method, path, place, call.named,
                headers=filling.table(call.headers, f"{place}.headers"), follow_redirects=call.follow, **content,
            )  # fmt: skip
            wrong = partial(self._unexpected_at, place, call, response)
            if turned_away:
                filling = filling.knowing(dict.fromkeys(call.captures, ""))
            elif response.is_error:
                raise MerchantUnreachable(wrong())
            answer = Answer(response, client, wrong)
            try:
                filling = filling.knowing(captures(answer, call.captures, f"{place}.captures", filling))
            except MerchantUnreachable:
                if not turned_away:
                    raise
        return filling

    def _unexpected_at(self, place: str, call: Call, response: httpx.Response) -> Cause:
        return Cause(Why.SHOP_ANSWERED_AT, facts={"key": place, **within((self.unexpected(call, response),))})

    def _said(self, act: Act | Call, key: str, filling: Filling) -> tuple[dict[str, Any], str]:
        """What a call carries, and its path."""
        content, path = _content(act, key, filling), filling(act.path or "", f"{key}.path")
        if self.repricing is None:
            return content, path
        template = act.form if act.body is None else act.body
        changed = {how: self.repricing.of(value, template) for how, value in content.items()}
        return changed, self.repricing.path(path, act.path or "")

    def _answer(
        self, client: httpx.Client, method: str, path: str, key: str, named: str, **arguments: Any
    ) -> httpx.Response:
        try:
            return client.request(method, path, **{k: v for k, v in arguments.items() if v is not None})
        except httpx.TooManyRedirects as error:
            facts = {"merchant": self.name, "call": named, "number": str(_REDIRECTS), "key": key}
            raise MerchantUnreachable(Cause(Why.SHOP_REDIRECTS_ON, facts=facts)) from error
        except httpx.TimeoutException as error:
            facts = {"merchant": self.name, "call": named, "seconds": f"{self.timeout_seconds:g}", "key": key}
            raise MerchantUnreachable(Cause(Why.SHOP_LATE, facts=facts)) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            where = f"{self.surroundings.base_url}{path}" if path.startswith("/") else path
            silent = {"merchant": self.name, "url": where, "key": key, **term("why", in_words(error))}
            raise MerchantUnreachable(Cause(Why.SHOP_SILENT_AT, facts=silent)) from error


def _led(response: httpx.Response) -> bool:
    return "Location" in response.headers


def _inserted(fact: str, causes: Sequence[Cause]) -> Mapping[str, str]:
    """What stands in the middle of a sentence, of which every part brings what is before it; empty without any."""
    return {fact: "".join(told([one]) for one in causes), f"{fact}_ko": "".join(told([one], "ko") for one in causes)}


def _of_sending(act: Act | Call, status: int) -> list[Cause]:
    """What may be missing in what was sent, by the answer's status; empty where nothing known is."""
    if status in (httpx.codes.FORBIDDEN, _PAGE_EXPIRED):
        return [Cause(Why.SHOP_NO_TOKEN)]
    nothing_sent = act.body is None and not act.form
    if nothing_sent and status in (httpx.codes.BAD_REQUEST, httpx.codes.UNSUPPORTED_MEDIA_TYPE, _NOT_AS_DESCRIBED):
        return [Cause(Why.SHOP_NOTHING_SENT)]
    return []


def _content(act: Act | Call | Person, key: str, filling: Filling) -> dict[str, Any]:
    """What a call carries, as httpx takes it."""
    if act.body is not None:
        return {"json": filling.body(act.body, f"{key}.json")}
    return {"data": filling.form(act.form, f"{key}.form")} if act.form else {}


def _basic(login: Login, filling: Filling, key: str) -> httpx.BasicAuth:
    return httpx.BasicAuth(login.username, filling(login.password.get_secret_value(), f"{key}.login.password"))


def for_evidence(response: httpx.Response) -> object:
    """An answer as the timeline keeps it: JSON, or the beginning of the text."""
    try:
        return response.json()
    except ValueError:
        return response.text[:2000]
