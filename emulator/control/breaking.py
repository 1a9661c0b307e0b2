"""The control plane's verbs about faults: what goes wrong with which calls, and who waits in it."""

from starlette.requests import Request
from starlette.responses import Response

from emulator.accounts import Account
from emulator.control.access import Refused, Told, asked, parsed
from emulator.control.watching import Wait
from emulator.faults import Armed, Fault
from emulator.models import Fields


class FaultQuery(Fields):
    """`wait_seconds`: answer when somebody waits in the fault, or when they have passed."""

    wait_seconds: Wait = 0.0


async def every(account: Account, _: Request) -> Response:
    return Told({"faults": [armed.as_json() for armed in account.faults]})


async def add(account: Account, request: Request) -> Response:
    return Told(account.faults.add(await parsed(Fault, request)).as_json(), 201)


async def show(account: Account, request: Request) -> Response:
    query, armed = asked(FaultQuery, request), _armed(account, request)
    await account.journal.changes.until(lambda: armed.waiting, query.wait_seconds)
    return Told(armed.as_json())


async def release(account: Account, request: Request) -> Response:
    armed = _armed(account, request)
    account.faults.release(armed.id)
    return Told({"ok": True})


async def remove(account: Account, request: Request) -> Response:
    account.faults.remove(_armed(account, request).id)
    return Told({"ok": True})


async def clear(account: Account, _: Request) -> Response:
    account.faults.clear()
    return Told({"ok": True})


def _armed(account: Account, request: Request) -> Armed:
    fault = request.path_params["fault"]
    try:
        return account.faults.get(fault)
    except KeyError:
        raise Refused(404, f"There is no fault {fault}.") from None
