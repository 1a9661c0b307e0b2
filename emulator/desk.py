"""`python -m emulator pay`, `advance 3d`, `trigger chargeback` …: what people do at an emulator that runs."""

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

import httpx

from emulator.client import Control, ControlError
from emulator.defaults import PORT
from emulator.faults import CallName, Fault

URL = f"http://127.0.0.1:{PORT}"
SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day"}
KINDS = get_args(Fault.model_fields["what"].annotation)
Done = Callable[[Control, argparse.Namespace], str]


class CannotDo(Exception):
    """What was asked for is not there to be done; the text is one sentence."""


def pay(control: Control, asked: argparse.Namespace) -> str:
    """A buyer pays without a browser."""
    order = asked.order or f"desk-{int(control.now())}-{len(control.payments()) + 1}"
    payment = control.pay(order, asked.amount, currency=asked.currency, method=asked.method, finish=asked.finish)
    return f"{_payment(payment)}, merchant_uid {order}"


def cancel(control: Control, asked: argparse.Namespace) -> str:
    """PortOne's console cancels a payment, or a part."""
    told = _payment(control.cancel(_which(control, asked), amount=asked.amount, reason=asked.reason))
    waiting = sum(one["state"] == "waiting" for one in control.tickets())
    return f"{told}, {_counted(waiting, 'ticket', 'waiting')}" if waiting else told


def refund(control: Control, asked: argparse.Namespace) -> str:
    """Paymentwall gives the money back by itself."""
    return _payment(control.refund(_which(control, asked), amount=asked.amount))


def advance(control: Control, asked: argparse.Namespace) -> str:
    """Time passes: 3d, 12h, 30m or 45s."""
    told = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", asked.time)
    if told is None:
        raise CannotDo(f"{asked.time}: say how much time passes as 3d, 12h, 30m or 45s")
    number, unit = told.groups()
    waited = {one["id"] for one in control.tickets() if one["state"] == "waiting"}
    webhooks, pingbacks = len(control.webhooks()), len(control.pingbacks())
    control.advance(float(number) * SECONDS[unit])
    decided = [one["state"] for one in control.tickets() if one["id"] in waited]
    parts = [
        _counted(decided.count("accepted"), "ticket", "completed"),
        _counted(decided.count("refused"), "ticket", "refused"),
        _counted(len(control.pingbacks()) - pingbacks, "pingback", "sent"),
        _counted(len(control.webhooks()) - webhooks, "webhook", "sent"),
    ]
    happened = ", ".join(filter(None, parts)) or "nothing was due"
    return f"Advanced {number} {UNITS[unit]}{'' if number == '1' else 's'}: {happened}."


TRIGGERS: Mapping[str, tuple[str, Done]] = {
    "chargeback": (
        "the buyer's bank takes the money of a payment back",
        lambda control, asked: _payment(control.charge_back(_which(control, asked))),
    ),
    "accept-review": (
        "Paymentwall's risk review of a payment ends well",
        lambda control, asked: _payment(control.accept_review(_which(control, asked))),
    ),
    "decline-review": (
        "Paymentwall's risk review of a payment ends badly",
        lambda control, asked: _payment(control.decline_review(_which(control, asked))),
    ),
    "expired-token": (
        "access tokens that were given so far are refused",
        lambda control, _: _revoked(control),
    ),
    "test-webhook": (
        "PortOne's console calls the webhook address for a test",
        lambda control, _: _delivered("The test webhook", control.call_test()),
    ),
    "test-pingback": (
        "Paymentwall's Test Pingback Tool",
        lambda control, _: _delivered("The test pingback", control.try_pingback()),
    ),
}


def trigger(control: Control, asked: argparse.Namespace) -> str:
    """Have something happen at the bank, at PortOne or at Paymentwall."""
    return TRIGGERS[asked.what][1](control, asked)


def resend(control: Control, asked: argparse.Namespace) -> str:
    """A webhook is sent again, the last one unless its number is given."""
    webhooks = control.webhooks()
    if not webhooks:
        raise CannotDo("No webhook was sent yet: pay something first.")
    number = asked.webhook or webhooks[-1]["id"]
    return _delivered(f"Webhook {number}", control.resend_webhook(number))


def faults(control: Control, asked: argparse.Namespace) -> str:
    """Have calls fail: add a fault, list faults, or clear them."""
    if asked.what == "clear":
        control.remove_faults()
        return "All faults are removed."
    if asked.what == "list":
        listed = [f"{one['id']}: {one['what']} {one.get('call') or one.get('path')}" for one in control.faults()]
        return "\n".join(listed) or "No faults."
    if asked.call is None:
        raise CannotDo(f"Say which calls go wrong: faults {asked.what} {{{','.join(get_args(CallName))}}}")
    times = None if asked.times == 0 else asked.times
    number = control.break_call(asked.what, asked.call, times=times, status=asked.status, seconds=asked.seconds)
    many = "every time" if times is None else _counted(times, "time", "").strip()
    return f"Fault {number}: {asked.what} for {asked.call}, {many}."


