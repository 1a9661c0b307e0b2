"""`python -m emulator`: the emulator alone, on real time, for people who build a merchant."""

import runpy
from pathlib import Path

# What is missing is said before it is imported. By its file: nothing here imports the suite.
if (checking := Path(__file__).resolve().parents[1] / "conformance" / "installed.py").exists():
    runpy.run_path(str(checking))

# isort: split

import argparse
import signal
import sys
from functools import partial
from io import TextIOWrapper
from typing import Any

from emulator import defaults
from emulator.accounts import SettingsRefused
from emulator.desk import VERBS, at_the_desk
from emulator.files import StateUnreadable
from emulator.lines import printer
from emulator.page import DEMO_WEBHOOK
from emulator.server import Emulator, PortTaken
from emulator.starting import ConfigRefused, Start, pointing, read_config

READY: dict[str, Any] = {
    "imp_code": defaults.IMP_CODE,
    "imp_key": defaults.IMP_KEY,
    "imp_secret": defaults.IMP_SECRET,
    "v2": {
        "store_id": defaults.STORE_ID,
        "merchant_id": defaults.MERCHANT_ID,
        "api_secret": defaults.API_SECRET,
        "webhook": {stage: {"secrets": [secret]} for stage, secret in defaults.WEBHOOK_SECRETS.items()},
    },
    "channels": [
        {
            "channel_key": defaults.CHANNEL_KEY,
            "channel_name": "Paymentwall (test)",
            "pg_id": defaults.mid_for_tests(),
            "secret_key": defaults.secret_key(defaults.mid_for_tests()),
        }
    ],
}


def main(arguments: list[str] | None = None) -> int:
    """Run until interrupted; 2 with one clear line where it cannot start as asked.

    With a verb of `emulator.desk` first, what it says is done at an emulator that runs already.
    """
    _print_every_letter()
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] in VERBS:
        return at_the_desk(given)
    try:
        start, config = _start(arguments)
        emulator = _started(start, config)
    except (ConfigRefused, StateUnreadable, SettingsRefused, PortTaken) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename} cannot be used: {error.strerror}.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the state is written then, too
    try:
        print(pointing(emulator, start), flush=True)
        emulator.join()
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM):  # who stops it may send both, or one twice
            signal.signal(number, signal.SIG_IGN)
        emulator.stop()
    return 0


def _print_every_letter() -> None:
    """What a code page has no place for is printed as its number."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _start(arguments: list[str] | None) -> tuple[Start, Path | None]:
    given = vars(_parser().parse_args(arguments))
    config = given.pop("config")
    if given["calls"] is None and sys.stdout.isatty():
        given["calls"] = True
    told = {name: value for name, value in given.items() if value is not None}
    return read_config(config, told), config


def _started(start: Start, config: Path | None) -> Emulator:
    """Raises what `main` puts into one line."""
    emulator = Emulator(
        start.port,
        start.tls_listener is not None,
        start.certificates,
        start.control_token,
        host=start.host,
        tls_port=start.tls_listener or 0,
        control=start.control,
        speed=start.speed,
        state=start.state,
        journal=start.journal,
        latency_seconds=start.latency,
        heard=printer(partial(print, flush=True)) if start.calls else None,
    )
    emulator.start()
    try:
        for number, settings in enumerate(start.accounts, 1):
            _have(emulator, settings, f"{config}: account {number}: ")
        if not start.accounts:
            _have(emulator, _ready(emulator, start), "")
        if start.webhook is not None:
            to = {"url": start.webhook}
            both = {"webhook": {"test": to, "live": to}}
            emulator.change(emulator.settings()[0]["imp_code"], {**both, "v2": both})
    except SettingsRefused:
        emulator.stop()
        raise
    return emulator


def _have(emulator: Emulator, settings: dict[str, Any], where: str) -> None:
    try:
        emulator.have_account(settings)
    except SettingsRefused as error:
        raise SettingsRefused(f"{where}{error}") from None


def _ready(emulator: Emulator, start: Start) -> dict[str, Any]:
    if not start.control:
        return READY
    # Until a merchant is there somebody must take its webhooks, or there would be nothing to watch.
    url = emulator.url + DEMO_WEBHOOK
    stages = READY["v2"]["webhook"]
    signed = {stage: {**endpoint, "url": url} for stage, endpoint in stages.items()}
    both = {"test": {"url": url}, "live": {"url": url}}
    return {**READY, "webhook": both, "v2": {**READY["v2"], "webhook": signed}}


def _parser() -> argparse.ArgumentParser:
    at_it = f"At one that runs: python -m emulator {{{','.join(VERBS)}}} … (each has its --help)."
    parser = argparse.ArgumentParser(prog="python -m emulator", description=__doc__, epilog=at_it, allow_abbrev=False)
    parser.add_argument("--port", type=int, help="plain listener, 0 for a free one (8750)")
    parser.add_argument(
        "--host", help="address to listen on (127.0.0.1); beyond this machine /_emulator/ wants a token"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML: these options by name, and [[accounts]]")
    parser.add_argument("--speed", type=float, metavar="N", help="virtual seconds per second, 0 stops the clock (1)")
    parser.add_argument("--latency", type=float, metavar="SECONDS", help="how long every call waits, real seconds (0)")
    parser.add_argument(
        "--tls", action="store_true", default=None, help="listen with TLS as well, for the real host names"
    )
    parser.add_argument(
        "--tls-port", type=int, metavar="N", help="where, implies --tls (8751, a free one beside another --port)"
    )
    parser.add_argument("--certificates", type=Path, metavar="FOLDER", help="keeps the TLS certificates")
    parser.add_argument("--webhook", metavar="URL", help="where webhooks go, as saved in PortOne's console")
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="keeps everything across restarts; has secrets in it"
    )
    parser.add_argument("--journal", type=Path, metavar="FILE", help="gets every call as a line of JSON")
    parser.add_argument("--control-token", metavar="TOKEN", help="what callers of /_emulator/ must send")
    parser.add_argument(
        "--calls",
        action=argparse.BooleanOptionalAction,
        help="print each call, webhook and pingback as a line (at a terminal)",
    )
    parser.add_argument(
        "--no-control", dest="control", action="store_false", default=None, help="no /_emulator/, no page"
    )
    return parser


if __name__ == "__main__":
    if (output := checking.with_name("machine") / "output.py").exists():
        runpy.run_path(str(output))["watch"]()
    sys.exit(main())
