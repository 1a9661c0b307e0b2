"""Accounts: a merchant's PortOne account, Paymentwall project, clock and journal, from one piece of JSON."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError

from emulator.breaking import AccountWire, Subject
from emulator.clock import Clock
from emulator.faults import Faults
from emulator.journal import Journal
from emulator.paymentwall import Project, ProjectState
from emulator.portone import charging
from emulator.portone.account import PortOne
from emulator.portone.console import Channel, Console
from emulator.portone.tokens import Tokens
from emulator.wire import Wire

# Settings that are tables with entries of anybody's choice, as opposed to objects with known names.
TABLES = frozenset(name for name, field in Project.model_fields.items() if get_origin(field.annotation) is dict)


class SettingsRefused(ValueError):
    """Settings that cannot be used; the text says why in one sentence."""


class AccountSettings(Console):
    """Everything that is set for one account: PortOne's console, and Paymentwall's for its project."""

    paymentwall: Project


class Account:
    """One account at work. Its parts live as long as it does; `reset` empties them."""

    def __init__(
        self,
        settings: AccountSettings,
        wire: Wire,
        *,
        speed: float = 0.0,
        on_faults: Callable[[str, bool], None] = lambda *_: None,
    ) -> None:
        self.created_with = self.settings = settings
        self.clock = Clock()
        self.journal = Journal()
        self.faults = Faults(self.journal.changes, lambda active: on_faults(settings.imp_code, active))
        self.wire = AccountWire(wire)
        self.portone = PortOne(settings, self.clock, self.journal, self.wire, charging.execute)
        self.portone.withdraw = self._withdraw
        self.project = self._fresh_project()
        self.subject = self.wire.subject = Subject(self.faults, self.journal, self.clock.now, self._both)
        self._speed = speed
        self.clock.run(speed)

    def change(self, settings: AccountSettings) -> None:
        """Use these settings from now on."""
        self.settings = self.portone.console = settings
        self.project.project = settings.paymentwall

    def reset(self) -> None:
        """As when it was created, at the real time; access tokens stay valid."""
        self.clock.reset(time.time())
        self.clock.run(self._speed)
        self.faults.clear()
        self.journal.clear()
        self.portone.reset()
        self.project = self._fresh_project()
        self.change(self.created_with)

    def tickets(self) -> list[dict[str, Any]]:
        """Paymentwall's tickets about this account's payments, oldest first."""
        return [ticket.as_json() for ticket in self.project.tickets]

    def let_go(self) -> None:
        """Have nobody wait any longer: neither in a fault nor for a change."""
        self.faults.clear()
        self.journal.changes.close()

    def _fresh_project(self) -> ProjectState:
        """Paymentwall's side as it begins; PortOne hears of the tickets that it refuses."""
        project = ProjectState(self.created_with.paymentwall, self.clock, self.journal, self.wire)
        project.tickets.on_refused = lambda one: self.portone.ticket_refused(one.charge.goods_id, one.amount)
        return project

    async def _withdraw(self, imp_uid: str, amount: Decimal | None) -> bool:
        """Paymentwall drops a ticket that waits; whether there was one. How PortOne has it do so is inferred."""
        waiting = [one for one in self.project.tickets if one.state == "waiting"]
        meant = next((one for one in waiting if (one.charge.goods_id, one.amount) == (imp_uid, amount)), None)
        if meant is not None:
            await self.project.tickets.refuse(meant.id)
        return meant is not None

    def _both(self, imp_uid: str | None, merchant_uid: str | None) -> tuple[str | None, str | None]:
        """Either identifier of a payment completed by the other one, where it is known."""
        payments = self.portone.payments
        if imp_uid is None and merchant_uid is not None:
            attempts = payments.find(merchant_uid)
            imp_uid = attempts[0].imp_uid if attempts else None
        elif merchant_uid is None and imp_uid is not None:
            payment = payments.get(imp_uid)
            merchant_uid = payment.merchant_uid if payment else None
        return imp_uid, merchant_uid