def reset(control: Control, _: argparse.Namespace) -> str:
    """The account is as it was in the beginning."""
    control.reset()
    return "The account is as it was in the beginning."


VERBS: Mapping[str, Done] = {
    one.__name__: one for one in (pay, cancel, refund, advance, trigger, resend, faults, reset)
}


def at_the_desk(arguments: Sequence[str]) -> int:
    """Do what is asked at the emulator, and say in one line what happened; 2 with one line where it cannot be done."""
    asked = _parser().parse_args(arguments)
    try:
        with Control(asked.url, asked.account or "", asked.token) as control:
            control.imp_code = asked.account or _only_account(control)
            print(VERBS[asked.verb](control, asked))
    except (ControlError, CannotDo) as reason:
        print(reason, file=sys.stderr)
        return 2
    except httpx.HTTPError:
        print(f"No emulator answers at {asked.url}: start one with python -m emulator, or give --url.", file=sys.stderr)
        return 2
    return 0


def _only_account(control: Control) -> str:
    codes = [one["imp_code"] for one in control.accounts()]
    if len(codes) != 1:
        raise CannotDo(f"There are {len(codes)} accounts; choose one with --account: {', '.join(codes)}")
    return str(codes[0])


def _which(control: Control, asked: argparse.Namespace) -> str:
    """The payment that is named, else the last one."""
    if asked.imp_uid:
        return str(asked.imp_uid)
    payments = control.payments()
    if not payments:
        raise CannotDo("There is no payment yet: pay something first.")
    return str(payments[-1]["imp_uid"])


def _revoked(control: Control) -> str:
    control.revoke_tokens()
    return "Access tokens that were given so far are refused."


def _payment(payment: Mapping[str, Any]) -> str:
    cancelled = f", {payment['cancel_amount']} cancelled" if payment.get("cancel_amount") else ""
    return f"Payment {payment['imp_uid']}: {payment['amount']} {payment['currency']} {payment['status']}{cancelled}"


def _delivered(what: str, ended: Mapping[str, Any]) -> str:
    return f"{what}: {ended['error']}" if ended.get("error") else f"{what} was answered with HTTP {ended['status']}."


def _counted(number: int, what: str, happened: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'} {happened}" if number else ""


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--url", default=URL, help=f"the emulator's address ({URL})")
    common.add_argument("--account", metavar="IMP_CODE", help="which account (the only one)")
    common.add_argument("--token", help="the control plane's, where it wants one")
    parser = argparse.ArgumentParser(prog="python -m emulator", allow_abbrev=False)
    verbs = parser.add_subparsers(dest="verb", required=True)
    made = {
        name: verbs.add_parser(name, help=done.__doc__, description=done.__doc__, parents=[common], allow_abbrev=False)
        for name, done in VERBS.items()
    }
    made["pay"].add_argument("amount", help="in major units: 10.50")
    made["pay"].add_argument("currency", nargs="?", default="USD")
    made["pay"].add_argument("--order", metavar="MERCHANT_UID", help="(made up)")
    made["pay"].add_argument("--method", default="cc")
    made["pay"].add_argument("--finish", choices=("pay", "leave", "decline"), default="pay")
    for name in ("cancel", "refund"):
        made[name].add_argument("imp_uid", nargs="?", help="(the last payment)")
        made[name].add_argument("--amount", help="a part, in major units (the whole)")
    made["cancel"].add_argument("--reason")
    made["advance"].add_argument("time", help="3d, 12h, 30m or 45s")
    made["trigger"].add_argument(
        "what", choices=TRIGGERS, help="; ".join(f"{name}: {about}" for name, (about, _) in TRIGGERS.items())
    )
    made["trigger"].add_argument("imp_uid", nargs="?", help="(the last payment)")
    made["resend"].add_argument("webhook", nargs="?", type=int, help="its number (the last one)")
    made["faults"].add_argument("what", choices=("list", "clear", *KINDS))
    made["faults"].add_argument("call", nargs="?", choices=get_args(CallName))
    made["faults"].add_argument("--times", type=int, default=1, help="so many calls, 0: all until it is cleared (1)")
    made["faults"].add_argument("--status", type=int, default=500, help="of an answer (500)")
    made["faults"].add_argument("--seconds", type=float, default=0.0, help="of a delay, real seconds (0)")
    return parser
