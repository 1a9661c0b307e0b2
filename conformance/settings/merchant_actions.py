"""What the file says of the actions that are the merchant's own: its refunds and its delivery steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

import pydantic
from pydantic import SecretStr

from conformance.record import pretences
from conformance.record.orders import Asker, DeliveryStatus
from conformance.settings.merchant_acts import (
    Action,
    Login,
    Refusals,
    Refused,
    Step,
    spoken_of,
)

GUESS = SecretStr("guessed")


class Ship(Action):
    """The merchant's own action that says how far the goods of an order have come; `{status}` is filled in.

    `statuses` are PortOne's words for the steps that the merchant knows, each with the merchant's own.
    """

    statuses: Annotated[Mapping[DeliveryStatus, str], pydantic.Field(min_length=1)]
    failed: Refused = Refusals()

    @property
    def refusals(self) -> Refusals:
        """Which answers are a refusal, not an error."""
        return self.failed


class Refund(Action):
    """The merchant's own refund action, and what is done differently when less than everything is asked back.

    `partial` is added to the body, or replaces the steps or the command. With `whole_units` a part has no decimals, in
    major units whichever `amounts` says. `powerless` is the log-in of a person that the shop knows and who may not
    refund, `powerless_by` that person's name among [person].
    """

    partial: Mapping[str, Any] = {}
    partial_steps: tuple[Step, ...] = ()
    partial_command: tuple[str, ...] = ()
    whole_units: bool = False
    refused: Refused = Refusals()
    powerless: Login | None = None
    powerless_by: str | None = None

    @property
    def refusals(self) -> Refusals:
        """Which answers are a refusal, not an error."""
        return self.refused

    def asked_by(self, asker: Asker, base_url: str = "") -> Self:
        """The same action as this person would use it, of a shop at this address.

        Raises KeyError for a person that the file does not name, and for one who makes a call where it has steps.
        """
        match asker:
            case Asker.ENTITLED:
                return self
            case Asker.GUESSER if self.login:
                guessed = Login.model_construct(username=self.login.username, password=GUESS)
                return self.model_copy(update={"login": guessed})
            case Asker.POWERLESS if self.powerless is None and self.powerless_by is None:
                raise KeyError(asker)
            case Asker.POWERLESS:
                return self.model_copy(update={"login": self.powerless, "by": self.powerless_by})
        if asker in pretences.BY_CALL and self.path is None:
            raise KeyError(asker)
        user = self.login.username if self.login else pretences.ADMIN
        path = self.path or ""
        claimed = pretences.headers_of(asker, base_url=base_url, path=path, method=self.method, user=user)
        door = {Asker.OTHER_ADDRESS: {"path": "/"}, Asker.OTHER_METHOD: {"method": "GET"}}.get(asker, {})
        headers = {**self.headers, **claimed}
        return self.model_copy(update={"login": None, "by": None, "headers": headers, **door})

    @property
    def in_part(self) -> Refund | None:
        """The same action for a part of the amount, None where the file does not say how."""
        changes: Mapping[str, Any] = {
            "body": None if self.form else {**(self.body or {}), **self.partial},
            "form": {**self.form, **self.partial} if self.form else {},
            "steps": self.partial_steps,
            "command": self.partial_command,
        }
        if self.path is None:
            by_itself = self.model_copy(update=changes) if self.partial_steps or self.partial_command else None
        else:
            by_itself = (
                self.model_copy(update={"body": changes["body"], "form": changes["form"]}) if self.partial else None
            )
        return by_itself or (self if self._says_the_amount else None)

    @property
    def _says_the_amount(self) -> bool:
        """Whether the action carries the amount anyway, so that a part is asked for as the whole is."""
        before = [(call.path, call.body, call.form) for call in self.before]
        return "amount" in spoken_of(f"{before} {self.path} {self.body} {self.form} {self.steps} {self.command}")