class Accounts:
    """All accounts, found by whatever a caller knows of them.

    `speed` is that of every account's clock, 0 for frozen.
    """

    def __init__(self, wire: Wire, *, speed: float = 0.0) -> None:
        self._wire = wire
        self.tokens = Tokens()
        self.speed = speed
        self._accounts: dict[str, Account] = {}
        self.on_create: Callable[[Account], None] = lambda _: None
        self.faulty: set[str] = set()
        """The codes of the accounts that have faults: calls of all others are not looked at."""

    def create(self, asked: Mapping[str, Any]) -> Account:
        """A new account; codes, keys and a channel that are not given are made up. Raises SettingsRefused."""
        settings = _validated(_completed(asked))
        while "imp_code" not in asked and settings.imp_code in self._accounts:  # made up, and taken: another one
            settings = _validated(_completed(asked))
        self._refuse_clashes(settings, None)
        account = Account(settings, self._wire, speed=self.speed, on_faults=self._mark)
        self._accounts[settings.imp_code] = account
        self.on_create(account)
        return account

    def change(self, account: Account, asked: Mapping[str, Any]) -> None:
        """Merge `asked` into the account's settings: objects name by name, lists as a whole.

        Null takes an entry out of a table (methods, widgets, custom pingback parameters).
        Raises SettingsRefused.
        """
        settings = _validated(_merged(account.settings.model_dump(mode="json"), asked))
        if settings.imp_code != account.settings.imp_code:
            raise SettingsRefused("imp_code names the account and cannot be changed.")
        self._refuse_clashes(settings, account)
        account.change(settings)

    def remove(self, account: "Account") -> None:
        """Forget an account with everything in it; whoever waits in it is let go."""
        account.let_go()
        account.clock.close()
        del self._accounts[account.settings.imp_code]

    def get(self, imp_code: str) -> Account | None:
        return self._accounts.get(imp_code)

    def by_code(self, imp_code: str) -> PortOne | None:
        account = self._accounts.get(imp_code)
        return account.portone if account else None

    def by_key(self, imp_key: str) -> PortOne | None:
        return next((one.portone for one in self if one.settings.imp_key == imp_key), None)

    def by_payment(self, imp_uid: str) -> PortOne | None:
        return next((one.portone for one in self if imp_uid in one.portone.payments), None)

    def at_portone(self) -> Iterator[PortOne]:
        """Every account's side at PortOne."""
        return (one.portone for one in self)

    def refused_handshake(self, name: str, reason: str) -> None:
        """A client did not accept the TLS listener's certificate; TLS does not say whose: every account is told."""
        for account in self:
            now = time.time()
            account.journal.record(
                kind="handshake", source="merchant", target="portone", began=now, ended=now, clock=account.clock.now(),
                method="TLS", url="/", body={"server_name": name}, error=reason,
            )  # fmt: skip

    def by_project(self, project_key: str) -> ProjectState | None:
        return next((one.project for one in self if one.settings.paymentwall.project_key == project_key), None)

    def by_secret(self, secret_key: str) -> ProjectState | None:
        """The Paymentwall project with this secret key, which is how its delivery API names one."""
        return next((one.project for one in self if one.settings.paymentwall.secret_key == secret_key), None)

    def close(self) -> None:
        """Drop everything that is due or in flight."""
        for account in self:
            account.clock.close()

    def let_go(self) -> None:
        """Have nobody wait any longer."""
        for account in self:
            account.let_go()

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def _mark(self, imp_code: str, active: bool) -> None:
        (self.faulty.add if active else self.faulty.discard)(imp_code)

    def _refuse_clashes(self, settings: AccountSettings, own: Account | None) -> None:
        for other in self:
            if other is own:
                continue
            for name in ("imp_code", "imp_key"):
                if getattr(other.settings, name) == getattr(settings, name):
                    raise SettingsRefused(f"There is an account with this {name} already.")
            for name in ("store_id", "api_secret"):
                if getattr(other.settings.v2, name) == getattr(settings.v2, name):
                    raise SettingsRefused(f"There is an account with this v2.{name} already.")
            for name in ("project_key", "secret_key"):
                if getattr(other.settings.paymentwall, name) == getattr(settings.paymentwall, name):
                    raise SettingsRefused(f"There is an account with this paymentwall.{name} already.")


def _completed(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a new account needs and `asked` leaves out.

    The shapes of generated keys follow those in the documentation.
    """
    made: dict[str, Any] = {
        "imp_code": f"imp{secrets.randbelow(10**8):08d}",
        "imp_key": f"{secrets.randbelow(10**16):016d}",
        "imp_secret": secrets.token_hex(40),
        **asked,
    }
    channels = made.get("channels")
    first = channels[0] if isinstance(channels, list) and channels and isinstance(channels[0], dict) else {}
    project = made.get("paymentwall", {})
    if not isinstance(project, dict):
        return made
    prefix = "t_" if made.get("stage", "test") == "test" else ""
    usual = Project(
        project_key=str(first.get("pg_id", prefix + secrets.token_hex(16))),
        secret_key=str(first.get("secret_key", secrets.token_hex(16))),
    )
    made["paymentwall"] = project = _merged(usual.model_dump(mode="json"), project)
    if channels is None:
        channel = Channel(
            channel_key=f"channel-key-{secrets.token_hex(16)}",
            pg_id=str(project["project_key"]),
            secret_key=str(project["secret_key"]),
            sandbox=made.get("stage", "test") == "test",
        )
        made["channels"] = [channel.model_dump(mode="json")]
    return made


def _merged(old: Any, new: Any, name: str = "") -> Any:
    if not (isinstance(old, dict) and isinstance(new, Mapping)):
        return new
    merged = {**old, **{key: _merged(old.get(key), value, key) for key, value in new.items()}}
    return {key: value for key, value in merged.items() if value is not None} if name in TABLES else merged


def _validated(settings: Any) -> AccountSettings:
    try:
        return AccountSettings.model_validate(settings)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        # A misspelt name first: that another one is missing is often only its consequence.
        problem = min(problems, key=lambda one: one["type"] != "extra_forbidden")
        place = ".".join(map(str, problem["loc"]))
        if problem["type"] == "extra_forbidden":
            known = ", ".join(_names_at(AccountSettings, problem["loc"][:-1]))
            raise SettingsRefused(f"There is no setting {place!r}; known here are: {known}.") from None
        said = problem["ctx"]["error"] if problem["type"] == "value_error" else problem["msg"]
        raise SettingsRefused(f"Setting {place!r} cannot be used: {said}.") from None


def _names_at(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """The names of the settings at a place inside `model`, found by following the types of its fields."""
    found: Any = model
    for step in place:
        fields = getattr(found, "model_fields", None)
        found = fields[str(step)].annotation if fields else found.__args__[-1 if isinstance(step, str) else 0]
    return list(found.model_fields)
