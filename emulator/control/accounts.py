"""The control plane's verbs about accounts as a whole: settings, reset, snapshot and restore."""

from starlette.requests import Request
from starlette.responses import Response

from emulator import snapshot
from emulator.accounts import Account, Accounts
from emulator.control.access import Refused, Told, json_object


async def create(accounts: Accounts, request: Request) -> Response:
    return _settings(accounts.create(await json_object(request)), status=201)


async def every(accounts: Accounts, _: Request) -> Response:
    return Told({"accounts": [account.settings.model_dump(mode="json") for account in accounts]})


async def show(account: Account, _: Request) -> Response:
    return _settings(account)


async def change(accounts: Accounts, account: Account, request: Request) -> Response:
    accounts.change(account, await json_object(request))
    account.journal.changes.happened()
    return _settings(account)


async def remove(accounts: Accounts, account: Account, _: Request) -> Response:
    accounts.remove(account)
    return Told({"ok": True})


async def reset(account: Account, _: Request) -> Response:
    account.reset()
    return _settings(account)


async def revoke(accounts: Accounts, account: Account, _: Request) -> Response:
    """Every access token of the account is refused from now on; who asks gets a new one."""
    accounts.tokens.revoke_all(account.settings.imp_code)
    account.portone.logins.revoke()
    return Told({"ok": True})


async def give_back(accounts: Accounts, account: Account, _: Request) -> Response:
    """Those that were revoked are taken again."""
    accounts.tokens.restore(account.settings.imp_code)
    account.portone.logins.restore()
    return Told({"ok": True})


async def taken(account: Account, _: Request) -> Response:
    return Told(snapshot.taken(account))


async def restore(account: Account, request: Request) -> Response:
    given, before = await json_object(request), snapshot.taken(account)
    try:
        checked = snapshot.checked(given)
        if checked.settings.imp_code != account.settings.imp_code:
            raise Refused(400, "The snapshot is one of another account.")
        checked.put_back(account)
    except snapshot.SnapshotRefused as error:
        snapshot.checked(before).put_back(account)
        raise Refused(400, str(error)) from None
    return _settings(account)


def _settings(account: Account, status: int = 200) -> Response:
    return Told(account.settings.model_dump(mode="json"), status)
