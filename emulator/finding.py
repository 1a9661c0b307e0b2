"""Whose call comes in: the account that a request is about, by whatever its protocol tells."""

from collections.abc import Mapping
from typing import Any

from emulator.accounts import Account, Accounts
from emulator.breaking import Subject
from emulator.faults import CallFacts, name_of
from emulator.portone.letting_in import sent_token
from emulator.portone.tokens import Tokens
from emulator.portone.v2.logins import store_of


class Finder:
    """Finds the account of a call by its access token, keys, codes or payment."""

    def __init__(self, accounts: Accounts, tokens: Tokens) -> None:
        self._accounts, self._tokens = accounts, tokens

    def __call__(
        self, path: str, headers: Mapping[str, str], query: Mapping[str, str], body: Mapping[str, Any]
    ) -> Subject | None:
        account = self._found(headers, {**query, **body}, path)
        return account.subject if account else None

    def _found(self, headers: Mapping[str, str], told: Mapping[str, Any], path: str) -> Account | None:
        if (token := self._tokens.find(sent_token(headers, told))) is not None:
            return self._accounts.get(token.imp_code)
        credentials = headers.get("authorization", "").partition(" ")[2].strip()
        for account in self._accounts:
            settings = account.settings
            if settings.v2.api_secret == credentials or settings.v2.store_id in (store_of(credentials), store(told)):
                return account
            if told.get("imp_code") == settings.imp_code or told.get("imp_key") == settings.imp_key:
                return account
            if settings.paymentwall.project_key in (told.get("key"), told.get("public_key")):
                return account
            if headers.get("x-apikey") == settings.paymentwall.secret_key:
                return account
            names = (told.get("imp_uid"), told.get("goodsid"), told.get("transactionId"), path.rpartition("/")[2])
            if any(isinstance(name, str) and name in account.portone.payments for name in names):
                return account
        if (name := name_of(path)) == "sdk":  # the script names no account: anybody's fault of it meets it
            script = CallFacts(name, "GET", path, None, None)
            return next((account for account in self._accounts if account.faults.waiting_for(script)), None)
        return None


def store(told: Mapping[str, Any]) -> Any:
    """The store that a call of V2's SDK names."""
    params = told.get("params")
    return params.get("storeId") if isinstance(params, Mapping) else told.get("storeId")
