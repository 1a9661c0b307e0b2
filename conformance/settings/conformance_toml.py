"""What a run is told by a file, `conformance.toml`, and by the environment, which wins over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from conformance.machine.files import NotReadable, Strict, complaints, toml_of
from conformance.record.redaction import Redaction, secrets_in, tokens_in
from conformance.settings.merchant_acts import GateSettings
from conformance.settings.merchant_toml import MerchantFile
from conformance.settings.real import (
    GENERATION_KEYS,
    BuyerSettings,
    ChargesSettings,
    GoLiveSettings,
    PortOneSettings,
    StoreId,
)
from conformance.settings.secrets import Secret, WebhookSecret
from conformance.verdict.catalogue import Api, Profile, Stage, known_set
from conformance.verdict.deviations import Deviation
from conformance.verdict.endings import Reasoned
from conformance.verdict.reasons import Cause, Why
from emulator import defaults

NAME = "conformance.toml"
PREFIX = "CONFORMANCE_"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
Port = Annotated[int, Field(ge=0, le=65535)]
Address = Annotated[str, Field(pattern=r"^https?://[^/\s]+")]
Positive = Annotated[int, Field(gt=0)]


class EmulatorSettings(Strict):
    """The emulator that the merchant is pointed at: where it listens, how the merchant reaches it, and its keys there.

    All of it is the same in each run and at the desk, so that the merchant is configured once.
    `mid` is the live channel's MID; that of the test channel has t_ before it.
    `imp_code`, `imp_key` and `imp_secret` are those of V1, `store_id`, `api_secret` and `webhook_secrets` (of the stage
    in use: one, or two while they rotate; without any, the emulator's own) those of V2.
    `certificates` is a folder that the TLS certificates are kept in; its `ca.pem` is what a server must trust.
    """

    host: str = "127.0.0.1"
    port: Port = defaults.PORT
    tls_port: Port = defaults.TLS_PORT
    public_url: Address | None = None
    certificates: Path | None = None
    imp_code: str = defaults.IMP_CODE
    imp_key: str = defaults.IMP_KEY
    imp_secret: Secret | str = defaults.IMP_SECRET
    store_id: StoreId = defaults.STORE_ID
    api_secret: Secret | str = defaults.API_SECRET
    webhook_secrets: Annotated[tuple[WebhookSecret, ...], Field(max_length=2)] = ()
    channel_key: str = defaults.CHANNEL_KEY
    mid: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{2}\w*$")] = defaults.MID
    allowed_addresses: tuple[str, ...] = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


class ReceiverSettings(Strict):
    """The webhook receiver, which stands between the emulator and the merchant."""

    host: str = "127.0.0.1"
    port: Port = 8752
    public_url: Address | None = None


class GatewaySettings(Strict):
    """The proxy that leads the browser: PortOne's and Paymentwall's names to the emulator."""

    host: str = "127.0.0.1"
    port: Port = 8753


class ServerGatewaySettings(Strict):
    """The proxy that leads the merchant's server in the same way; there is none without this table.

    `hosts` are further ones that it leads to; `others` says what becomes of all the rest.
    """

    host: str = "127.0.0.1"
    port: Port = 8754
    hosts: frozenset[str] = frozenset()
    others: Annotated[str, Field(pattern="^(refuse|pass)$")] = "refuse"


class HostsFileSettings(Strict):
    """The listener that hosts-file entries for PortOne's names point at; there is none without this table."""

    host: str = "127.0.0.1"
    port: Port = 443


class Limits(Strict):
    """How long anything that should come is waited for (seconds), and how much a run may do at the merchant's."""

    wait_seconds: Annotated[float, Field(gt=0, le=3600)] = 10.0
    requests: Positive = 40_000
    orders: Positive = 2_000


class WaitsSettings(Strict):
    """Results that come days later, on targets whose clock is everybody's.

    `wait_seconds` is how long the end of a run waits for all of them together; what has not come by then is kept in
    `folder` and can be resumed. `tickets` says whether this account's tickets are answered at all: with a test project
    key Paymentwall opens none (docs, 2017). `speed` is for stand-ins only: how much faster their clock goes.
    """

    folder: Path = Path("waits")
    wait_seconds: Annotated[float, Field(ge=0, le=604_800)] = 300.0
    tickets: Annotated[str, Field(pattern="^(answered|never)$")] = "answered"
    speed: Annotated[float, Field(gt=0)] = 1.0


Leg = Literal[
    "merchant", "order", "webhook", "look-up", "refund", "browser", "currencies", "partial refund", "open orders"
]
"""What the preflight tries, in this order."""


class MerchantSettings(Strict):
    """Your own deployment (target merchant): where it is, how it is driven, and what may be done to it.

    `driver` is a file that describes it, or `path/to/file.py:Class`; `description` is the same within this file.
    `allowed_hosts` are the hosts that orders, refunds and forgeries may be sent to; loopback always may.
    `browser_hosts` are further ones that its pages may load from. `notice_url` says what becomes of a webhook address
    that the page itself sets: `reroute` leads it through the receiver, `honour` leaves it. `restart` is a command that
    starts the merchant again where it stopped answering, and then ends; the scenarios that follow are run then.
    """

    base_url: Address
    webhook: str | None = None
    driver: str | None = None
    description: MerchantFile | None = None
    allowed_hosts: frozenset[str] = frozenset()
    browser_hosts: frozenset[str] = frozenset()
    notice_url: Annotated[str, Field(pattern="^(reroute|honour)$")] = "reroute"
    skip_checks: frozenset[Leg] = frozenset()
    restart: tuple[str, ...] = ()
    verify_certificates: bool = True
    gate: GateSettings | None = None
    secrets: Mapping[str, Secret] = {}

    @model_validator(mode="after")
    def _one_driver(self) -> Self:
        if (self.driver is None) == (self.description is None):
            raise ValueError("give driver (a file) or description (in this file), one of them")
        return self

    @model_validator(mode="after")
    def _gate_with_its_secrets(self) -> Self:
        unknown = sorted(self.gate.secrets - self.secrets.keys()) if self.gate else []
        if unknown:
            raise ValueError(f"gate uses {{{unknown[0]}}}, which is not in [merchant.secrets]")
        return self


class Settings(BaseSettings):
    """The file as a whole. `CONFORMANCE_MERCHANT__BASE_URL` and the like in the environment win over it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid", env_ignore_empty=True
    )

    target: str | None = None
    api: Api = Api.V1
    stage: Stage | None = None
    profile: frozenset[Profile] | None = None
    requirements: Annotated[str, AfterValidator(known_set)] | None = None
    merchant: MerchantSettings | None = None
    emulator: EmulatorSettings = EmulatorSettings()
    receiver: ReceiverSettings = ReceiverSettings()
    gateway: GatewaySettings = GatewaySettings()
    server_gateway: ServerGatewaySettings | None = None
    hosts_file: HostsFileSettings | None = None
    portone: PortOneSettings | None = None
    buyer: BuyerSettings = BuyerSettings()
    charges: ChargesSettings = ChargesSettings()
    golive: GoLiveSettings = GoLiveSettings()
    limits: Limits = Limits()
    waits: WaitsSettings = WaitsSettings()
    attestations: Path | None = None
    deviation: tuple[Deviation, ...] = ()
    _folder: Path = PrivateAttr(default_factory=Path)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # pydantic names and passes all of them
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before the file's content."""
        return env_settings, init_settings

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        named = [deviation.requirement for deviation in self.deviation]
        if twice := sorted({id for id in named if named.count(id) > 1}):
            raise ValueError(f"more than one deviation of {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _authority_kept(self) -> Self:
        for table in ("server_gateway", "hosts_file"):
            if getattr(self, table) is not None and self.emulator.certificates is None:
                raise ValueError(
                    f"{table} needs emulator.certificates: name a folder there; its ca.pem, which stays the same, is "
                    "what the merchant's server must trust"
                )
        return self

    def speaking(self, api: Api) -> Self:
        """The same where this generation is spoken. Raises SettingsError where only the keys of the other are given."""
        given = self.emulator.model_fields_set
        own, others = (GENERATION_KEYS[one] for one in (api, *(other for other in Api if other is not api)))
        if given.intersection(others) and not given.intersection(own):
            named = ", ".join(f"emulator.{name}" for name in others if name in given)
            facts = {"given": named, "api": api.value, "keys": ", ".join(own)}
            raise SettingsError(Cause(Why.SET_ONLY_OTHER, facts=facts))
        return self if self.api is api else self.model_copy(update={"api": api})

    @property
    def folder(self) -> Path:
        """Where the file lies: paths in it are meant from there."""
        return self._folder

    def waiting(self, limit_seconds: float) -> Self:
        """The same with another limit to what is waited for (seconds), as --limit gives it."""
        return self.model_copy(update={"limits": self.limits.model_copy(update={"wait_seconds": limit_seconds})})

    def addresses(self) -> Iterator[str]:
        """The addresses that the file names of the merchant and of what this suite listens on."""
        merchant, golive = self.merchant, self.golive
        named = [self.receiver.public_url, self.emulator.public_url, golive.former_endpoint]
        named += [merchant.base_url, merchant.webhook] if merchant else []
        yield from (address for address in named if address)

    def deviations(self) -> Mapping[str, Deviation]:
        """The deviations by the requirement that they are about."""
        return {deviation.requirement: deviation for deviation in self.deviation}


class SettingsError(Reasoned):
    """The file cannot be used; the text says which file, where in it, and why, in one line."""


def read_settings(path: Path) -> Settings:
    """What the file says. Raises SettingsError when it is missing, no TOML, or says something unknown."""
    try:
        content = toml_of(path)
    except NotReadable as reason:
        raise SettingsError(str(reason)) from reason
    return _made(content, str(path), path.parent)


def _made(content: dict[str, Any], where: str, folder: Path) -> Settings:
    try:
        settings = Settings(**content)
    except ValidationError as error:
        raise SettingsError(f"{where}: {complaints(error, Settings)}") from error
    settings._folder = folder.resolve()
    return settings


def redaction_of(settings: Settings, environ: Mapping[str, str]) -> Redaction:
    """What masks the secrets of these settings and of the environment, wherever a run writes anything."""
    redact = Redaction(*secrets_in(settings))
    redact.learn_environment(environ)
    redact.learn(*(token for address in settings.addresses() for token in tokens_in(address)))
    return redact


def settings_of(named: str | None, folder: Path) -> Settings:
    """The settings of the file that was named (from `folder`), else of `conformance.toml` there, else none at all.

    Raises SettingsError.
    """
    if named:
        return read_settings(folder / Path(named).expanduser())
    usual = folder / NAME
    return read_settings(usual) if usual.exists() else _made({}, f"the environment ({PREFIX}…)", folder)
