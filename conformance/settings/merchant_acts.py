"""What the file can say of anything that is done at the merchant's: calls, steps in a browser, commands, log-ins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import pydantic
from pydantic import AfterValidator, BeforeValidator, SecretStr, StringConstraints, model_validator

from conformance.machine.files import Strict
from conformance.settings.merchant_sources import Button, Fact, Field, Words, json_path
from emulator.secret_names import may_be_secret

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Unit = Literal["major", "minor"]
"""Of amounts: 10.50, or 1050 cents."""
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(:number|:text)?\}")
"""`{order}` stands for a fact or a secret; `{amount:number}` goes into JSON as a number, `{id:text}` as a text."""


def spoken_of(text: str) -> frozenset[str]:
    """The names that a text's placeholders speak of."""
    return frozenset(match[1] for match in PLACEHOLDER.finditer(text))


def _kept_out(text: str) -> str:
    """Raises ValueError for a secret that stands in the file."""
    if not PLACEHOLDER.search(text):
        raise ValueError("a secret must not stand in this file: write {name} here, and say where it comes from")
    return text


def _secret(given: SecretStr) -> SecretStr:
    _kept_out(given.get_secret_value())
    return given


def _headers(given: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in given.items():
        if may_be_secret(name):
            _kept_out(value)
    return given


Headers = Annotated[Mapping[str, str], AfterValidator(_headers)]
FormField = str | bool | int | float
Form = Mapping[str, FormField | tuple[FormField, ...]]
Captures = Mapping[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")], Fact]
"""Facts by the names that placeholders call them by."""


class Login(Strict):
    """HTTP Basic credentials; `{name}` in the password stands for a secret."""

    username: str
    password: Annotated[SecretStr, AfterValidator(_secret)]


class Step(Strict):
    """One thing that somebody does in a browser: exactly one of goto, fill, click, select, check, wait_for, capture.

    A text names a button by its words, a field by its label, and what to wait for by its text; a table does so by role
    and name, label, text or css. `value` is what is filled in or selected. `capture` names facts on the page for the
    steps that follow.
    """

    goto: str | None = None
    fill: Field | None = None
    click: Button | None = None
    select: Field | None = None
    check: Field | None = None
    wait_for: Words | None = None
    capture: Captures | None = None
    value: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.value is not None) != (self.kind in ("fill", "select")):
            raise ValueError("value goes with fill and select, and only there")
        return self

    @property
    def kind(self) -> str:
        """Which of the things it is."""
        return self._exactly_one("goto", "fill", "click", "select", "check", "wait_for", "capture")

    def __str__(self) -> str:
        if self.capture is not None:
            return f"capture {', '.join(self.capture)}"
        return f"{self.kind} {self.goto or getattr(self, self.kind)}"


class Call(Strict):
    """An HTTP call in somebody's session that comes before another: what it gives is captured, as a CSRF token."""

    method: Method = "GET"
    path: str
    body: Mapping[str, Any] | None = pydantic.Field(default=None, alias="json")
    form: Form = pydantic.Field(default={})
    headers: Headers = pydantic.Field(default={})
    follow: bool = False
    captures: Captures = pydantic.Field(default={})

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        _not_both(self)
        return self

    @property
    def named(self) -> str:
        """It as a message names it."""
        return f"{self.method} {self.path}"


class Act(Strict):
    """Something that is done at the merchant's: an HTTP call (`path`), `steps` in a browser, or a `command`.

    `{order}`, `{merchant_uid}`, `{imp_uid}`, `{amount}`, `{currency}`, `{unique}`, what was captured and the secrets
    are filled in. `by` names one of [person]. Redirects are answers, unless `follow` says otherwise. The calls of
    `before` come first, in the same session. `amounts` is the unit of amounts here, where it differs from the file's.
    `json = {}` sends an empty JSON object; without json and form nothing is sent.
    """

    before: tuple[Call, ...] = ()
    method: Method = "GET"
    path: str | None = None
    body: Mapping[str, Any] | None = pydantic.Field(default=None, alias="json")
    form: Form = pydantic.Field(default={})
    headers: Headers = pydantic.Field(default={})
    follow: bool = False
    amounts: Unit | None = None
    steps: tuple[Step, ...] = ()
    command: tuple[str, ...] = ()
    login: Login | None = None
    by: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [name for name in self.ways() if getattr(self, name)]
        if len(ways) != 1:
            raise ValueError(f"give exactly one of {', '.join(self.ways())}")
        if self.login and self.by:
            raise ValueError("give login or by, not both")
        if (self.before or getattr(self, "after", ())) and self.path is None:
            raise ValueError("before and after go with path; in steps, goto and capture do the same")
        _not_both(self)
        return self

    @classmethod
    def ways(cls) -> tuple[str, ...]:
        """The keys of which one says how it is done."""
        return ("path", "steps", "command")

    @property
    def named(self) -> str:
        """It as a message names it."""
        if self.path is not None:
            return f"{self.method} {self.path}"
        return "the command" if self.command else "the steps in the browser"


class Person(Strict):
    """Somebody who is logged in: by HTTP Basic, headers, a call that gives cookies, or steps in a browser.

    `captures` are facts of the call's answer, as a token for `headers`; whatever this person does can speak of them.
    With `fresh` it is somebody new for each order, who logs in or registers anew (`{unique}` differs), and who does all
    that this person does about that order; without a log-in it is a guest with a session of their own.
    """

    login: Login | None = None
    headers: Headers = pydantic.Field(default={})
    before: tuple[Call, ...] = ()
    method: Method = "POST"
    path: str | None = None
    body: Mapping[str, Any] | None = pydantic.Field(default=None, alias="json")
    form: Form = pydantic.Field(default={})
    captures: Captures = pydantic.Field(default={})
    steps: tuple[Step, ...] = ()
    fresh: bool = False

    @model_validator(mode="after")
    def _some_way(self) -> Self:
        if not (self.login or self.headers or self.path or self.steps or self.fresh):
            raise ValueError("say how to log in: login, headers, path or steps (or fresh, for a guest)")
        if (self.before or self.captures) and self.path is None:
            raise ValueError("before and captures go with path")
        _not_both(self)
        return self


def _not_both(table: Call | Act | Person) -> None:
    if table.body is not None and table.form:
        raise ValueError("give json or form, not both")


class Refusals(Strict):
    """How an answer says no: by its HTTP status, or by what its JSON says at a path.

    Written as a list of statuses, or as a table: `{ "$.result" = false }`, `{ status = [400], "$.code" = ["E1"] }`.
    """

    status: tuple[int, ...] = (409,)
    said: Mapping[str, tuple[Any, ...]] = {}


def _refusals(given: object) -> object:
    if isinstance(given, list | tuple):
        return {"status": given}
    if not isinstance(given, dict) or "said" in given:
        return given
    paths = {path: value for path, value in given.items() if path != "status"}
    said = {json_path(path): value if isinstance(value, list) else [value] for path, value in paths.items()}
    return {"said": said, **({"status": given["status"]} if "status" in given else {})}


Refused = Annotated[Refusals, BeforeValidator(_refusals)]


class Action(Act):
    """An action of the merchant's that it may refuse: by its answer, or by what the page shows then (`refused_when`).

    `message` is what the person was told. A command refuses by an exit status other than 0.
    """

    message: Fact | None = None
    refused_when: Words | None = None

    @property
    def refusals(self) -> Refusals:
        """Which answers are a refusal, not an error."""
        return Refusals(status=())


class Sql(Strict):
    """A query that gives one row; `:order`, `:merchant_uid` and what was captured are its parameters."""

    url: str
    query: str

    @model_validator(mode="after")
    def _no_password(self) -> Self:
        if password := re.search(r"://[^/@:]*:([^@]+)@", self.url):
            _kept_out(password[1])
        return self


class GateSettings(Strict):
    """What a staging shop that is closed to the public wants of everybody: HTTP Basic, headers, or both.

    Each call and each page of base_url's host and of allowed_hosts brings it; what is said for a person wins. With
    `webhooks` the webhooks bring it as well, which PortOne's own do not.
    """

    login: Login | None = None
    headers: Headers = pydantic.Field(default={})
    webhooks: bool = False

    @model_validator(mode="after")
    def _some_way(self) -> Self:
        if self.login is None and not self.headers:
            raise ValueError("say what lets somebody in: login or headers")
        return self

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the secrets that it speaks of."""
        said = [*self.headers.values(), *([self.login.password.get_secret_value()] if self.login else [])]
        return frozenset().union(*(spoken_of(text) for text in said))
