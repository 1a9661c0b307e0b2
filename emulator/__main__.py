"""`python -m emulator`: the emulator alone, on real time, for people who build a merchant."""

import argparse
import sys
from pathlib import Path

import httpx

from emulator.server import Emulator, PortTaken

# The same on every start, so that a merchant's settings need not change. They open nothing but this emulator.
CHANNEL_KEY = "channel-key-emulator-test"
READY = {
    "imp_code": "imp12345678",
    "imp_key": "1234567890123456",
    "imp_secret": "emulator-secret-that-opens-nothing-else",
    "channels": [
        {
            "channel_key": CHANNEL_KEY,
            "channel_name": "Paymentwall (test)",
            "pg_id": "t_emulator",
            "secret_key": "emulator-project-secret",
        }
    ],
}


def main(arguments: list[str] | None = None) -> int:
    """Run until interrupted; 1 when the port is taken."""
    options = _parser().parse_args(arguments)
    emulator = Emulator(options.port, options.tls, options.certificates, speed=options.speed)
    try:
        emulator.start()
    except PortTaken as error:
        print(error, file=sys.stderr)
        return 1
    webhook = {"webhook": {"test": {"url": options.webhook}}} if options.webhook else {}
    with httpx.Client(base_url=emulator.url, trust_env=False) as client:  # no proxy leads to loopback
        created = client.post("/_emulator/accounts", json={**READY, **webhook})
    account = created.raise_for_status().json()
    print(_explanation(emulator, account, options), flush=True)
    try:
        emulator.join()
    except KeyboardInterrupt:
        emulator.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8740, help="plain listener (default: %(default)s)")
    parser.add_argument("--tls", action="store_true", help="listen with TLS as well, on a free port")
    parser.add_argument("--certificates", type=Path, help="folder that keeps the TLS certificates")
    parser.add_argument("--speed", type=float, default=1.0, help="virtual seconds per second (default: %(default)s)")
    parser.add_argument("--webhook", metavar="URL", help="where webhooks go, as saved in PortOne's console")
    return parser


def _explanation(emulator: Emulator, account: dict[str, object], options: argparse.Namespace) -> str:
    webhook = options.webhook or f"none yet; PATCH {emulator.url}/_emulator/accounts/{account['imp_code']}"
    lines = [
        f"PortOne and Paymentwall, emulated: {emulator.url}",
        *([f"  with TLS on port {emulator.tls_port}, trusting {emulator.ca_file}"] if options.tls else []),
        "",
        "In the merchant's settings:",
        f"  PortOne API   {emulator.url}        (instead of https://api.iamport.kr)",
        f"  SDK           {emulator.url}/v1/iamport.js",
        f"  imp_code      {account['imp_code']}",
        f"  imp_key       {account['imp_key']}",
        f"  imp_secret    {account['imp_secret']}",
        f"  channelKey    {CHANNEL_KEY}",
        f"  webhook       {webhook}",
        "",
        f"Time runs at {options.speed:g} virtual seconds per second. Stop with Ctrl+C.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
