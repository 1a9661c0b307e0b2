"""How the emulator is started alone: options from a TOML file, and the lines that point a merchant at it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field, ValidationError

from emulator.defaults import PORT, TLS_PORT
from emulator.models import Fields
from emulator.server import HOSTS, LOOPBACK, Emulator

Port = Annotated[int, Field(ge=0, le=65535)]


class ConfigRefused(ValueError):
    """Options or a configuration file that cannot be used; the text names the file and the key."""


class Start(Fields):
    """Everything that `python -m emulator` can be told, under the same names in the TOML file."""

    port: Port = PORT
    host: str = LOOPBACK
    speed: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] = 1.0
    latency: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = 0.0
    tls: bool = False
    tls_port: Port | None = None
    certificates: Path | None = None
    webhook: Annotated[str, Field(pattern=r"^https?://[^/]")] | None = None
    state: Path | None = None
    journal: Path | None = None
    control_token: Annotated[str, Field(min_length=1)] | None = None
    control: bool = True
    calls: bool = False
    accounts: tuple[dict[str, Any], ...] = ()

    @property
    def tls_listener(self) -> int | None:
        """The TLS listener's port, 0 for a free one, None for no listener. Beside another `port` it is a free one."""
        if self.tls_port is not None or not self.tls:
            return self.tls_port
        return TLS_PORT if self.port == PORT else 0


def read_config(file: Path | None, told: Mapping[str, Any]) -> Start:
    """What the file says, and `told` instead where it is told. Raises ConfigRefused."""
    configured: dict[str, Any] = {}
    if file is not None:
        try:
            configured = tomllib.loads(file.read_text("utf-8-sig"))
        except tomllib.TOMLDecodeError as error:
            raise ConfigRefused(f"{file} is not TOML: {error}.") from None
        except UnicodeDecodeError:
            raise ConfigRefused(f"{file} is not UTF-8: save it as UTF-8.") from None
        except OSError as error:
            raise ConfigRefused(f"{file} cannot be read: {error.strerror}.") from None
        _valid(configured, f"{file}: ")
    return _valid({**configured, **told}, "")


def _valid(given: Mapping[str, Any], where: str) -> Start:
    try:
        return Start.model_validate(given)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(map(str, problem["loc"]))
        if problem["type"] == "extra_forbidden":
            known = ", ".join(Start.model_fields)
            raise ConfigRefused(f"{where}there is no key {key!r}; known are: {known}.") from None
        said = problem["ctx"]["error"] if problem["type"] == "value_error" else problem["msg"]
        raise ConfigRefused(f"{where}{key!r} cannot be used: {said}.") from None


def pointing(emulator: Emulator, start: Start) -> str:
    """What people need to know when it runs."""
    settings = emulator.settings()
    first = settings[0]
    page = emulator.url + (f"/#token={quote(emulator.control_token)}" if emulator.control_token else "/")
    lines = [f"PortOne and Paymentwall, emulated: {emulator.url}", ""]
    if start.control:
        lines += [
            f"  Page          {page}",
            f"  Demo shop     {emulator.url}/demo      pay by hand, watch on the page",
            f"  For programs  {emulator.url}/_emulator/, to read and to try at {emulator.url}/docs",
        ]
        if emulator.control_token:
            lines.append(f"  Token         {emulator.control_token}      (Authorization: Bearer …)")
        lines.append("")
    webhook = first["webhook"][first["stage"]]["url"] or "none yet: --webhook URL, or on the page"
    lines += [
        "In the merchant's settings:",
        f"  PortOne API   {emulator.url}      in place of https://api.iamport.kr",
        f"  SDK           {emulator.url}/v1/iamport.js",
        f"  imp_code      {first['imp_code']}",
        f"  imp_key       {first['imp_key']}",
        f"  imp_secret    {first['imp_secret']}",
        *(f"  channelKey    {channel['channel_key']}" for channel in first["channels"]),
        f"  V2 SDK        {emulator.url}/v2/browser-sdk.js",
        f"  V2 storeId    {first['v2']['store_id']}",
        f"  V2 API secret {first['v2']['api_secret']}",
        f"  V2 webhooks   {' '.join(first['v2']['webhook'][first['stage']]['secrets']) or 'not signed'}",
        f"  webhook       {webhook}",
        *([f"  (and {len(settings) - 1} more accounts)"] if len(settings) > 1 else []),
        "",
        "Easily missed, as at PortOne:",
        "  look-ups      find payments of a test channel with ?include_sandbox=true only",
        "  cancellations through the API are notified only with enable_webhook: true",
        "",
        *(_with_tls(emulator) if emulator.tls_port else []),
    ]
    speed = "is stopped" if start.speed == 0 else f"runs at {start.speed:g} virtual seconds per second"
    kept = f" State is kept in {start.state}." if start.state else ""
    return "\n".join([*lines, f"Time {speed}.{kept} Stop with Ctrl+C."])


def _with_tls(emulator: Emulator) -> list[str]:
    port, ca_file = emulator.tls_port, emulator.ca_file
    rules = ", ".join(f"MAP {host} {LOOPBACK}:{port}" for host in HOSTS)
    if port == 443:
        led = f"  hosts file    {LOOPBACK} {' '.join(HOSTS)}"
    else:
        led = f"  hosts file    with --tls-port 443 only: {LOOPBACK} {' '.join(HOSTS)}"
    return [
        "A merchant whose addresses cannot be changed, by the real host names:",
        f"  TLS           https://{LOOPBACK}:{port}, to be trusted: {ca_file}",
        led,
        f'  Chromium      --host-resolver-rules="{rules}"',
        f"  curl          curl --cacert {ca_file} --connect-to api.iamport.kr:443:{LOOPBACK}:{port} https://api.iamport.kr/…",
        f"  Python        SSL_CERT_FILE={ca_file}     Node: NODE_EXTRA_CA_CERTS={ca_file}",
        "",
    ]
